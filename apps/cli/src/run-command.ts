import { type Command, CommanderError } from "commander";
import { exitCodes } from "./exit-codes.js";
import { present } from "./present-error.js";
import type { Terminal } from "./terminal/terminal.js";

/** Runs the command that the process was called with; what stops it is said in a line, and by the exit status. */
export async function runCommand(program: Command, terminal: Terminal): Promise<void> {
  try {
    await program.parseAsync(process.argv);
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
}
