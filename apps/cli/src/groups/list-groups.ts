import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { jsonLine, table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";

/** `ottla groups list`. */
export async function listGroups(terminal: Terminal, options: ClusterOptions): Promise<void> {
  await withKafka(terminal, options, async (kafka) => {
    const groups = await kafka.admin().groups.list({ signal: terminal.signal });
    const rows = groups.map(({ groupId, state, type, protocolType }) => ({
      group: groupId,
      state,
      type,
      protocol: protocolType,
    }));
    if (options.json) for (const row of rows) await terminal.write(jsonLine(row));
    else if (rows.length > 0) await terminal.write(table(rows));
    else terminal.note("no groups yet");
  });
}
