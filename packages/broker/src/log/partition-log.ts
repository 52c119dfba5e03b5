import type { AbortedTransaction } from "./aborted-transaction.js";
import type { EpochEnd } from "./leader-epochs.js";
import type { LogConfig } from "./log-config.js";
import type { ProducerEntry } from "./producer-state.js";

/** Who hands a batch over. A coordinator's batches are ours: not checked against limits, and they may be control batches. */
export type AppendOrigin = "client" | "coordinator";

/** Where a batch went. For a duplicate of an idempotent producer this is where the first copy is. */
export interface AppendResult {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** The time the broker stamped, or -1 when records keep their producer's time; of a duplicate the first copy's greatest time. */
  readonly logAppendTime: number;
  readonly logStartOffset: number;
  readonly isDuplicate: boolean;
}

/** What a log is told beside the batch. */
export interface AppendOptions {
  /**
   * `transaction.version` that the batch was sent under, default 0. From 2 on (KIP-890) a transaction's first sequence in a
   * partition is 0, and the marker that ends it has an epoch above that of its batches.
   */
  readonly transactionVersion?: number;
}

export interface ReadOptions {
  /** Batches are added while they fit. */
  readonly maxBytes: number;
  /** Answer one batch even where it alone is over `maxBytes`. */
  readonly minOneBatch: boolean;
  /** Nothing at or past this offset: the high watermark, or the last stable offset for `read_committed`. */
  readonly upTo: number;
  /** Memory for what is read from a file. Default: fresh memory for each read. */
  readonly allocate?: (size: number) => Buffer;
}

/** Whole record batches, in order. The first may begin below the offset asked for. The bytes must not be changed. */
export interface ReadResult {
  readonly buffers: readonly Buffer[];
  readonly sizeInBytes: number;
}

export interface OffsetAndTimestamp {
  readonly offset: number;
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

/**
 * The log of one partition.
 *
 * A batch is given its offsets by {@link PartitionLog.append} at once, is written at the end of the turn of the event loop
 * together with everything else that arrived, and is durable when one sync for all of them is through. Consumers see it
 * then and not before: the high watermark is the synced offset with durability `sync`, the written one with `os` and `memory`.
 *
 * Errors are {@link KafkaProtocolError}. `KAFKA_STORAGE_ERROR` says that the disk failed: until there is room again (`ENOSPC`),
 * or until the store is opened anew (after a failed sync), or for this partition only (a corrupt batch, reported as an event).
 */
export interface PartitionLog {
  readonly topic: string;
  readonly partition: number;
  /** 22 characters of base64url. */
  readonly topicId: string;
  /** Goes up whenever a tail was cut. */
  readonly leaderEpoch: number;
  /** First offset that can be read. */
  readonly logStartOffset: number;
  /** One past the last appended offset, durable or not. */
  readonly logEndOffset: number;
  /** Consumers read below this. */
  readonly highWatermark: number;
  /** First offset of the oldest open transaction, else the high watermark. */
  readonly lastStableOffset: number;
  /** Bytes in all segments, without indexes. */
  readonly sizeInBytes: number;
  readonly config: LogConfig;

  /**
   * Checks exactly one record batch, gives it its offsets and queues it for writing. The log owns the bytes from now on and
   * writes base offset and leader epoch into them.
   *
   * @throws KafkaProtocolError `CORRUPT_MESSAGE`, `MESSAGE_TOO_LARGE`, `INVALID_RECORD`, `INVALID_TIMESTAMP`, `OUT_OF_ORDER_SEQUENCE_NUMBER`,
   * `INVALID_PRODUCER_EPOCH`, `INVALID_TXN_STATE`, `TRANSACTION_COORDINATOR_FENCED`, `KAFKA_STORAGE_ERROR`. Nothing was appended then.
   */
  append(batch: Buffer, origin: AppendOrigin, options?: AppendOptions): AppendResult;
  /**
   * Resolves when everything below `offset` is in the file, which is what `acks` 0 and 1 wait for. A sync follows by itself.
   * Like {@link PartitionLog.whenDurable} it must be called in the same turn as the append it asks about (before any await):
   * a failed write takes its offsets back, and the next batch gets them.
   */
  whenWritten(offset: number): Promise<void>;
  /** Resolves when everything below `offset` is below the high watermark. Rejects with `KAFKA_STORAGE_ERROR` when that will not happen. */
  whenDurable(offset: number): Promise<void>;
  /**
   * Whole batches from the one that holds `from`. Nothing at `from` = `upTo` or the log end is an empty result.
   *
   * @throws KafkaProtocolError `OFFSET_OUT_OF_RANGE` below the log start or past the log end, `KAFKA_STORAGE_ERROR`. Also as a rejection.
   */
  read(from: number, options: ReadOptions): ReadResult | Promise<ReadResult>;
  /** What is known of an idempotent producer, as of the log end. */
  producer(producerId: number): ProducerEntry | undefined;
  producers(): Iterable<ProducerEntry>;
  /**
   * The aborted transactions that have records between `from` and below `upTo`, in the order of their markers: what a
   * `read_committed` consumer is to leave out.
   */
  abortedTransactions(
    from: number,
    upTo: number,
  ):
    | readonly Pick<AbortedTransaction, "producerId" | "firstOffset">[]
    | Promise<readonly Pick<AbortedTransaction, "producerId" | "firstOffset">[]>;
  /** The first record below the high watermark whose time is `timestamp` or later. */
  offsetForTimestamp(timestamp: number): Promise<OffsetAndTimestamp | undefined>;
  /** The first record among those with the greatest time (`ListOffsets` -3). */
  maxTimestamp(): Promise<OffsetAndTimestamp | undefined>;
  /**
   * `OffsetForLeaderEpoch`: the greatest epoch not above `epoch` and where it ends, which is where the next one starts or the
   * log ends; an epoch before the first ended where that one starts. `undefined` for one that has not begun.
   */
  epochEndOffset(epoch: number): EpochEnd | undefined;
  /** The epoch of the record at `offset`. */
  epochForOffset(offset: number): number;
  /**
   * Calls `listener` each time the high watermark moved, and when the log is deleted or fails. It must not throw. Answers the
   * call that ends it.
   */
  onAdvance(listener: () => void): () => void;
  configure(config: LogConfig): void;
  /**
   * `DeleteRecords`: moves the log start offset, resolves with it when that is durable.
   *
   * @throws KafkaProtocolError `OFFSET_OUT_OF_RANGE` past the high watermark. As a rejection.
   */
  deleteRecordsBefore(offset: number): Promise<number>;
  /** True once {@link LogStore.delete} took the log away: every further call fails. */
  readonly isDeleted: boolean;
}
