import { CommandError } from "../command-error.js";
import { type Confirmation, confirmed } from "../terminal/confirm.js";
import type { Terminal } from "../terminal/terminal.js";
import { type OutboxOptions, withOutbox } from "./outbox-database.js";

/** `ottla outbox forget`: a relay name that will not come back, and for which rows are kept until then. */
export async function forgetRelay(
  terminal: Terminal,
  relay: string,
  options: OutboxOptions & Confirmation,
): Promise<void> {
  await withOutbox(options, async ({ admin, label }) => {
    const { relays } = await admin.status();
    const report = relays.find((each) => each.relay === relay);
    if (report === undefined) {
      const names = relays.map((each) => each.relay).join(", ");
      throw new CommandError(`${label}: there is no relay "${relay}"${names === "" ? "" : `; there is ${names}`}`);
    }
    if (report.alive > 0) {
      throw new CommandError(`relay ${relay} is running`, { hint: "Stop it first: it would begin from the start." });
    }
    const unsent = report.shards.reduce((sum, shard) => sum + shard.unsent, 0);
    const stalled = report.shards.reduce((sum, shard) => sum + shard.stalled, 0);
    const plan = `relay ${relay} in ${label}: ${unsent} events not sent, ${stalled} stalled`;
    if (!(await confirmed(terminal, [plan], options, "forget"))) return;
    await admin.forget(relay);
    await terminal.write(`forgot ${relay}\n`);
  });
}
