import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

/** The class path of what a `pom.xml` pins and of the classes beside it, or why there is none. */
export type MavenFolder = { readonly classPath: string } | { readonly missing: string };

/**
 * Fetches the jars of a folder's `pom.xml` and compiles these Java files of the folder with them, under `XDG_CACHE_HOME` or in the
 * system's temporary folder; once for each content of all these files.
 */
export function mavenFolder(home: string, ...classes: readonly string[]): MavenFolder {
  for (const program of ["java", "mvn", ...(classes.length > 0 ? ["javac"] : [])]) {
    if (spawnSync(program, ["-version"]).status !== 0) return { missing: `there is no ${program}` };
  }
  const sources = ["pom.xml", ...classes];
  const content = createHash("sha256");
  for (const source of sources) content.update(readFileSync(join(home, source)));
  const suite = basename(home);
  const folder = join(
    process.env.XDG_CACHE_HOME ?? tmpdir(),
    `ottla-interop-maven-${suite}-${content.digest("hex").slice(0, 12)}`,
  );
  const found = { classPath: `${folder}/classes:${folder}/lib/*` };
  if (existsSync(folder)) return found;
  const unfinished = `${folder}.${process.pid}`;
  try {
    mkdirSync(join(unfinished, "classes"), { recursive: true });
    for (const source of sources) copyFileSync(join(home, source), join(unfinished, source));
    const run = (program: string, ...args: string[]) =>
      execFileSync(program, args, { cwd: unfinished, stdio: "pipe", encoding: "utf8", timeout: 240_000 });
    run("mvn", "--batch-mode", "--quiet", "dependency:copy-dependencies", "-DoutputDirectory=lib");
    if (classes.length > 0) run("javac", "-nowarn", "-cp", "lib/*", "-d", "classes", ...classes);
    // Two suites may get here at the same time: whoever is second uses what the first one made.
    if (!existsSync(folder)) renameSync(unfinished, folder);
    return found;
  } catch (error) {
    if (existsSync(folder)) return found;
    const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
    const said = `${stderr}${stdout}`.trim().split("\n").slice(0, 5).join(" | ");
    return { missing: `Maven or javac could not build ${suite}: ${said === "" ? String(error) : said}` };
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** The command that runs a class: a small JVM that is soon there. */
export const commandOf = (found: MavenFolder, main: string): readonly string[] =>
  "missing" in found ? [] : ["java", ...options, "-cp", found.classPath, main];

const options = [
  "-Xmx256m",
  "-XX:TieredStopAtLevel=1",
  "-XX:+UseSerialGC",
  "-Xshare:auto",
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
];
