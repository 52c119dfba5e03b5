import type { Kafka } from "@ottla/client";
import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { jsonLine, table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { redrivenOf } from "./redriven.js";

/** `ottla dlq list`: dead-letter topics, and what waits in them. */
export async function listDeadLetters(
  terminal: Terminal,
  options: ClusterOptions & { readonly suffix: string },
): Promise<void> {
  await withKafka(terminal, options, async (kafka) => {
    const topics = await kafka.admin().topics.list({ signal: terminal.signal });
    const found = topics.filter(({ name }) => name.endsWith(options.suffix));
    const rows = [];
    for (const { name, partitions } of found) {
      rows.push({
        topic: name,
        partitions: partitions.length,
        ...(await countsOf(kafka, name, partitions, terminal.signal)),
      });
    }
    if (options.json) for (const row of rows) await terminal.write(jsonLine(row));
    else if (rows.length > 0) await terminal.write(table(rows));
    else terminal.note(`no topic ends in ${options.suffix}: nothing has failed for good, or --suffix is another`);
  });
}

/** Records that are there, and those of them that were not sent again. */
async function countsOf(
  kafka: Kafka,
  topic: string,
  partitions: readonly { readonly partition: number }[],
  signal: AbortSignal,
): Promise<{ readonly records: bigint; readonly waiting: bigint }> {
  const admin = kafka.admin();
  const at = (where: "earliest" | "latest") =>
    admin.offsets.list(
      partitions.map(({ partition }) => ({ topic, partition, at: where })),
      { signal },
    );
  const [first, last] = await Promise.all([at("earliest"), at("latest")]);
  const redriven = await redrivenOf(admin, topic, signal);
  let records = 0n;
  let waiting = 0n;
  for (const [index, { partition, offset: end = 0n }] of last.entries()) {
    const begin = first[index]?.offset ?? 0n;
    records += end - begin;
    const next = redriven.get(partition)?.next ?? 0n;
    const from = next > begin ? next : begin;
    waiting += end - from - BigInt(redriven.get(partition)?.countFrom(from) ?? 0);
  }
  return { records, waiting };
}
