import { bytes, type Kafka, topic } from "@ottla/client";

const consumerOffsets = topic("__consumer_offsets", { value: bytes(), tombstones: true });

/** Every offset that a group committed for a partition of a topic, in order, from the broker's own log of them. */
export async function commitHistory(kafka: Kafka, group: string, name: string): Promise<Map<number, bigint[]>> {
  const commits = new Map<number, bigint[]>();
  for await (const { rawKey, rawValue } of kafka.reader({ topics: [consumerOffsets], until: "end" })) {
    const key = offsetKey(rawKey);
    if (key === undefined || rawValue === null || key.group !== group || key.topic !== name) continue;
    const history = commits.get(key.partition) ?? [];
    history.push(rawValue.readBigInt64BE(2));
    commits.set(key.partition, history);
  }
  return commits;
}

/** OffsetCommitKey: int16 version 0 or 1, group and topic as strings behind an int16 length, int32 partition. */
function offsetKey(key: Buffer | null): { group: string; topic: string; partition: number } | undefined {
  if (key === null || key.readInt16BE(0) > 1) return undefined;
  const groupEnd = 4 + key.readInt16BE(2);
  const topicEnd = groupEnd + 2 + key.readInt16BE(groupEnd);
  return {
    group: key.toString("utf8", 4, groupEnd),
    topic: key.toString("utf8", groupEnd + 2, topicEnd),
    partition: key.readInt32BE(topicEnd),
  };
}
