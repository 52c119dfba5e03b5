import type { DeserializationError } from "../contract/contract-errors.js";
import type { LogTruncatedError, MaxPollIntervalError } from "./consumer-errors.js";
import type { TopicPartition } from "./topic-partition.js";

/** A change of what a consumer reads. */
export interface RebalanceChange {
  /**
   * `"assigned"`: these are read from now on. `"revoked"`: these are given up, their finished records are committed.
   * `"lost"`: the group has given these away already, and nothing more can be committed for them.
   */
  readonly kind: "assigned" | "revoked" | "lost";
  readonly partitions: readonly TopicPartition[];
}

/** What a consumer tells while it goes on by itself. */
export type ConsumerEvent =
  /** Reading began at another offset than the committed one: there was none, or it is not in the log (any more). */
  | {
      readonly kind: "offsetReset";
      readonly topic: string;
      readonly partition: number;
      /** The offset that was not in the log; undefined when none was committed. */
      readonly from: bigint | undefined;
      readonly to: bigint;
    }
  /** Records that were read are no longer in the log; reading goes on where it became another (see `onTruncation`). */
  | {
      readonly kind: "logTruncated";
      readonly topic: string;
      readonly partition: number;
      readonly error: LogTruncatedError;
    }
  /** The consumer left its group because the next record was not asked for in time. */
  | { readonly kind: "pollTimeout"; readonly error: MaxPollIntervalError }
  /** A request failed and will be made again. `doing` says what for. */
  | { readonly kind: "retrying"; readonly doing: string; readonly error: unknown }
  /** Offsets could not be committed, and will not be: the records after the last commit will come again. */
  | { readonly kind: "commitFailed"; readonly error: unknown }
  /** A record that its contract cannot read was passed over, because `onPoison` said so. */
  | { readonly kind: "poisonSkipped"; readonly error: DeserializationError }
  /** A handler threw and will be called again. */
  | {
      readonly kind: "handlerRetry";
      readonly topic: string;
      readonly partition: number;
      readonly offset: bigint;
      readonly attempt: number;
      readonly error: unknown;
    }
  /** A record that could not be decoded or handled is in the dead-letter topic `to`. */
  | {
      readonly kind: "deadLettered";
      readonly topic: string;
      readonly partition: number;
      readonly offset: bigint;
      readonly to: string;
      readonly error: unknown;
    }
  /** A record whose handler failed is in the retry topic `to`. */
  | {
      readonly kind: "retryScheduled";
      readonly topic: string;
      readonly partition: number;
      readonly offset: bigint;
      readonly to: string;
      readonly error: unknown;
    }
  /** A partition makes no progress: no answers (or none with the records that there are), or a handler that does not end. Told once. */
  | {
      readonly kind: "stalled";
      readonly topic: string;
      readonly partition: number;
      readonly stall: "fetch" | "handler";
      /** How long it has not moved, in milliseconds. */
      readonly forMs: number;
      readonly position: bigint | undefined;
      readonly lag: bigint | undefined;
    }
  /** A partition that was stalled gets on again. */
  | { readonly kind: "stallEnded"; readonly topic: string; readonly partition: number };
