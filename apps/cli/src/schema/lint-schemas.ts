import { exitCodes } from "../exit-codes.js";
import type { Terminal } from "../terminal/terminal.js";
import { fileSchema } from "./file-schema.js";

/** `ottla schema lint`: whether files hold schemas, by the rules for new ones. */
export async function lintSchemas(terminal: Terminal, files: readonly string[]): Promise<void> {
  let wrong = 0;
  for (const file of files) {
    const problem = problemIn(file);
    if (problem !== undefined) wrong += 1;
    await terminal.write(
      `  ${problem === undefined ? "✓" : "✗"} ${file}${problem === undefined ? "" : `  ${problem}`}\n`,
    );
  }
  if (wrong > 0) process.exitCode = exitCodes.failed;
}

function problemIn(file: string): string | undefined {
  const text = fileSchema(file);
  try {
    text.format.canonical(text);
    text.format.validate?.(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
