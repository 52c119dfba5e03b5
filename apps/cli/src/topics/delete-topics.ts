import { createInterface } from "node:readline/promises";
import { throwIfFailed } from "../cluster/outcomes.js";
import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import type { Terminal } from "../terminal/terminal.js";

/** `ottla topics delete`: asks first, unless told not to. */
export async function deleteTopics(
  terminal: Terminal,
  names: readonly string[],
  options: ClusterOptions & { readonly yes?: true },
): Promise<void> {
  await withKafka(terminal, options, async (kafka) => {
    if (!options.yes)
      await confirm(
        terminal,
        `Delete ${names.join(", ")} and all records in ${names.length > 1 ? "them" : "it"}? [y/N] `,
      );
    const outcomes = await kafka.admin().topics.delete(names, { signal: terminal.signal });
    for (const { name, error } of outcomes) if (error === undefined) await terminal.write(`deleted ${name}\n`);
    throwIfFailed(outcomes);
  });
}

async function confirm(terminal: Terminal, question: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new CommandError("deleting needs a yes, and there is nobody to ask", {
      hint: "--yes says that it is meant.",
      exitCode: exitCodes.usage,
    });
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(question, { signal: terminal.signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError("nothing was deleted");
  } finally {
    asking.close();
  }
}
