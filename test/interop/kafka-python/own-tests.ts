import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Python } from "../python-venv.js";

/** kafka-python's own tests in a folder to run pytest in, or why there are none. */
export type OwnTests = { readonly folder: string } | { readonly missing: string };

// What its source distribution leaves out and its tests import. With a broker from elsewhere nothing is spawned.
const service = `class ExternalService:
    def __init__(self, host, port):
        pass

    def open(self):
        pass

    def close(self):
        pass


SpawnedService = None
`;

/**
 * Unpacks kafka-python's source distribution, of the version that `requirements.txt` pins, in the system's temporary folder;
 * once for each version.
 */
export function ownTests(home: string, venv: Python): OwnTests {
  if ("missing" in venv) return venv;
  const requirements = readFileSync(join(home, "requirements.txt"), "utf8");
  const [pinned = ""] = requirements.match(/^kafka-python==.*$/m) ?? [];
  const folder = join(tmpdir(), `ottla-interop-${pinned.replace("==", "-")}-tests`);
  if (existsSync(folder)) return { folder };
  const unfinished = `${folder}.${process.pid}`;
  try {
    mkdirSync(unfinished);
    const run = (program: string, ...args: readonly string[]) =>
      execFileSync(program, args, {
        cwd: unfinished,
        stdio: ["ignore", "ignore", "pipe"],
        encoding: "utf8",
        timeout: 120_000,
      });
    const download = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"] as const;
    run(venv.python, ...download, "--no-binary", ":all:", pinned);
    const [archive = ""] = readdirSync(unfinished);
    run("tar", "xzf", archive, "--strip-components=1");
    writeFileSync(join(unfinished, "test", "__init__.py"), "");
    writeFileSync(join(unfinished, "test", "service.py"), service);
    if (existsSync(folder)) rmSync(unfinished, { recursive: true });
    else renameSync(unfinished, folder);
    return { folder };
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (existsSync(folder)) return { folder };
    const [line = ""] = String((error as { readonly stderr?: string }).stderr ?? error)
      .trim()
      .split("\n");
    return { missing: `the source distribution of ${pinned} could not be fetched: ${line}` };
  }
}
