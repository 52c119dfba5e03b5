import { fileURLToPath } from "node:url";
import { Child } from "../../kit/child.js";
import { commandOf, mavenFolder } from "../../kit/maven-folder.js";

const built = mavenFolder(fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, ""), "WordCount.java");

/** Why no Kafka Streams runs here. */
export const missingStreams = "missing" in built ? built.missing : undefined;

/** Starts `WordCount.java`; ends well with {@link Child.endInput}, and with the test in any case. */
export function startWordCount(
  ...args: readonly [bootstrap: string, input: string, output: string, state: string]
): Child {
  const [program = "", ...command] = commandOf(built, "WordCount");
  return new Child(program, [...command, ...args], { input: true });
}
