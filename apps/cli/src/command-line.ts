import { Command, InvalidArgumentError, Option } from "commander";
import { ottlaVersion } from "./ottla-version.js";
import type { Terminal } from "./terminal/terminal.js";

/** The words of the command. What each does is loaded when it is asked for, so that none waits for another's code. */
export function commandLine(terminal: Terminal): Command {
  const program = new Command("ottla")
    .description("Event streaming on Kafka's protocol: a broker for development, topics, records, groups.")
    .version(ottlaVersion)
    .showHelpAfterError("(ottla --help, or ottla <command> --help, shows what fits)")
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", "\nExit status: 0 done, 1 failed, 2 wrong usage, 3 no broker reached, 130 interrupted.");
  addBrokerCommands(program, terminal);
  addTopicCommands(program, terminal);
  addRecordCommands(program, terminal);
  addGroupCommands(program, terminal);
  return program;
}

const bootstrapOption = () =>
  new Option("-b, --bootstrap <host:port,…>", "brokers to begin with").env("OTTLA_BOOTSTRAP").default("127.0.0.1:9092");

const jsonOption = () => new Option("--json", "print JSON, one document a line");

function addBrokerCommands(program: Command, terminal: Terminal): void {
  const withBrokerOptions = (command: Command, port: number): Command =>
    command
      .addOption(new Option("--data <folder>", "where the logs are kept").conflicts("memory"))
      .addOption(
        new Option("--memory", "keep everything in memory, and nothing afterwards").conflicts(["data", "durability"]),
      )
      .addOption(new Option("--port <port>", "port to listen on; 0 picks a free one").default(port).argParser(portOf))
      .addOption(new Option("--listeners <list>", "several: NAME://host:port,NAME://host:port, in place of --port"))
      .addOption(new Option("--advertised <list>", "what clients of each listener are told: NAME://host:port,…"))
      .addOption(
        new Option(
          "--durability <what>",
          "what an acknowledgement survives: sync a power loss, os a crash of the broker",
        ).choices(["sync", "os"]),
      )
      .option("--config <name=value>", "broker configuration by Kafka's names; may be repeated", collect, []);

  withBrokerOptions(program.command("dev").description("run all that development needs in one process"), 9092)
    .addHelpText(
      "after",
      examples("ottla dev", "ottla dev --memory --port 0", "ottla dev --data ./.ottla --config num.partitions=4"),
    )
    .action(async (options) => (await import("./broker/dev.js")).dev(terminal, options));

  withBrokerOptions(program.command("broker").description("run a broker"), 9092)
    .addHelpText(
      "after",
      examples(
        "ottla broker --data /var/lib/ottla",
        "ottla broker --data ./data --listeners PLAINTEXT://127.0.0.1:9092,LAN://0.0.0.0:9093 --advertised LAN://10.0.0.5:9093",
      ),
    )
    .action(async (options) => (await import("./broker/broker.js")).broker(terminal, options));
}

function addTopicCommands(program: Command, terminal: Terminal): void {
  const topics = program.command("topics").description("list, create, describe and delete topics");

  topics
    .command("list")
    .description("names, partitions and records of all topics")
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .option("--internal", "internal topics too")
    .action(async (options) => (await import("./topics/list-topics.js")).listTopics(terminal, options));

  topics
    .command("create <topic...>")
    .description("create topics")
    .addOption(bootstrapOption())
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
    .action(async (names, options) =>
      (await import("./topics/create-topics.js")).createTopics(terminal, names, options),
    );

  topics
    .command("describe <topic...>")
    .description("partitions with their leaders, offsets and configuration")
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (names, options) =>
      (await import("./topics/describe-topics.js")).describeTopics(terminal, names, options),
    );

  topics
    .command("delete <topic...>")
    .description("delete topics and all their records")
    .addOption(bootstrapOption())
    .option("--yes", "do not ask")
    .action(async (names, options) =>
      (await import("./topics/delete-topics.js")).deleteTopics(terminal, names, options),
    );
}

function addRecordCommands(program: Command, terminal: Terminal): void {
  program
    .command("produce <topic>")
    .description("write the lines of standard input as records, each as it is")
    .addOption(bootstrapOption())
    .option("--key-field <path>", "take the key from this field of each line's JSON (a.b.c for a nested one)")
    .option("--create", "create the topic if it does not exist")
    .option("--partitions <count>", "with --create: partitions", countOf)
    .addOption(
      new Option("--compression <codec>", "codec").choices(["none", "gzip", "snappy", "lz4", "zstd"]).default("none"),
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "jq -c '.packages | to_entries[] | .value + {path: .key}' package-lock.json | ottla produce packages --key-field path --create",
        "tail -f app.log | ottla produce logs",
      ),
    )
    .action(async (topic, options) => (await import("./records/produce.js")).produce(terminal, topic, options));

  program
    .command("consume <topic...>")
    .description("print records; without --follow up to where the topics end now")
    .addOption(bootstrapOption())
    .option("--group <id>", "read as a member of a group, and commit what was printed")
    .addOption(
      new Option("--from <where>", "where to begin: beginning, end, or with --group where it stopped").choices([
        "beginning",
        "end",
      ]),
    )
    .option("--limit <count>", "stop after so many records", countOf)
    .option("--follow", "wait for more at the end")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples("ottla consume orders --from beginning --limit 3 --json", "ottla consume orders --group debug --follow"),
    )
    .action(async (names, options) => (await import("./records/consume.js")).consume(terminal, names, options));
}

function addGroupCommands(program: Command, terminal: Terminal): void {
  const groups = program
    .command("groups")
    .description("list and describe consumer groups, and how far behind they are");

  groups
    .command("list")
    .description("names, states and protocols of all groups")
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (options) => (await import("./groups/list-groups.js")).listGroups(terminal, options));

  groups
    .command("describe <group...>")
    .description("members, what each has, and their clients")
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (ids, options) =>
      (await import("./groups/describe-groups.js")).describeGroups(terminal, ids, options),
    );

  groups
    .command("lag <group>")
    .description("committed and last offset of each partition, and the difference")
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (id, options) => (await import("./groups/group-lag.js")).groupLag(terminal, id, options));
}

const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function wholeNumber(text: string, least: number, most: number, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new InvalidArgumentError(`It must be ${what}.`);
  }
  return value;
}

const portOf = (text: string): number => wholeNumber(text, 0, 65_535, "a port, 0 to 65535");
const countOf = (text: string): number => wholeNumber(text, 1, Number.MAX_SAFE_INTEGER, "a whole number from 1");
