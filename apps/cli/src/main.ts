import { CommanderError } from "commander";
import { commandLine } from "./command-line.js";
import { exitCodes } from "./exit-codes.js";
import { present } from "./present-error.js";
import { processTerminal } from "./terminal/terminal.js";

const terminal = processTerminal();
try {
  await commandLine(terminal).parseAsync(process.argv);
  process.exitCode ??= exitCodes.done;
} catch (error) {
  // Commander has printed its own message by now.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  else {
    const { lines, exitCode } = present(error);
    for (const line of lines) terminal.note(line);
    process.exitCode = exitCode;
  }
}
