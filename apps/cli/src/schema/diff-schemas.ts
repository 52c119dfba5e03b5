import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import { jsonLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { fileSchema } from "./file-schema.js";

/** `ottla schema diff`: what stands between two schemas, in words, each way. Asks no registry. */
export async function diffSchemas(
  terminal: Terminal,
  before: string,
  after: string,
  { json }: { readonly json?: true },
): Promise<void> {
  const [old, now] = [fileSchema(before), fileSchema(after)];
  if (old.name !== now.name) {
    throw new CommandError(`${before} is ${old.name}, ${after} is ${now.name}`, { exitCode: exitCodes.usage });
  }
  const { format } = now;
  const ways = [
    ["backward", `Consumers on ${after} read what was written with ${before}`, format.compare(now, old, "STRICT")],
    ["forward", `Consumers on ${before} read what is written with ${after}`, format.compare(old, now, "STRICT")],
  ] as const;
  if (json) {
    const found = Object.fromEntries(ways.map(([direction, , differences]) => [direction, differences]));
    await terminal.write(jsonLine({ before, after, ...found }));
    return;
  }
  for (const [, sentence, differences] of ways) {
    const lines = differences.map(({ path, type, message }) => `    ${path}  ${type}\n      ${message}\n`);
    await terminal.write(`  ${differences.length === 0 ? "✓" : "✗"} ${sentence}\n${lines.join("")}`);
  }
}
