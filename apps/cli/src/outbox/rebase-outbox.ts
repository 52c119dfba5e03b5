import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import { type Confirmation, confirmed } from "../terminal/confirm.js";
import type { Terminal } from "../terminal/terminal.js";
import { type OutboxOptions, withOutbox } from "./outbox-database.js";

/** `ottla outbox rebase`: after a restore into another cluster, or an upgrade of this one. */
export async function rebaseOutbox(terminal: Terminal, options: OutboxOptions & Confirmation): Promise<void> {
  await withOutbox(options, async ({ rebase, admin, label }) => {
    if (rebase === undefined) {
      throw new CommandError(`${label} is a SQLite file, which needs no rebase`, { exitCode: exitCodes.usage });
    }
    const alive = (await admin.status()).relays.filter((relay) => relay.alive > 0).map(({ relay }) => relay);
    if (alive.length > 0) {
      throw new CommandError(`relays are running: ${alive.join(", ")}`, { hint: "Stop them first." });
    }
    const plan = `the cursors of ${label}: nothing is lost, some events may be published again`;
    if (!(await confirmed(terminal, [plan], options, "rebase"))) return;
    await rebase();
    await terminal.write(`rebased ${label}\n`);
  });
}
