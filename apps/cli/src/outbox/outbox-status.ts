import { exitCodes } from "../exit-codes.js";
import { jsonLine, table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { type OutboxOptions, withOutbox } from "./outbox-database.js";
import { plainEvent, stalledRow } from "./stalled-events.js";

/** As many stalled events are shown beside the figures. */
const stalledShown = 20;

/** `ottla outbox status`: how far each relay is, what is stuck and why, and what the doctor says. Ends with 1 where a person is needed. */
export async function outboxStatus(terminal: Terminal, options: OutboxOptions): Promise<void> {
  await withOutbox(options, async ({ admin, label }) => {
    const status = await admin.status();
    const findings = await admin.doctor();
    const stalled = status.version === 0 || isForeign(findings) ? [] : await admin.stalled({ limit: stalledShown });
    if (options.json) {
      await terminal.write(jsonLine({ database: label, ...status, stalled: stalled.map(plainEvent), findings }));
    } else {
      await terminal.write(`${label}  version ${status.version}, ${status.shards} shards\n`);
      for (const { relay, alive, shards } of status.relays) {
        const unsent = shards.reduce((sum, shard) => sum + shard.unsent, 0);
        await terminal.write(`\nrelay ${relay}: ${alive} running, ${unsent} events to send\n`);
        const rows = shards.map((shard) => ({
          shard: shard.shard,
          owner: shard.owner ?? null,
          epoch: shard.epoch,
          unsent: shard.unsent,
          "oldest ms": shard.oldestUnsentAgeMs,
          stalled: shard.stalled,
          parked: shard.parked,
        }));
        await terminal.write(table(rows));
      }
      if (stalled.length > 0) await terminal.write(`\n${table(stalled.map(stalledRow))}`);
      if (stalled.length === stalledShown) terminal.note("more may be stalled: `ottla outbox stalled list` shows them");
      if (findings.length > 0) {
        await terminal.write(`\n${findings.map(({ level, text }) => `${level}: ${text}\n`).join("")}`);
      }
    }
    if (findings.some(({ level }) => level === "error")) process.exitCode = exitCodes.failed;
  });
}

/** Tables of another version may have other columns. */
const isForeign = (findings: readonly { readonly text: string }[]): boolean =>
  findings.some(({ text }) => text.startsWith("tables of version"));
