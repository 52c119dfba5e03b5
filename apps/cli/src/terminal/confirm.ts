import { createInterface } from "node:readline/promises";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import type { Terminal } from "./terminal.js";

/** What a verb that changes or deletes was told. */
export interface Confirmation {
  readonly yes?: true;
  readonly dryRun?: true;
}

/**
 * Shows a plan and asks, unless told not to. Answers whether to go on; a no ends the command.
 *
 * @param plan - What it would be done to, a line each.
 * @param verb - What would be done.
 */
export async function confirmed(
  terminal: Terminal,
  plan: readonly string[],
  options: Confirmation,
  verb = "delete",
): Promise<boolean> {
  if (options.dryRun) {
    await terminal.write(plan.map((line) => `would ${verb} ${line}\n`).join(""));
    return false;
  }
  if (options.yes) return true;
  if (!process.stdin.isTTY) {
    throw new CommandError(`to ${verb} needs a yes, and there is nobody to ask`, {
      hint: "--yes says that it is meant; --dry-run shows what would be done.",
      exitCode: exitCodes.usage,
    });
  }
  for (const line of plan) terminal.note(`  ${verb} ${line}`);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question("Do this? [y/N] ", { signal: terminal.signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError("nothing was done");
    return true;
  } finally {
    asking.close();
  }
}
