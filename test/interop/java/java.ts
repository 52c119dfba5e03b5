import type { ForeignClient } from "../foreign-client.js";
import { javaClasses } from "./java-classes.js";

const classes = javaClasses();
const options = ["-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"];

/** Arguments of `java` to run a class of Kafka's, its command line tools among them. */
export const javaCommand = (main: string): readonly string[] =>
  "missing" in classes ? [] : ["java", ...options, "-cp", classes.classPath, main];

/** Kafka's own client, 4.3. */
export const java: ForeignClient = {
  name: "java",
  missing: "missing" in classes ? classes.missing : undefined,
  command: javaCommand("Client"),
  codecs: ["none", "gzip", "snappy", "lz4", "zstd"],
  unable: {},
  unableToSend: {},
  unableToShow: {},
};
