import { wireCode } from "../handlers/error-code.js";
import type { PartitionAnswer, PartitionFetch } from "../handlers/partition-fetch.js";
import type { NamedPartition } from "./named-partition.js";

/** A partition's answer, and the topic it is of, as the client names it. */
export interface TopicAnswer {
  readonly topic: string;
  readonly answer: PartitionAnswer;
}

/** Finds the log of a partition and makes ready to read from it. */
export type BeginFetch = (partition: NamedPartition) => PartitionFetch;

/** What one fetch reads: the partitions to look at, which may become more while it waits. */
export interface FetchRound {
  /** In the order of reading. */
  partitions(): readonly PartitionFetch[];
  /** Whether nothing is worth waiting for. */
  readonly isOver: boolean;
  /** Calls `listener` when there may be more to read. Answers the call that ends it. */
  watch(listener: () => void): () => void;
}

const unknownTopicId = wireCode("UNKNOWN_TOPIC_ID");

/** In Kafka's order: partitions that are not there come last, those of unknown topic ids first among them. */
export function missingLast<T extends { readonly fetch: PartitionFetch; readonly answer: PartitionAnswer }>(
  parts: readonly T[],
): readonly T[] {
  const rank = ({ fetch, answer }: T) => (fetch.log !== undefined ? 0 : answer.errorCode === unknownTopicId ? 1 : 2);
  return parts.some((part) => rank(part) > 0) ? [...parts].sort((a, b) => rank(a) - rank(b)) : parts;
}
