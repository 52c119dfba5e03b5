import { type Command, InvalidArgumentError } from "commander";
import { countOf, examples, jsonOption, withCluster, withConfirmation, withRegistry } from "../command-options.js";
import type { Terminal } from "../terminal/terminal.js";

export function addDlqCommands(program: Command, terminal: Terminal): void {
  const dlq = program
    .command("dlq")
    .description("look at records that could not be handled, send them again, drop them");

  withCluster(dlq.command("list"))
    .description("topics that end in .dlq, their records, and how many were not sent again yet")
    .option("--suffix <text>", "how the names of dead-letter topics end", ".dlq")
    .addOption(jsonOption())
    .action(async (options) => (await import("./list-dead-letters.js")).listDeadLetters(terminal, options));

  withRegistry(withFilter(withCluster(dlq.command("show <topic>"))), "none: bytes as they are")
    .description("records with where they came from and why they failed")
    .option("--limit <count>", "stop after so many records", countOf)
    .addOption(jsonOption())
    .addHelpText("after", examples("ottla dlq show orders.dlq --error TypeError --limit 5 --json"))
    .action(async (topic, options) =>
      (await import("./show-dead-letters.js")).showDeadLetters(terminal, topic, options),
    );

  withConfirmation(withFilter(withCluster(dlq.command("redrive <topic>"))))
    .description("send records back to the topics they came from, each that was not sent before")
    .option("--to <topic>", "send them here instead")
    .option("--limit <count>", "stop after so many records", countOf)
    .option("--again", "also those that were sent before")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples("ottla dlq redrive orders.dlq --dry-run", "ottla dlq redrive orders.dlq --error TimeoutError --yes"),
    )
    .action(async (topic, options) => (await import("./redrive.js")).redrive(terminal, topic, options));

  withConfirmation(withCluster(dlq.command("drop <topic>")))
    .description("delete records from the beginning of each partition on (DeleteRecords)")
    .option("--all", "every record that is there now")
    .option("--redriven", "up to the first that was not sent again")
    .option("--before <partition:offset…>", "of these partitions, those below the offset", placesOf, [])
    .addHelpText(
      "after",
      examples("ottla dlq drop orders.dlq --redriven", "ottla dlq drop orders.dlq --before 0:120 1:98"),
    )
    .action(async (topic, options) =>
      (await import("./drop-dead-letters.js")).dropDeadLetters(terminal, topic, options),
    );
}

const withFilter = (command: Command): Command =>
  command
    .option("--partition <number>", "of this partition", numberOf)
    .option("--offset <number>", "at this offset", numberOf)
    .option("--origin <topic>", "that came from this topic")
    .option("--group <id>", "that this group failed at")
    .option("--error <class>", "whose error is of this class")
    .option("--message <text>", "whose error's text contains this")
    .option("--key <text>", "with this key")
    .option("--since <time>", "that failed at this time or later", timeOf)
    .option("--until <time>", "that failed before this time", timeOf);

function numberOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

function timeOf(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError("It must be a time such as 2026-01-31T12:00Z.");
  return time;
}

function placesOf(
  text: string,
  before: readonly { readonly partition: number; readonly offset: bigint }[],
): readonly { readonly partition: number; readonly offset: bigint }[] {
  const [, partition, offset] = /^(\d{1,9}):(\d{1,15})$/.exec(text) ?? [];
  if (partition === undefined || offset === undefined) {
    throw new InvalidArgumentError("It must be a partition and an offset, 0:120.");
  }
  return [...before, { partition: Number(partition), offset: BigInt(offset) }];
}
