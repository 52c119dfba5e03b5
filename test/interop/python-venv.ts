import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The Python that has the packages pinned in a `requirements.txt`, or why there is none. */
export type Python = { readonly python: string } | { readonly missing: string };

/**
 * A virtual environment in the system's temporary folder with the packages of a folder's `requirements.txt`; made once
 * for each content of that file.
 */
export function pythonVenv(folder: string): Python {
  if (spawnSync("python3", ["--version"]).status !== 0) return { missing: "there is no python3" };
  const requirements = join(folder, "requirements.txt");
  const content = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const venv = join(tmpdir(), `ottla-interop-python-${content}`);
  const python = join(venv, "bin", "python");
  if (existsSync(python)) return { python };
  const unfinished = `${venv}.${process.pid}`;
  try {
    mkdirSync(unfinished, { recursive: true });
    const run = (program: string, ...args: string[]) =>
      execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8", timeout: 180_000 });
    run("python3", "-m", "venv", unfinished);
    const pip = [join(unfinished, "bin", "python"), "-m", "pip", "install"] as const;
    run(...pip, "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "-r", requirements);
    // Two suites may get here at the same time: whoever is second uses what the first one made.
    if (existsSync(venv)) rmSync(unfinished, { recursive: true });
    else renameSync(unfinished, venv);
    return { python };
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (existsSync(python)) return { python };
    const [line = ""] = String((error as { readonly stderr?: string }).stderr ?? error)
      .trim()
      .split("\n");
    return { missing: `pip could not install ${requirements.split("/").at(-2)}'s requirements: ${line}` };
  }
}
