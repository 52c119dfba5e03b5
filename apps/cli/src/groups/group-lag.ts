import { throwIfFailed } from "../cluster/outcomes.js";
import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { CommandError } from "../command-error.js";
import { jsonLine, table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";

/** `ottla groups lag`: how far a group is behind, by partition and in all. */
export async function groupLag(terminal: Terminal, groupId: string, options: ClusterOptions): Promise<void> {
  await withKafka(terminal, options, async (kafka) => {
    const partitions = await kafka.admin().lag(groupId, { signal: terminal.signal });
    if (partitions.length === 0) {
      throw new CommandError(`group "${groupId}" has committed nothing and has no members`, {
        hint: "`ottla groups list` shows the groups there are.",
      });
    }
    const rows = partitions.map(({ topic, partition, committed, logEndOffset, lag, member }) => ({
      topic,
      partition,
      committed: committed ?? null,
      end: logEndOffset ?? null,
      lag: lag ?? null,
      member: member?.clientId ?? null,
    }));
    if (options.json) for (const row of rows) await terminal.write(jsonLine({ group: groupId, ...row }));
    else {
      const total = partitions.reduce((sum, { lag }) => sum + (lag ?? 0n), 0n);
      await terminal.write(`${table(rows)}total lag ${total}\n`);
    }
    throwIfFailed(partitions);
  });
}
