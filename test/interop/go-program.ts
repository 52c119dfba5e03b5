import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A program built from Go sources, or why there is none. */
export type GoProgram = { readonly program: string } | { readonly missing: string };

/**
 * Builds the Go sources of a folder with the modules that its go.mod and go.sum pin; once for each content of these files,
 * in the system's temporary folder.
 */
export function goProgram(home: string): GoProgram {
  if (spawnSync("go", ["version"]).status !== 0) return { missing: "there is no go" };
  const content = createHash("sha256");
  for (const name of readdirSync(home).toSorted()) {
    if (/\.(go|mod|sum)$/.test(name)) content.update(name).update(readFileSync(join(home, name)));
  }
  const program = join(tmpdir(), `ottla-interop-go-${content.digest("hex").slice(0, 12)}`);
  if (existsSync(program)) return { program };
  const unfinished = `${program}.${process.pid}`;
  try {
    execFileSync("go", ["build", "-mod=readonly", "-o", unfinished, "."], {
      cwd: home,
      // What Go has on this machine, and no other Go that it would fetch of itself.
      env: { ...process.env, GOTOOLCHAIN: "local" },
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      timeout: 240_000,
    });
    if (existsSync(program)) rmSync(unfinished);
    else renameSync(unfinished, program);
    return { program };
  } catch (error) {
    rmSync(unfinished, { force: true });
    if (existsSync(program)) return { program };
    const said = String((error as { readonly stderr?: string }).stderr ?? error).trim();
    return {
      missing: `go could not build ${home.split("/").at(-1)}'s program: ${said.split("\n").slice(0, 3).join(" | ")}`,
    };
  }
}
