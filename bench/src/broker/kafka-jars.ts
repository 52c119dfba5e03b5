import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// From dist/, where this is built to.
const pom = fileURLToPath(new URL("../src/broker/pom.xml", import.meta.url));

/** The class path of Apache Kafka and its tools as `pom.xml` pins them, or why there is none; fetched once for each content of it. */
function kafkaJars(): { readonly classPath: string } | { readonly missing: string } {
  for (const [program, version] of [
    ["java", "-version"],
    ["mvn", "--version"],
  ] as const) {
    if (spawnSync(program, [version]).status !== 0) return { missing: `there is no ${program}` };
  }
  const content = createHash("sha256").update(readFileSync(pom)).digest("hex");
  const home = join(process.env.XDG_CACHE_HOME ?? tmpdir(), `ottla-bench-kafka-${content.slice(0, 12)}`);
  const found = { classPath: `${home}/lib/*` };
  if (existsSync(home)) return found;
  const unfinished = `${home}.${process.pid}`;
  try {
    mkdirSync(unfinished, { recursive: true });
    copyFileSync(pom, join(unfinished, "pom.xml"));
    const goal = ["dependency:copy-dependencies", "-DoutputDirectory=lib"];
    execFileSync("mvn", ["--batch-mode", "--quiet", ...goal], { cwd: unfinished, stdio: "pipe", timeout: 240_000 });
    if (!existsSync(home)) renameSync(unfinished, home);
    return found;
  } catch (error) {
    return { missing: `Maven could not bring Kafka: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Why the cases against Kafka cannot run here. */
export function kafkaMissing(): string | undefined {
  const jars = kafkaJars();
  return "missing" in jars ? jars.missing : undefined;
}

/** @throws Error where {@link kafkaMissing} has something to say. */
export function kafkaClassPath(): string {
  const jars = kafkaJars();
  if ("missing" in jars) throw new Error(jars.missing);
  return jars.classPath;
}
