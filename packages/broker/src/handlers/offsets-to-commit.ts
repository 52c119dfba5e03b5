import type { ProtocolErrorCode } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import type { OffsetToCommit } from "../group/group-shard.js";
import type { Topic } from "../topics/topics.js";
import { wireCode } from "./error-code.js";

/** Offsets of a topic as OffsetCommit and TxnOffsetCommit bring them. */
export interface RequestedOffsets {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: readonly RequestedOffset[];
}

interface RequestedOffset {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly committedMetadata: string | null;
}

export interface JudgedTopic {
  readonly requested: RequestedOffsets;
  readonly isKnown: boolean;
  readonly partitions: readonly JudgedPartition[];
}

interface JudgedPartition {
  readonly partitionIndex: number;
  /** What is wrong with it, whoever commits. */
  readonly error: ProtocolErrorCode;
  readonly offset: OffsetToCommit | undefined;
}

/** What can be said about offsets before their group is asked. */
export function judgeOffsets(
  { config, world }: Pick<BrokerServices, "config" | "world">,
  requested: RequestedOffsets,
  topic: Topic | undefined,
  { unknown, retentionMs }: { readonly unknown: ProtocolErrorCode; readonly retentionMs: number | null },
): JudgedTopic {
  const longestMetadata = config.get("offset.metadata.max.bytes");
  const now = world.clock.now();
  const expireTimestamp = retentionMs === null ? null : Math.min(now + retentionMs, Number.MAX_SAFE_INTEGER);
  const partitions = requested.partitions.map((partition): JudgedPartition => {
    const { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata } = partition;
    const failed = (error: ProtocolErrorCode) => ({ partitionIndex, error, offset: undefined });
    if (topic === undefined) return failed(unknown);
    if (topic.partitions[partitionIndex] === undefined) return failed("UNKNOWN_TOPIC_OR_PARTITION");
    const metadata = committedMetadata ?? "";
    if (metadata.length > longestMetadata) return failed("OFFSET_METADATA_TOO_LARGE");
    const value = {
      offset: committedOffset,
      leaderEpoch: committedLeaderEpoch,
      metadata,
      commitTimestamp: now,
      expireTimestamp,
      topicId: topic.id,
    };
    return { partitionIndex, error: "NONE", offset: { topic: topic.name, partition: partitionIndex, value } };
  });
  return { requested, isKnown: topic !== undefined, partitions };
}

/** The offsets that nothing is wrong with. */
export const offsetsIn = (topics: readonly JudgedTopic[]): readonly OffsetToCommit[] =>
  topics.flatMap(({ partitions }) => partitions.flatMap(({ offset }) => (offset === undefined ? [] : [offset])));

/** Whether any partition is there, so that the group has to be asked. */
export const concernsGroup = (topics: readonly JudgedTopic[]): boolean =>
  topics.some(({ partitions }) => partitions.some(isKnown));

/** A partition that is there. What is wrong with the offset itself, only those are told who may commit. */
const isKnown = ({ error }: JudgedPartition): boolean => error === "NONE" || error === "OFFSET_METADATA_TOO_LARGE";

/** The answer when the group said `errorCode`. In Kafka's order: first what is not there, found before the group was asked. */
export function answerOffsets(topics: readonly JudgedTopic[], errorCode: number) {
  const isFaulty = (topic: JudgedTopic) => !topic.isKnown || !topic.partitions.every(isKnown);
  return faultyFirst(topics, isFaulty).flatMap((topic) => {
    const { requested, partitions } = topic;
    const { name, topicId } = requested;
    // Nothing was to be done about it, and nothing is wrong with it.
    if (partitions.length === 0 && topic.isKnown) return [];
    const answers = faultyFirst(partitions, (partition) => !isKnown(partition)).map((partition) => ({
      partitionIndex: partition.partitionIndex,
      errorCode: isKnown(partition) && errorCode !== 0 ? errorCode : wireCode(partition.error),
    }));
    return [{ name, topicId, partitions: answers }];
  });
}

/** As Kafka orders answers about several things: those it could tell about at once come first. */
export const faultyFirst = <T>(values: readonly T[], isFaulty: (value: T) => boolean): readonly T[] => [
  ...values.filter(isFaulty),
  ...values.filter((value) => !isFaulty(value)),
];
