import { KafkaProtocolError, type ProtocolErrorCode, RecordBatch } from "@ottla/protocol";
import { BrokerConfig } from "../config/broker-config.js";
import { logConfigOf } from "../config/log-config.js";
import { TopicConfig } from "../config/topic-config.js";
import type { LogConfig } from "../log/log-config.js";
import type { AppendResult, PartitionLog, ReadOptions, ReadResult } from "../log/partition-log.js";

/** A log in memory whose durability a test can hold back, and whose disk can fail. */
export class FakeOffsetsLog implements PartitionLog {
  readonly topic = "__consumer_offsets";
  readonly partition: number;
  readonly topicId = "b2Zmc2V0cy10b3BpYy1pZA";
  readonly leaderEpoch = 0;
  readonly logStartOffset = 0;
  readonly isDeleted = false;
  readonly config: LogConfig = logConfigOf(new TopicConfig(new BrokerConfig(), new Map()));
  readonly #batches: Buffer[] = [];
  #end = 0;
  #durable = 0;
  #waiting: { readonly offset: number; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  /** While true, nothing becomes durable until {@link FakeOffsetsLog.sync} or {@link FakeOffsetsLog.fail}. */
  isHeld = false;
  /** What {@link FakeOffsetsLog.append} refuses batches of producers with. */
  refusal: ProtocolErrorCode | undefined;

  constructor(partition = 0, batches: readonly Buffer[] = []) {
    this.partition = partition;
    for (const batch of batches) this.append(Buffer.from(batch));
  }

  get batches(): readonly Buffer[] {
    return this.#batches;
  }

  get logEndOffset(): number {
    return this.#end;
  }

  get highWatermark(): number {
    return this.#durable;
  }

  get lastStableOffset(): number {
    return this.#durable;
  }

  get sizeInBytes(): number {
    return this.#batches.reduce((size, batch) => size + batch.length, 0);
  }

  append(bytes: Buffer): AppendResult {
    const batch = RecordBatch.at(bytes);
    if (this.refusal !== undefined && batch.producerId >= 0) throw new KafkaProtocolError(this.refusal, "The fake log");
    const baseOffset = this.#end;
    batch.assign(baseOffset, this.leaderEpoch);
    this.#batches.push(bytes);
    this.#end = batch.nextOffset;
    if (!this.isHeld) this.#durable = this.#end;
    return { baseOffset, lastOffset: this.#end - 1, logAppendTime: -1, logStartOffset: 0, isDuplicate: false };
  }

  producer() {
    return undefined;
  }

  producers() {
    return [];
  }

  abortedTransactions() {
    return [];
  }

  whenWritten(offset: number): Promise<void> {
    return this.whenDurable(offset);
  }

  whenDurable(offset: number): Promise<void> {
    if (offset <= this.#durable) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ offset, resolve, reject }));
  }

  /** Everything appended so far becomes durable. */
  sync(): void {
    this.#durable = this.#end;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve } of waiting) resolve();
  }

  /** What is not durable is lost, as after a failed write. */
  fail(): void {
    while (this.#end > this.#durable) {
      const batch = this.#batches.pop();
      if (batch === undefined) break;
      this.#end = RecordBatch.at(batch).baseOffset;
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(new KafkaProtocolError("KAFKA_STORAGE_ERROR", "The disk is full"));
  }

  read(from: number, { upTo }: ReadOptions): ReadResult {
    const buffers = this.#batches.filter((bytes) => {
      const batch = RecordBatch.at(bytes);
      return batch.nextOffset > from && batch.baseOffset < upTo;
    });
    return { buffers, sizeInBytes: buffers.reduce((size, batch) => size + batch.length, 0) };
  }

  offsetForTimestamp(): never {
    throw new Error("Nobody asks an offsets log for times");
  }

  maxTimestamp(): never {
    throw new Error("Nobody asks an offsets log for times");
  }

  epochEndOffset(): undefined {
    return undefined;
  }

  epochForOffset(): number {
    return this.leaderEpoch;
  }

  onAdvance(): () => void {
    return () => undefined;
  }

  configure(): void {
    // A fake has nothing to configure.
  }

  deleteRecordsBefore(): Promise<number> {
    return Promise.resolve(0);
  }
}
