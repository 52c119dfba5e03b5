import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const sources = ["pom.xml", "Client.java"].map((name) => join(folder, name));

/**
 * The class path of `Client.java` with what `pom.xml` pins, or why there is none; made once for each content of the two,
 * in the system's temporary folder.
 */
export function javaClasses(): { readonly classPath: string } | { readonly missing: string } {
  for (const [program, version] of [
    ["javac", "-version"],
    ["mvn", "--version"],
  ] as const) {
    if (spawnSync(program, [version]).status !== 0) return { missing: `there is no ${program}` };
  }
  const content = createHash("sha256");
  for (const source of sources) content.update(readFileSync(source));
  const home = join(tmpdir(), `ottla-interop-java-${content.digest("hex").slice(0, 12)}`);
  const found = { classPath: `${home}/classes:${home}/lib/*` };
  if (existsSync(home)) return found;
  const unfinished = `${home}.${process.pid}`;
  try {
    mkdirSync(join(unfinished, "classes"), { recursive: true });
    for (const source of sources) copyFileSync(source, join(unfinished, source.slice(folder.length)));
    const run = (program: string, ...args: string[]) =>
      execFileSync(program, args, { cwd: unfinished, stdio: "pipe", encoding: "utf8", timeout: 240_000 });
    run("mvn", "--batch-mode", "--quiet", "dependency:copy-dependencies", "-DoutputDirectory=lib");
    run("javac", "-nowarn", "-cp", "lib/*", "-d", "classes", "Client.java");
    if (!existsSync(home)) renameSync(unfinished, home);
    return found;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
    const said = `${stderr}${stdout}`.trim().split("\n").slice(0, 5).join(" | ");
    return { missing: `Maven or javac could not build the client: ${said === "" ? String(error) : said}` };
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
