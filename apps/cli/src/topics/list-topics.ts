import type { Admin, TopicMetadata } from "@ottla/client";
import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { jsonLine, type Row, table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";

/** `ottla topics list`: every topic with its partitions and how many offsets they span. */
export async function listTopics(
  terminal: Terminal,
  options: ClusterOptions & { readonly internal?: true },
): Promise<void> {
  await withKafka(terminal, options, async (kafka) => {
    const admin = kafka.admin();
    const topics = await admin.topics.list({ internal: options.internal, signal: terminal.signal });
    const records = await recordsOf(admin, topics, terminal.signal);
    const rows: Row[] = topics.map(({ name, partitions }) => ({
      topic: name,
      partitions: partitions.length,
      replicas: partitions[0]?.replicas.length ?? null,
      records: records.get(name) ?? null,
    }));
    if (options.json) for (const row of rows) await terminal.write(jsonLine(row));
    else if (rows.length > 0) await terminal.write(table(rows));
    else terminal.note("no topics yet: `ottla topics create <topic>` makes one");
  });
}

/** Offsets between the beginning and the end of each topic: its records, where nothing was compacted away. */
async function recordsOf(
  admin: Admin,
  topics: readonly TopicMetadata[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, bigint>> {
  const places = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({ topic: name, partition })),
  );
  const at = (where: "earliest" | "latest") =>
    admin.offsets.list(
      places.map((place) => ({ ...place, at: where })),
      { signal },
    );
  const [first, last] = await Promise.all([at("earliest"), at("latest")]);
  const records = new Map<string, bigint>();
  for (const [index, { topic }] of places.entries()) {
    const span = (last[index]?.offset ?? 0n) - (first[index]?.offset ?? 0n);
    records.set(topic, (records.get(topic) ?? 0n) + span);
  }
  return records;
}
