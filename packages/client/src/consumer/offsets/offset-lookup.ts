import { errorCodeOf, KafkaProtocolError, listOffsets, offsetFetch, type ProtocolErrorCode } from "@ottla/protocol";
import type { Cluster } from "../../cluster/cluster.js";
import type { StartPosition } from "../consumer-options.js";
import type { CoordinatorLink } from "../membership/coordinator-link.js";
import { groupByTopic, partitionKey, type TopicPartition } from "../topic-partition.js";

/** Timestamps with a meaning of their own in ListOffsets. */
export const offsetOf = { latest: -1, earliest: -2 } as const;

/** An offset that a group has committed. */
interface Committed {
  readonly offset: number;
  /** Of the record before it; -1 when the commit did not say. */
  readonly leaderEpoch: number;
}

/**
 * The offsets a group has committed, by partition key; no entry where it has none.
 *
 * @throws KafkaProtocolError with the coordinator's answer, `UNSTABLE_OFFSET_COMMIT` while a transaction holds an offset;
 * whatever `Cluster.request` throws.
 */
export async function committedOffsets(
  link: CoordinatorLink,
  partitions: readonly TopicPartition[],
  options: { readonly isReadCommitted: boolean; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, Committed>> {
  const { groupId } = link;
  const topics = groupByTopic(partitions).map(({ topic, partitions: partitionIndexes }) => ({
    name: topic,
    partitionIndexes,
  }));
  const response = await link.ask(
    offsetFetch,
    (version) => ({
      ...(version >= 8 ? { groups: [{ groupId, topics, ...readerOf(link) }] } : { groupId, topics }),
      requireStable: version >= 7 && options.isReadCommitted,
    }),
    // From version 10 on topics go by their ids; names are all that a contract has.
    { signal: options.signal, maxVersion: 9 },
  );
  const group = response.groups[0] ?? response;
  throwUnlessNone(link, group.errorCode, `committed offsets of group "${groupId}"`);
  const offsets = new Map<string, Committed>();
  for (const { name, partitions: answers } of group.topics) {
    for (const { partitionIndex: partition, committedOffset: offset, committedLeaderEpoch, errorCode } of answers) {
      throwUnlessNone(link, errorCode, `committed offset of group "${groupId}", topic ${name}, partition ${partition}`);
      const committed = { offset, leaderEpoch: committedLeaderEpoch };
      if (offset >= 0) offsets.set(partitionKey({ topic: name, partition }), committed);
    }
  }
  return offsets;
}

function readerOf(link: CoordinatorLink) {
  const reader = link.reader();
  return reader && { memberId: reader.memberId, memberEpoch: reader.generation };
}

function throwUnlessNone(link: CoordinatorLink, errorCode: number, about: string): void {
  const code = errorCodeOf(errorCode);
  if (code === "NONE") return;
  if (code === "NOT_COORDINATOR" || code === "COORDINATOR_NOT_AVAILABLE") link.invalidate();
  throw new KafkaProtocolError(code, about);
}

/** What a leader said of an offset that was asked for. */
export interface FoundOffset {
  readonly partition: TopicPartition;
  readonly code: ProtocolErrorCode;
  readonly offset: number;
  /** Of the record there, or of the leader at the log's end; -1 when it is not known. */
  readonly leaderEpoch: number;
}

/**
 * The first or the next offset of each partition, or that of the first record of a time or later (the next one where there is none),
 * from its leader. Partitions without a known leader come back with
 * `LEADER_NOT_AVAILABLE`. @throws whatever `Cluster.request` throws.
 */
export async function startOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  options: { readonly at: StartPosition; readonly isReadCommitted: boolean; readonly signal: AbortSignal },
): Promise<readonly FoundOffset[]> {
  const found = await boundaryOffsets(cluster, partitions, options);
  const isBeyond = ({ code, offset }: FoundOffset): boolean => code === "NONE" && offset < 0;
  const beyond = found.filter(isBeyond).map(({ partition }) => partition);
  if (beyond.length === 0) return found;
  const ends = await boundaryOffsets(cluster, beyond, { ...options, at: "latest" });
  return [...found.filter((each) => !isBeyond(each)), ...ends];
}

/** As {@link startOffsets}, with offset -1 where there is no record of that time or later. */
export async function boundaryOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  options: { readonly at: StartPosition; readonly isReadCommitted: boolean; readonly signal: AbortSignal },
): Promise<readonly FoundOffset[]> {
  const found: FoundOffset[] = [];
  const byLeader = new Map<number, TopicPartition[]>();
  for (const partition of partitions) {
    const leader = cluster.leaderOf(partition.topic, partition.partition);
    if (leader === undefined) found.push({ partition, code: "LEADER_NOT_AVAILABLE", offset: -1, leaderEpoch: -1 });
    else byLeader.set(leader.nodeId, [...(byLeader.get(leader.nodeId) ?? []), partition]);
  }
  for (const [node, led] of byLeader) {
    const topics = groupByTopic(led).map(({ topic: name, partitions: numbers }) => ({
      name,
      partitions: numbers.map((partitionIndex) => ({
        partitionIndex,
        currentLeaderEpoch: cluster.leaderOf(name, partitionIndex)?.epoch ?? -1,
        timestamp: typeof options.at === "string" ? offsetOf[options.at] : options.at.timestamp,
      })),
    }));
    const body = { replicaId: -1, isolationLevel: options.isReadCommitted ? 1 : 0, topics };
    const response = await cluster.request({ node }, listOffsets, body, { signal: options.signal });
    for (const { name: topic, partitions: answers } of response.topics) {
      for (const { partitionIndex: partition, errorCode, offset, leaderEpoch } of answers) {
        found.push({ partition: { topic, partition }, code: errorCodeOf(errorCode), offset, leaderEpoch });
      }
    }
  }
  return found;
}
