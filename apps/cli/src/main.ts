import { commandLine } from "./command-line.js";
import { runCommand } from "./run-command.js";
import { processTerminal } from "./terminal/terminal.js";

const terminal = processTerminal();
await runCommand(commandLine(terminal), terminal);
