import { Command } from "commander";
import { runCommand } from "./run-command.js";
import { addSchemaCheck } from "./schema/add-schema-check.js";
import { processTerminal } from "./terminal/terminal.js";

// `ottla schema check` as a program in one file, for a CI job that installs nothing: `node schema-check.cjs --against origin/main`.
const terminal = processTerminal();
void runCommand(addSchemaCheck(new Command("schema-check").exitOverride(), terminal), terminal);
