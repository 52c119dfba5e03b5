import { type Command, Option } from "commander";
import { collect, examples, portOf, withCluster } from "../command-options.js";
import type { Terminal } from "../terminal/terminal.js";

const levels = [
  "NONE",
  "BACKWARD",
  "BACKWARD_TRANSITIVE",
  "FORWARD",
  "FORWARD_TRANSITIVE",
  "FULL",
  "FULL_TRANSITIVE",
] as const;

export function addRegistryCommands(program: Command, terminal: Terminal): void {
  withCluster(program.command("registry").description("run a schema registry on a cluster"))
    .addOption(
      new Option("--memory", "keep schemas in memory, and nothing afterwards").conflicts(["bootstrap", "profile"]),
    )
    .addOption(new Option("--port <port>", "port to listen on; 0 picks a free one").default(8081).argParser(portOf))
    .addOption(new Option("--host <address>", "address to listen on").default("127.0.0.1"))
    .addOption(new Option("--topic <name>", "where the schemas are kept").default("_schemas"))
    .addOption(
      new Option("--level <level>", "compatibility of subjects without one").choices(levels).default("BACKWARD"),
    )
    .option("--user <user:password>", "let in by basic authentication; may be repeated", collect, [])
    .option("--token <token>", "let in with a bearer token; may be repeated", collect, [])
    .option("--elect", "one of several registries on the topic: they choose one that writes, and send writes on to it")
    .option("--advertised-host <host>", "where the other registries reach this one; with --elect")
    .option("--listen-cert <file>", "serve HTTPS with this certificate, PEM")
    .option("--listen-key <file>", "its key, PEM")
    .option("--client-ca <file>", "let in only those with a certificate of this authority, PEM")
    .addHelpText(
      "after",
      examples(
        "ottla registry --bootstrap 127.0.0.1:9092",
        "ottla registry --memory --port 0 --user ci:secret",
        "ottla registry --profile prod --elect --host 0.0.0.0 --advertised-host registry-1",
      ),
    )
    .action(async (options) => (await import("./registry.js")).registry(terminal, options));
}
