import { fileURLToPath } from "node:url";
import { commandOf, mavenFolder } from "../../kit/maven-folder.js";
import type { ForeignClient } from "../foreign-client.js";

const home = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");
const built = mavenFolder(home, "Client.java", "Tools.java", "OpenTransaction.java");

/** The command that runs a class of Kafka's or of this folder. */
export const javaCommand = (main: string): readonly string[] => commandOf(built, main);

/** Kafka's own client, 4.3. */
export const java: ForeignClient = {
  name: "java",
  missing: "missing" in built ? built.missing : undefined,
  command: javaCommand("Client"),
  codecs: ["none", "gzip", "snappy", "lz4", "zstd"],
  unable: {},
  unableToSend: {},
  unableToShow: {},
};
