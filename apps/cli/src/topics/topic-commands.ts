import type { Command } from "commander";
import { collect, countOf, examples, jsonOption, withCluster, withConfirmation } from "../command-options.js";
import type { Terminal } from "../terminal/terminal.js";

export function addTopicCommands(program: Command, terminal: Terminal): void {
  const topics = program.command("topics").description("list, create, describe and delete topics");

  withCluster(topics.command("list"))
    .description("names, partitions and records of all topics")
    .addOption(jsonOption())
    .option("--internal", "internal topics too")
    .action(async (options) => (await import("./list-topics.js")).listTopics(terminal, options));

  withCluster(topics.command("create <topic...>"))
    .description("create topics")
    .addOption(jsonOption())
    .option("--partitions <count>", "partitions of each; the broker's default when not given", countOf)
    .option("--replication-factor <count>", "replicas of each; the broker's default when not given", countOf)
    .option("--config <name=value>", "topic configuration; may be repeated", collect, [])
    .option("--if-not-exists", "an existing topic is no failure")
    .addHelpText(
      "after",
      examples(
        "ottla topics create orders --partitions 6",
        "ottla topics create customers --config cleanup.policy=compact",
      ),
    )
    .action(async (names, options) => (await import("./create-topics.js")).createTopics(terminal, names, options));

  withCluster(topics.command("describe <topic...>"))
    .description("partitions with their leaders, offsets and configuration")
    .addOption(jsonOption())
    .action(async (names, options) => (await import("./describe-topics.js")).describeTopics(terminal, names, options));

  withConfirmation(withCluster(topics.command("delete <topic...>")))
    .description("delete topics and all their records")
    .action(async (names, options) => (await import("./delete-topics.js")).deleteTopics(terminal, names, options));
}
