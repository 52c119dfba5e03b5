import { fileURLToPath } from "node:url";
import { type MavenFolder, mavenFolder } from "../kit/maven-folder.js";

/** The release of Apache Kafka that the suites run on: the newest, or the one of another folder here, by `OTTLA_KAFKA_RELEASE`. */
export const kafkaRelease = process.env.OTTLA_KAFKA_RELEASE ?? "4.3";

/** Its jars, fetched when they are not there yet, or why there are none. */
export const kafkaJars = (): MavenFolder => mavenFolder(fileURLToPath(new URL(kafkaRelease, import.meta.url)));
