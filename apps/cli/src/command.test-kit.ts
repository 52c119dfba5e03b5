import { Readable } from "node:stream";
import { CommanderError } from "commander";
import { commandLine } from "./command-line.js";
import { exitCodes } from "./exit-codes.js";
import { present } from "./present-error.js";

/** What a call of the command came to. */
export interface Outcome {
  readonly status: number;
  readonly output: string;
  readonly notes: string;
}

/** Runs the command in this process, as `main.ts` does, with the streams of a test. */
export async function ottla(...words: readonly string[]): Promise<Outcome> {
  let output = "";
  let notes = "";
  const note = (text: string): void => {
    notes += `${text}\n`;
  };
  const terminal = {
    input: Readable.from([]),
    write: async (text: string | Uint8Array) => {
      output += text.toString();
    },
    note,
    progress: () => {},
    signal: new AbortController().signal,
  };
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await commandLine(terminal).parseAsync(["node", "ottla", ...words]);
    return { status: Number(process.exitCode ?? exitCodes.done), output, notes };
  } catch (error) {
    if (error instanceof CommanderError) return { status: exitCodes.usage, output, notes };
    const { lines, exitCode } = present(error);
    for (const line of lines) note(line);
    return { status: exitCode, output, notes };
  } finally {
    process.exitCode = before;
  }
}
