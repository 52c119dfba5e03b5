import { randomUUID } from "node:crypto";
import type { Kafka, ReceivedRecord, Topic } from "@ottla/client";

/** A value with the message id that its outbox gave it. */
export interface Identified<V> {
  readonly messageId: string;
  readonly value: V;
}

/** Every record of a topic, from its beginning to where it ended when this was called. */
export async function readTopic<V>(
  kafka: Kafka,
  topic: Topic<string, unknown, ReceivedRecord<string, string, V>>,
): Promise<Identified<V>[]> {
  const admin = kafka.admin();
  const [described] = await admin.topics.describe([topic.name]);
  const places =
    described?.partitions.map(({ partition }) => ({ topic: topic.name, partition, at: "latest" as const })) ?? [];
  const ends = new Map((await admin.offsets.list(places)).map(({ partition, offset }) => [partition, offset ?? 0n]));
  const groupId = `reconcile-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, topics: [topic], from: "earliest", isolation: "read_uncommitted" });
  const records: Identified<V>[] = [];
  const open = new Set([...ends].filter(([, end]) => end > 0n).map(([partition]) => partition));
  if (open.size > 0) {
    for await (const consumed of consumer) {
      const header = consumed.rawHeaders.find(({ key }) => key === "message-id");
      records.push({ messageId: Buffer.from(header?.value ?? []).toString(), value: consumed.value });
      if (consumed.offset + 1n >= (ends.get(consumed.partition) ?? 0n)) open.delete(consumed.partition);
      if (open.size === 0) break;
    }
  }
  await consumer.close();
  await admin.groups.delete([groupId]);
  await admin.close();
  return records;
}
