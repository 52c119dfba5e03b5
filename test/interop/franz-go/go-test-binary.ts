import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// What Go has on this machine, and nothing that it would fetch of itself.
const env = { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=mod" };

/**
 * The tests of a Go package compiled from the module proxy's copy of its module, and the folder they run in, or why there
 * are none; made once for each version, in the system's temporary folder.
 */
export function goTestBinary(
  module: string,
  version: string,
  packagePath: string,
): { readonly binary: string; readonly cwd: string } | { readonly missing: string } {
  if (spawnSync("go", ["version"]).status !== 0) return { missing: "there is no go" };
  const go = (cwd: string, ...args: string[]) =>
    execFileSync("go", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 240_000 });
  try {
    const { Dir } = JSON.parse(go(tmpdir(), "mod", "download", "-json", `${module}@${version}`)) as { Dir: string };
    const cwd = join(Dir, packagePath);
    const binary = join(tmpdir(), `ottla-interop-${module.replaceAll("/", "-")}-${version}.test`);
    if (!existsSync(binary)) {
      const unfinished = `${binary}.${process.pid}`;
      go(cwd, "test", "-c", "-o", unfinished, ".");
      if (existsSync(binary)) rmSync(unfinished);
      else renameSync(unfinished, binary);
    }
    return { binary, cwd };
  } catch (error) {
    const { stderr = "" } = error as { readonly stderr?: string };
    const said = stderr.trim().split("\n").slice(0, 3).join(" | ");
    return { missing: `go could not build the tests of ${module} ${version}: ${said === "" ? String(error) : said}` };
  }
}
