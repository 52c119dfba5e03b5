import type { OffsetSpec } from "@ottla/client";
import { asKafkaJSError } from "../errors/as-kafkajs-error.js";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";
import { type AdminCalls, checkName, partitionsOf, throwFirst } from "./admin-calls.js";
import type { FetchOffsetsPartition, SeekEntry } from "./admin-types.js";

const none = "-1";
const specs: { readonly [offset: string]: OffsetSpec } = { "-1": "latest", "-2": "earliest" };

/** The offsets of all partitions of a topic at some place of theirs; undefined where no record is that late. */
async function offsetsAt(
  calls: AdminCalls,
  topic: string,
  at: OffsetSpec,
): Promise<readonly { readonly partition: number; readonly offset: string | undefined }[]> {
  checkName("topic", topic);
  const places = await partitionsOf(calls, topic);
  const listed = await calls.admin.offsets.list(
    places.map((place) => ({ ...place, at })),
    calls.options,
  );
  throwFirst(listed);
  return listed.map(({ partition, offset }) => ({ partition, offset: offset?.toString() }));
}

export async function fetchTopicOffsets(
  calls: AdminCalls,
  topic: string,
): Promise<Array<SeekEntry & { high: string; low: string }>> {
  const [high, low] = await Promise.all([offsetsAt(calls, topic, "latest"), offsetsAt(calls, topic, "earliest")]);
  return high.map(({ partition, offset = none }, index) => ({
    partition,
    offset,
    high: offset,
    low: low[index]?.offset ?? offset,
  }));
}

/** The first offset at or after a time; the end where no record is that late, or no time is given. */
export async function fetchTopicOffsetsByTimestamp(
  calls: AdminCalls,
  topic: string,
  timestamp: number | undefined,
): Promise<SeekEntry[]> {
  const high = await offsetsAt(calls, topic, "latest");
  const found = timestamp === undefined ? high : await offsetsAt(calls, topic, timestamp);
  return high.map(({ partition, offset }, index) => ({
    partition,
    offset: found[index]?.offset ?? offset ?? none,
  }));
}

/** What a group committed, "-1" where it has nothing; with `resolveOffsets` that is made the end, for good. */
export async function fetchOffsets(
  calls: AdminCalls,
  {
    groupId,
    topics = [],
    resolveOffsets = false,
  }: { groupId: string; topics?: string[] | undefined; resolveOffsets?: boolean | undefined },
): Promise<Array<{ topic: string; partitions: FetchOffsetsPartition[] }>> {
  checkName("groupId", groupId);
  if (!Array.isArray(topics)) throw new KafkaJSNonRetriableError(`not an array of topics: ${topics}`);
  const { admin, options } = calls;
  const places = await Promise.all(topics.map((topic) => partitionsOf(calls, topic)));
  const asked = topics.length === 0 ? options : { ...options, partitions: places.flat() };
  const committed = await admin.offsets.committed(groupId, asked);
  throwFirst(committed);
  const byTopic = new Map<string, FetchOffsetsPartition[]>(topics.map((topic) => [topic, []]));
  for (const { topic, partition, offset, metadata } of committed) {
    const partitions = byTopic.get(topic) ?? [];
    partitions.push({ partition, offset: offset?.toString() ?? none, metadata: metadata || null });
    byTopic.set(topic, partitions);
  }
  for (const partitions of byTopic.values()) partitions.sort((a, b) => a.partition - b.partition);
  if (resolveOffsets) {
    for (const [topic, partitions] of byTopic) {
      const ends = new Map((await offsetsAt(calls, topic, "latest")).map((end) => [end.partition, end.offset]));
      for (const entry of partitions) if (entry.offset === none) entry.offset = ends.get(entry.partition) ?? none;
      await setOffsets(calls, { groupId, topic, partitions });
    }
  }
  return Array.from(byTopic, ([topic, partitions]) => ({ topic, partitions }));
}

export async function setOffsets(
  { admin, options }: AdminCalls,
  { groupId, topic, partitions }: { groupId: string; topic: string; partitions: SeekEntry[] },
): Promise<void> {
  checkName("groupId", groupId);
  checkName("topic", topic);
  if (!Array.isArray(partitions) || partitions.length === 0) throw new KafkaJSNonRetriableError("partitions is empty");
  const [group] = await admin.groups.describe([groupId], options);
  if (group?.error === undefined && group !== undefined && group.state !== "Empty" && group.state !== "Dead") {
    throw new KafkaJSNonRetriableError(
      `group "${groupId}" has running members (state ${group.state}): offsets are set while it has none`,
    );
  }
  const asked = partitions.flatMap(({ partition, offset }) => {
    const at = specs[String(offset)];
    return at === undefined ? [] : [{ topic, partition, at }];
  });
  const found = asked.length === 0 ? [] : await admin.offsets.list(asked, options);
  throwFirst(found);
  const offsets = partitions.map(({ partition, offset }) => ({
    topic,
    partition,
    offset: found.find((each) => each.partition === partition)?.offset ?? BigInt(offset),
  }));
  try {
    throwFirst(await admin.offsets.commit(groupId, offsets, options));
  } catch (error) {
    throw asKafkaJSError(error);
  }
}

export async function resetOffsets(
  calls: AdminCalls,
  { groupId, topic, earliest = false }: { groupId: string; topic: string; earliest?: boolean },
): Promise<void> {
  checkName("groupId", groupId);
  const offset = earliest ? "-2" : "-1";
  checkName("topic", topic);
  const partitions = await partitionsOf(calls, topic);
  return setOffsets(calls, { groupId, topic, partitions: partitions.map(({ partition }) => ({ partition, offset })) });
}
