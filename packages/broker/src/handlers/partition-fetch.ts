import {
  type FetchRequest,
  type FetchResponseInput,
  KafkaProtocolError,
  type ProtocolErrorCode,
} from "@ottla/protocol";
import { lastOffsetIn } from "../log/batch-header.js";
import type { PartitionLog, ReadResult } from "../log/partition-log.js";
import { errorOf } from "./error-code.js";
import { readCommitted } from "./isolation-level.js";
import { checkLeaderEpoch } from "./leader-epoch.js";

export type PartitionRequest = FetchRequest["topics"][number]["partitions"][number];
export type PartitionAnswer = FetchResponseInput["responses"][number]["partitions"][number];

type AbortedTransactions = Awaited<ReturnType<PartitionLog["abortedTransactions"]>>;

const noneAborted: AbortedTransactions = Object.freeze([]);
const nothing: ReadResult = Object.freeze({ buffers: [], sizeInBytes: 0 });
const noRecords = Buffer.alloc(0);

/** What a fetch says of all its partitions. */
export interface FetchReader {
  readonly isolationLevel: number;
  readonly maxBytes: number;
  /** A follower, of which this node has none. */
  readonly isReplica: boolean;
  /** Memory for an answer's records. */
  readonly allocate: (size: number) => Buffer;
}

/** One partition of a fetch: what was asked, and what has been read for it so far. */
export class PartitionFetch {
  readonly #request: PartitionRequest;
  readonly #log: PartitionLog | undefined;
  readonly #reader: FetchReader;
  #read: ReadResult = nothing;
  #aborted = noneAborted;
  #readUpTo = -1;
  #limit = 0;
  #errorCode = 0;
  #diverging: { readonly epoch: number; readonly endOffset: number } | undefined;

  /** @param log - `undefined` with `failure` saying why there is none. */
  constructor(request: PartitionRequest, log: PartitionLog | undefined, reader: FetchReader, failure?: unknown) {
    this.#request = request;
    this.#log = log;
    this.#reader = reader;
    if (log === undefined) this.#errorCode = errorOf(failure).errorCode;
    else this.#check(log);
  }

  get #isReadCommitted(): boolean {
    return this.#reader.isolationLevel === readCommitted;
  }

  /** The log to watch for more. */
  get log(): PartitionLog | undefined {
    return this.#log;
  }

  get sizeInBytes(): number {
    return this.#read.sizeInBytes;
  }

  /** Whether consumers can see more than at the last read. */
  get hasMoved(): boolean {
    return this.#log !== undefined && (this.#log.isDeleted || this.#visibleEnd(this.#log) !== this.#readUpTo);
  }

  /** Whether there is nothing to answer until the log moves. */
  get isAtEnd(): boolean {
    const log = this.#log;
    if (log === undefined || log.isDeleted || this.isUrgent) return false;
    return this.#request.fetchOffset >= this.#visibleEnd(log);
  }

  /** Whether there is a batch that was too large for the room left, of which Kafka then has no list of aborted transactions either. */
  get #isCutOff(): boolean {
    return this.#limit > 0 && this.sizeInBytes === 0 && !this.isAtEnd;
  }

  #visibleEnd({ lastStableOffset, highWatermark }: PartitionLog): number {
    return this.#isReadCommitted ? lastStableOffset : highWatermark;
  }

  /** An answer that the client needs now, data or not. */
  get isUrgent(): boolean {
    return this.#errorCode !== 0 || this.#diverging !== undefined;
  }

  #check(log: PartitionLog): void {
    try {
      // Of a fetch Kafka takes every negative epoch for none, not only -1.
      checkLeaderEpoch(log, Math.max(this.#request.currentLeaderEpoch, -1));
      if (this.#reader.isReplica) throw this.#refused("NOT_LEADER_OR_FOLLOWER", log, "nobody follows");
      this.#diverging = divergence(log, this.#request);
    } catch (failure) {
      this.#errorCode = errorOf(failure).errorCode;
    }
  }

  /**
   * Reads up to `maxBytes`, or one batch even over it, in place of what was read before. A promise where the disk has to be
   * asked; it does not reject.
   */
  read(maxBytes: number, minOneBatch: boolean): Promise<void> | undefined {
    const log = this.#log;
    if (log === undefined || this.isUrgent) return undefined;
    this.#readUpTo = this.#visibleEnd(log);
    const limit = Math.min(maxBytes, this.#request.partitionMaxBytes);
    this.#limit = limit;
    try {
      const least = Math.min(this.#reader.maxBytes, this.#request.partitionMaxBytes);
      if (least < 0 && !this.isAtEnd) throw this.#refused("UNKNOWN_SERVER_ERROR", log, `${least} bytes cannot be read`);
      const result = log.read(this.#request.fetchOffset, {
        maxBytes: limit,
        minOneBatch,
        upTo: this.#readUpTo,
        allocate: this.#reader.allocate,
      });
      if (result instanceof Promise) return this.#take(log, result);
      this.#read = result;
      const aborted = this.#abortedIn(log);
      if (aborted instanceof Promise) return this.#take(log, result, aborted);
      this.#aborted = aborted;
    } catch (failure) {
      this.#fail(failure);
    }
    return undefined;
  }

  async #take(
    log: PartitionLog,
    late: ReadResult | Promise<ReadResult>,
    aborted?: Promise<AbortedTransactions>,
  ): Promise<void> {
    try {
      this.#read = await late;
      this.#aborted = await (aborted ?? this.#abortedIn(log));
    } catch (failure) {
      this.#fail(failure);
    }
  }

  /** What is to be left out of that which was read: all of it is decided, being below the last stable offset. */
  #abortedIn(log: PartitionLog): AbortedTransactions | Promise<AbortedTransactions> {
    const last = this.#read.buffers.at(-1);
    if (!this.#isReadCommitted || last === undefined) return noneAborted;
    return log.abortedTransactions(this.#request.fetchOffset, lastOffsetIn(last) + 1);
  }

  #refused(code: ProtocolErrorCode, { topic, partition }: PartitionLog, what: string): KafkaProtocolError {
    return new KafkaProtocolError(code, `${topic}-${partition}: ${what}`);
  }

  #fail(failure: unknown): void {
    this.#read = nothing;
    this.#aborted = noneAborted;
    this.#errorCode = errorOf(failure).errorCode;
  }

  answer(): PartitionAnswer {
    const log = this.#log;
    const partitionIndex = this.#request.partition;
    if (log === undefined || this.#errorCode !== 0) {
      return {
        partitionIndex,
        errorCode: this.#errorCode,
        highWatermark: -1,
        // As Kafka: a list for a partition that is not there, none for an error in one that is.
        abortedTransactions: log === undefined ? [] : null,
        records: noRecords,
      };
    }
    return {
      partitionIndex,
      errorCode: 0,
      highWatermark: log.highWatermark,
      lastStableOffset: log.lastStableOffset,
      logStartOffset: log.logStartOffset,
      divergingEpoch: this.#diverging,
      abortedTransactions: this.#isReadCommitted && !this.#isCutOff ? this.#aborted : null,
      records: joined(this.#read, this.#reader.allocate),
    };
  }
}

function joined({ buffers, sizeInBytes }: ReadResult, allocate: (size: number) => Buffer): Buffer {
  const [first = noRecords] = buffers;
  if (buffers.length <= 1) return first;
  const whole = allocate(sizeInBytes);
  let at = 0;
  for (const buffer of buffers) at += buffer.copy(whole, at);
  return whole;
}

/**
 * Where the log and the client's last fetched epoch part ways (KIP-595): the end of the greatest epoch that both have, when the
 * client is past it.
 */
function divergence(log: PartitionLog, { lastFetchedEpoch, fetchOffset }: PartitionRequest) {
  if (lastFetchedEpoch < 0) return undefined;
  const end = log.epochEndOffset(lastFetchedEpoch);
  if (end === undefined) {
    throw new KafkaProtocolError(
      "OFFSET_OUT_OF_RANGE",
      `${log.topic}-${log.partition} knows no end of epoch ${lastFetchedEpoch}`,
    );
  }
  if (end.leaderEpoch >= lastFetchedEpoch && end.endOffset >= fetchOffset) return undefined;
  return { epoch: end.leaderEpoch, endOffset: end.endOffset };
}
