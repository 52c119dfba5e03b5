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
