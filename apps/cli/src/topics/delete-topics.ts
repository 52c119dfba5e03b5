import { throwIfFailed } from "../cluster/outcomes.js";
import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { type Confirmation, confirmed } from "../terminal/confirm.js";
import type { Terminal } from "../terminal/terminal.js";

/** `ottla topics delete`: asks first, unless told not to. */
export async function deleteTopics(
  terminal: Terminal,
  names: readonly string[],
  options: ClusterOptions & Confirmation,
): Promise<void> {
  await withKafka(terminal, options, async (kafka) => {
    const admin = kafka.admin();
    const found = await admin.topics.describe(names, { signal: terminal.signal });
    throwIfFailed(found);
    const plan = found.map(
      ({ name, partitions }) => `topic ${name} with ${partitions.length} partitions and all records`,
    );
    if (!(await confirmed(terminal, plan, options))) return;
    const outcomes = await admin.topics.delete(names, { signal: terminal.signal });
    for (const { name, error } of outcomes) if (error === undefined) await terminal.write(`deleted ${name}\n`);
    throwIfFailed(outcomes);
  });
}
