import type { TopicPartition } from "./topic-partition.js";

/** What a partition is doing. */
export type PartitionState =
  /** Its offset is being looked for. */
  | "starting"
  /** Records come, or there are none. */
  | "reading"
  /** The application has paused it. */
  | "paused"
  /** A handler has failed and will be called again, or its next record waits in a retry topic for its time. */
  | "waiting"
  /** It stands still with an error, which a loop or `run` has thrown. */
  | "failed"
  /** Being given up. */
  | "revoking"
  /** No progress for longer than `stalls` allows. */
  | "stalled";

/** Where a consumer stands in one partition. */
export interface PartitionHealth extends TopicPartition {
  readonly state: PartitionState;
  /** What does not move, while `"stalled"`: the broker's answers, or the handler of a record. */
  readonly stall: "fetch" | "handler" | undefined;
  /** Where the next fetch begins; undefined until that is known. */
  readonly position: bigint | undefined;
  /** What this consumer last committed, or found committed. */
  readonly committed: bigint | undefined;
  /** Records behind the broker's high watermark that are not done; undefined until the first fetch. */
  readonly lag: bigint | undefined;
}

/** How a consumer is. */
export interface ConsumerHealth {
  /** Its membership: `"stable"` when it is in the group and no rebalance is under way, or when it reads what `assign` says. */
  readonly membership: "outside" | "joining" | "syncing" | "stable" | "revoking" | "ended";
  /**
   * How long ago, in milliseconds, the group last said that it knows this member, or the first try to join it began; undefined outside of
   * one. Beyond `sessionTimeoutMs` the group may have given its partitions to others.
   */
  readonly confirmedMs: number | undefined;
  /**
   * Whether nothing is stalled or has failed, and the group has confirmed the membership: in the last `sessionTimeoutMs`, and
   * `rebalanceTimeoutMs` more while it joins.
   */
  readonly isHealthy: boolean;
  /** Stalls so far, of all partitions: for a counter that rises. */
  readonly stalls: number;
  readonly partitions: readonly PartitionHealth[];
}

/** How far a consumer is behind in one partition, as its last fetch said. */
export interface ConsumerLag extends TopicPartition {
  /** Records behind the high watermark that are not done; undefined until the first fetch. */
  readonly lag: bigint | undefined;
  /** The end of what is replicated; undefined until the first fetch. */
  readonly highWatermark: bigint | undefined;
}
