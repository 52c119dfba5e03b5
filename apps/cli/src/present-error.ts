import { CommandError } from "./command-error.js";
import { exitCodes } from "./exit-codes.js";

/** An error as a person should read it: one line, a second one that says what to do where that is known, and the exit code. */
export function present(error: unknown): { readonly lines: readonly string[]; readonly exitCode: number } {
  if (error instanceof CommandError) {
    const lines = [`ottla: ${error.message}`, ...(error.hint === undefined ? [] : [`  ${error.hint}`])];
    return { lines, exitCode: error.exitCode };
  }
  if (!(error instanceof Error)) return { lines: [`ottla: ${String(error)}`], exitCode: exitCodes.failed };
  if (error.name === "AbortError") return { lines: [], exitCode: exitCodes.interrupted };
  if (error.name === "KafkaConnectionError" || error.name === "KafkaTimeoutError") {
    const lines = [
      `ottla: ${error.message}`,
      "  Is a broker running there? `ottla dev` starts one; --bootstrap names another.",
    ];
    return { lines, exitCode: exitCodes.unreachable };
  }
  return { lines: [`ottla: ${error.message}`], exitCode: exitCodes.failed };
}
