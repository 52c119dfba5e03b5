import { Command } from "commander";
import { addBrokerCommands } from "./broker/broker-commands.js";
import { addContractCommands } from "./contracts/contract-commands.js";
import { addDlqCommands } from "./dlq/dlq-commands.js";
import { addGroupCommands } from "./groups/group-commands.js";
import { ottlaVersion } from "./ottla-version.js";
import { addOutboxCommands } from "./outbox/outbox-commands.js";
import { addRecordCommands } from "./records/record-commands.js";
import { addRegistryCommands } from "./registry/registry-commands.js";
import { addSchemaCommands } from "./schema/schema-commands.js";
import type { Terminal } from "./terminal/terminal.js";
import { addTopicCommands } from "./topics/topic-commands.js";

/** The words of the command. What each does is loaded when it is asked for, so that none waits for another's code. */
export function commandLine(terminal: Terminal): Command {
  const program = new Command("ottla")
    .description(
      "Event streaming on Kafka's protocol: a broker and a schema registry for development, topics, records, groups, schemas, contracts, outbox.",
    )
    .version(ottlaVersion)
    .showHelpAfterError("(ottla --help, or ottla <command> --help, shows what fits)")
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      "after",
      "\nExit status: 0 done, 1 failed, 2 wrong usage, 3 no broker, registry or database reached, 130 interrupted.",
    );
  addBrokerCommands(program, terminal);
  addTopicCommands(program, terminal);
  addRecordCommands(program, terminal);
  addGroupCommands(program, terminal);
  addDlqCommands(program, terminal);
  addRegistryCommands(program, terminal);
  addSchemaCommands(program, terminal);
  addContractCommands(program, terminal);
  addOutboxCommands(program, terminal);
  return program;
}
