import { type Command, Option } from "commander";
import { countOf, examples, jsonOption, withCluster, withRegistry } from "../command-options.js";
import type { Terminal } from "../terminal/terminal.js";

export function addRecordCommands(program: Command, terminal: Terminal): void {
  withRegistry(withCluster(program.command("produce <topic>")), "none; with --schema http://127.0.0.1:8081")
    .description("write the lines of standard input as records, each as it is, or with --schema in Avro")
    .option("--key-field <path>", "take the key from this field of each line's JSON (a.b.c for a nested one)")
    .option(
      "--schema <subject or file>",
      "write the lines, as JSON, in Avro: under a subject's last schema, or that of a file",
    )
    .option("--register", "with a file: register the schema where the registry does not have it")
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
        "ottla produce orders --schema schemas/order.avsc --key-field id < orders.ndjson",
      ),
    )
    .action(async (topic, options) => (await import("./produce.js")).produce(terminal, topic, options));

  withRegistry(withCluster(program.command("consume <topic...>")), "none: bytes as they are")
    .description("print records, with --registry decoded; without --follow up to where the topics end now")
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
    .action(async (names, options) => (await import("./consume.js")).consume(terminal, names, options));
}
