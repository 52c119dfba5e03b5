import { type Command, Option } from "commander";
import { collect, examples, portOf } from "../command-options.js";
import type { Terminal } from "../terminal/terminal.js";

export function addBrokerCommands(program: Command, terminal: Terminal): void {
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

  withBrokerOptions(program.command("dev").description("run a broker and a schema registry in one process"), 9092)
    .addOption(
      new Option(
        "--registry-port <port>",
        "port of the schema registry; 0 picks a free one (default: 8081, or with --port 0 a free one)",
      ).argParser(portOf),
    )
    .option("--no-registry", "the broker alone")
    .option("--act-as <release>", "a release of Kafka, such as 2.8: what it did not serve is not served")
    .addHelpText(
      "after",
      examples(
        "ottla dev",
        "ottla dev --memory --port 0",
        "ottla dev --data ./.ottla --config num.partitions=4",
        "ottla dev --memory --act-as 2.8",
      ),
    )
    .action(async (options) => (await import("./dev.js")).dev(terminal, options));

  withBrokerOptions(program.command("broker").description("run a broker"), 9092)
    .addHelpText(
      "after",
      examples(
        "ottla broker --data /var/lib/ottla",
        "ottla broker --data ./data --listeners PLAINTEXT://127.0.0.1:9092,LAN://0.0.0.0:9093 --advertised LAN://10.0.0.5:9093",
      ),
    )
    .action(async (options) => (await import("./broker.js")).broker(terminal, options));
}
