import { fileURLToPath } from "node:url";
import { type MavenFolder, mavenFolder } from "../maven-folder.js";

const home = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");

/** The class path of the broker that `pom.xml` pins, or why there is none. A folder of its jars may be named by `OTTLA_KAFKA_JARS`. */
export function kafkaJars(): MavenFolder {
  const given = process.env.OTTLA_KAFKA_JARS;
  return given === undefined ? mavenFolder(home) : { classPath: `${given}/*` };
}
