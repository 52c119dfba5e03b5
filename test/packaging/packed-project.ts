import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeBinary } from "../kit/node-binary.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const libraries = [
  "world",
  "protocol",
  "broker",
  "client",
  "schema-registry",
  "outbox",
  "kafkajs",
  "schema-check",
  "testing",
];

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface RunOptions {
  /** The Node to run; else that of the tests. */
  readonly binary?: string;
  readonly within?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Tarball {
  readonly name: string;
  readonly filename: string;
}

/**
 * A project folder that has our libraries as a user would: unpacked from the tarballs npm would publish, with nothing of
 * the repository around them. What they depend on from elsewhere is linked from the repository's own installation.
 */
export class PackedProject {
  readonly folder = mkdtempSync(join(tmpdir(), "ottla-packed-"));
  readonly #tarballs = new Map<string, string>();

  constructor() {
    const tarballs = join(this.folder, "tarballs");
    mkdirSync(tarballs);
    for (const library of libraries) {
      if (!existsSync(join(root, "packages", library, "dist"))) {
        throw new Error(`packages/${library} is not built: run \`npm run build\` first`);
      }
    }
    const workspaces = libraries.map((library) => `--workspace=packages/${library}`);
    const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", tarballs, ...workspaces];
    const packed = JSON.parse(
      execFileSync("npm", pack, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
    ) as readonly Tarball[];
    for (const tarball of packed) this.#unpack(tarball, tarballs);
  }

  #unpack({ name, filename }: Tarball, tarballs: string): void {
    const target = join(this.folder, "node_modules", name);
    const tarball = join(tarballs, filename);
    this.#tarballs.set(name, tarball);
    mkdirSync(target, { recursive: true });
    execFileSync("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
    this.#linkDependencies(target);
  }

  #linkDependencies(target: string): void {
    const { name: library, dependencies = {} } = manifestIn(target);
    for (const dependency of Object.keys(dependencies)) {
      if (!dependency.startsWith("@ottla/")) this.#link(dependency, installed(dependency, library));
    }
  }

  /** Makes a package of the repository's installation visible to the project, with what that one depends on. */
  link(name: string): void {
    this.#link(name, installed(name));
  }

  #link(name: string, from: string): void {
    const target = join(this.folder, "node_modules", name);
    if (existsSync(target)) return;
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(from, target, "dir");
  }

  /** Copies a package of the repository's installation: what it requires is then looked for in the project. Its dependencies are linked. */
  copy(name: string): void {
    const target = join(this.folder, "node_modules", name);
    cpSync(installed(name), target, { recursive: true, dereference: true });
    this.#linkDependencies(target);
  }

  /** One of our libraries under another name too, as `npm install <name>@npm:<library>` has it. */
  alias(name: string, library: string): void {
    const modules = join(this.folder, "node_modules");
    cpSync(join(modules, library), join(modules, name), { recursive: true });
  }

  /** Copies a fixture folder into the project, as a folder of the same name. */
  add(fixture: string): void {
    cpSync(join(root, "test", "packaging", fixture), join(this.folder, basename(fixture)), { recursive: true });
  }

  /** Installs one of our packages as npm does, its scripts included, in a folder of its own. Answers its `node_modules`. */
  install(name: string): string {
    const folder = join(this.folder, "installed");
    mkdirSync(folder);
    const tarballs = [name, ...this.#ownDependencies(name)].map((each) => this.#tarballs.get(each) ?? each);
    const options = ["--offline", "--no-audit", "--no-fund", "--prefix", folder];
    execFileSync("npm", ["install", ...options, ...tarballs], { cwd: folder, stdio: "ignore" });
    return join(folder, "node_modules");
  }

  #ownDependencies(name: string): readonly string[] {
    const manifest = manifestIn(join(this.folder, "node_modules", name));
    const own = Object.keys(manifest.dependencies ?? {}).filter((each) => each.startsWith("@ottla/"));
    return [...new Set(own.flatMap((each) => [each, ...this.#ownDependencies(each)]))];
  }

  /** The names of what a package's tarball holds at its top. */
  contents(name: string): readonly string[] {
    return readdirSync(join(this.folder, "node_modules", name));
  }

  /** Runs Node in a folder of the project. Answers what it printed. */
  node(args: readonly string[], { binary = nodeBinary, within = ".", env = {} }: RunOptions = {}): string {
    try {
      return execFileSync(binary, args, {
        cwd: join(this.folder, within),
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, ...env },
      });
    } catch (error) {
      const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
      throw new Error(`node ${args.join(" ")} failed:\n${stdout}${stderr}`);
    }
  }

  /** Runs a tool of the repository in a folder of the project. */
  tool(name: string, args: readonly string[], options?: RunOptions): string {
    return this.node([installed(join(".bin", name)), ...args], options);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

/** Where a package lies in the repository's installation: beside the library of ours that asks for it, if that has its own version. */
function installed(path: string, library?: string): string {
  const own = library === undefined ? [] : [join(root, "packages", basename(library), "node_modules", path)];
  const places = [...own, join(root, "test", "node_modules", path), join(root, "node_modules", path)];
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error(`${path} is not installed in the repository`);
  return found;
}
