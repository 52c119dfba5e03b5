import { KafkaProtocolError } from "@ottla/protocol";
import type { AbortedTransaction } from "./aborted-transaction.js";
import { admitBatch } from "./admit-batch.js";
import type { EpochEnd } from "./leader-epochs.js";
import type { LogConfig } from "./log-config.js";
import type { LogEnvironment } from "./log-environment.js";
import type { LogFolder, QueuedBatch } from "./log-folder.js";
import { LogHealth } from "./log-health.js";
import { readBatches } from "./log-reader.js";
import { OffsetWaiters } from "./offset-waiters.js";
import type {
  AppendOptions,
  AppendOrigin,
  AppendResult,
  OffsetAndTimestamp,
  PartitionLog,
  ReadOptions,
  ReadResult,
} from "./partition-log.js";
import { type ProducerEntry, ProducerStates } from "./producer-state.js";
import { retainedFrom } from "./retention.js";
import { SegmentCorruption } from "./segment.js";
import { firstRecordSince, latestRecord } from "./time-lookup.js";

/** The partition log over segment files. See {@link PartitionLog} for what its methods promise. */
export class SegmentedLog implements PartitionLog {
  readonly topic: string;
  readonly partition: number;
  readonly topicId: string;
  config: LogConfig;
  highWatermark: number;
  logEndOffset: number;
  logStartOffset: number;
  readonly #health: LogHealth;
  readonly #env: LogEnvironment;
  readonly #folder: LogFolder;
  // The producers as of the log end offset: ahead of the folder's by what is queued.
  #producers: ProducerStates;
  #queue: QueuedBatch[] = [];
  #isFlushScheduled = false;
  #syncing: Promise<void> | undefined;
  // Where the log will start once the checkpoint that says so is on the disk.
  #nextLogStart: number;
  readonly #written = new OffsetWaiters();
  readonly #durable = new OffsetWaiters();
  readonly #listeners = new Set<() => void>();

  constructor(
    env: LogEnvironment,
    identity: { readonly topic: string; readonly partition: number; readonly topicId: string },
    folder: LogFolder,
    state: { readonly config: LogConfig; readonly logStartOffset: number; readonly corruption?: string | undefined },
  ) {
    this.#env = env;
    this.topic = identity.topic;
    this.partition = identity.partition;
    this.topicId = identity.topicId;
    this.#folder = folder;
    this.config = state.config;
    this.logStartOffset = state.logStartOffset;
    this.#nextLogStart = state.logStartOffset;
    this.logEndOffset = folder.nextOffset;
    this.highWatermark = folder.nextOffset;
    this.#producers = new ProducerStates(folder.producers.entries());
    this.#health = new LogHealth({
      name: this.#name,
      store: env,
      corruption: state.corruption,
      onFenced: (fence, { message: reason }) => {
        env.report({ kind: "partitionFenced", topic: this.topic, partition: this.partition, reason });
        this.failAll(fence);
      },
    });
  }

  get leaderEpoch(): number {
    return this.#folder.epochs.latest;
  }

  get lastStableOffset(): number {
    // DeleteRecords and retention go past open transactions.
    return Math.max(this.logStartOffset, this.#folder.transactions.lastStableOffset(this.highWatermark));
  }

  get sizeInBytes(): number {
    return this.#folder.sizeInBytes;
  }

  get isDeleted(): boolean {
    return this.#health.isDeleted;
  }

  /** Damaged: nothing is served until somebody looked at its files. */
  get isFenced(): boolean {
    return this.#health.isFenced;
  }

  /** The log's files, for compaction. */
  get folder(): LogFolder {
    return this.#folder;
  }

  /** Neither deleted nor damaged, and its store works. */
  get isUsable(): boolean {
    return this.#health.failure === undefined;
  }

  /** What the recovery point checkpoint may say: below it everything is on the disk. */
  get recoveryPoint(): number {
    return this.#folder.syncedOffset;
  }

  /** What the log start checkpoint is to say. */
  get checkpointedLogStart(): number {
    return this.#nextLogStart;
  }

  append(bytes: Buffer, origin: AppendOrigin, { transactionVersion = 0 }: AppendOptions = {}): AppendResult {
    this.#health.checkWritable();
    const now = { wallMs: this.#env.clock.now(), monotonicMs: this.#env.clock.monotonic() };
    const admitted = admitBatch(bytes, {
      config: this.config,
      origin,
      producers: this.#producers,
      transactionVersion,
      expiredBefore: now.monotonicMs - this.#env.producerIdExpirationMs,
      now,
      where: this.#name,
    });
    if (admitted.kind === "duplicate") {
      const { lastOffset, offsetDelta, timestamp } = admitted.known;
      return this.#result(lastOffset - offsetDelta, lastOffset, timestamp, true);
    }
    const { batch, logAppendTime = -1 } = admitted;
    batch.assign(this.logEndOffset, this.leaderEpoch);
    const { baseOffset, lastOffset } = batch;
    const produced = batch.producerId >= 0 ? this.#producers.add(batch, now) : undefined;
    this.#queue.push({
      bytes: batch.bytes,
      baseOffset,
      lastOffset,
      maxTimestamp: batch.maxTimestamp,
      size: batch.sizeInBytes,
      producer: produced?.entry,
      aborted: produced?.aborted,
    });
    this.logEndOffset = lastOffset + 1;
    if (!this.#isFlushScheduled) {
      this.#isFlushScheduled = true;
      this.#env.flushAtEndOfTurn(() => this.flush());
    }
    return this.#result(baseOffset, lastOffset, logAppendTime, false);
  }

  whenWritten(offset: number): Promise<void> {
    if (offset <= this.#folder.nextOffset) return Promise.resolve();
    return this.#whenReached(this.#written, offset);
  }

  whenDurable(offset: number): Promise<void> {
    if (offset <= this.highWatermark) return Promise.resolve();
    return this.#whenReached(this.#durable, offset);
  }

  #whenReached(waiters: OffsetWaiters, offset: number): Promise<void> {
    const failure = this.#health.failure;
    if (failure !== undefined) return Promise.reject(failure);
    if (offset > this.logEndOffset) {
      return Promise.reject(this.#health.storageError(`offset ${offset} is past the log end ${this.logEndOffset}`));
    }
    return waiters.wait(offset);
  }

  /** Writes what is queued and has it synced. */
  flush(): void {
    this.#isFlushScheduled = false;
    const queue = this.#queue.splice(0);
    if (queue.length === 0 || this.#health.failure !== undefined) return;
    try {
      this.#folder.write(queue, this.config);
    } catch (error) {
      this.#takeBack(error);
    }
    this.#written.advance(this.#folder.nextOffset);
    if (this.#env.durability !== "sync") this.#advance(this.#folder.nextOffset);
    if (this.#env.durability === "sync" || (this.#env.durability === "os" && this.#folder.hasRolled)) {
      this.#requestSync();
    }
  }

  #takeBack(error: unknown): void {
    this.#takeQueueBack();
    this.#env.report({ kind: "writeFailed", topic: this.topic, partition: this.partition, error });
    const failure = this.#health.storageError("the write failed", error);
    this.#written.reject(this.logEndOffset, failure);
    this.#durable.reject(this.logEndOffset, failure);
    if (error instanceof SegmentCorruption) this.#health.fenceOff(error);
  }

  /** Resolves when all that is written is on the disk, or the log failed. */
  async settle(): Promise<void> {
    this.flush();
    if (this.#env.durability === "memory") return;
    this.#requestSync();
    await this.#syncing;
  }

  #requestSync(): void {
    this.#syncing ??= this.#runSyncs().finally(() => {
      this.#syncing = undefined;
    });
  }

  // One sync at a time; what is written while it runs is covered by the next one, together.
  async #runSyncs(): Promise<void> {
    try {
      while (this.#folder.hasUnsynced && this.#health.failure === undefined) {
        await this.#folder.sync();
        if (this.isDeleted) return;
        if (this.#env.durability === "sync" && this.#env.failure === undefined)
          this.#advance(this.#folder.syncedOffset);
      }
    } catch (error) {
      if (!this.isDeleted) this.#env.fail(error);
    }
  }

  #advance(highWatermark: number): void {
    if (highWatermark <= this.highWatermark) return;
    this.highWatermark = highWatermark;
    this.#folder.transactions.forgetBelow(highWatermark);
    this.#durable.advance(highWatermark);
    this.#notify();
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  read(from: number, options: ReadOptions): ReadResult | Promise<ReadResult> {
    this.#health.checkReadable();
    if (from < this.logStartOffset || from > this.logEndOffset) {
      throw new KafkaProtocolError(
        "OFFSET_OUT_OF_RANGE",
        `${this.#name}: offset ${from}, the log holds ${this.logStartOffset} to ${this.logEndOffset}`,
      );
    }
    const upTo = Math.min(options.upTo, this.#folder.nextOffset);
    if (from >= upTo) return { buffers: [], sizeInBytes: 0 };
    return this.#health.guard(() => readBatches(this.#folder, from, { ...options, upTo }));
  }

  producer(producerId: number): ProducerEntry | undefined {
    return this.#producers.get(producerId);
  }

  producers(): Iterable<ProducerEntry> {
    return this.#producers.entries();
  }

  abortedTransactions(
    from: number,
    upTo: number,
  ): readonly AbortedTransaction[] | Promise<readonly AbortedTransaction[]> {
    this.#health.checkReadable();
    return this.#health.guard(() => this.#folder.abortedTransactions(from, upTo));
  }

  async offsetForTimestamp(timestamp: number): Promise<OffsetAndTimestamp | undefined> {
    this.#health.checkReadable();
    const found = await this.#health.guard(() =>
      firstRecordSince(this.#folder.segments, timestamp, this.logStartOffset),
    );
    return found !== undefined && found.offset < this.highWatermark ? found : undefined;
  }

  async maxTimestamp(): Promise<OffsetAndTimestamp | undefined> {
    this.#health.checkReadable();
    const found = await this.#health.guard(() => latestRecord(this.#folder.segments, this.logStartOffset));
    // Not to be shown before it is durable.
    if (found !== undefined) await this.whenDurable(found.offset + 1);
    return found;
  }

  epochEndOffset(epoch: number): EpochEnd | undefined {
    this.#health.checkReadable();
    return this.#folder.epochs.endOffset(epoch, this.logEndOffset);
  }

  epochForOffset(offset: number): number {
    return this.#folder.epochs.epochFor(offset);
  }

  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  configure(config: LogConfig): void {
    this.config = config;
  }

  async deleteRecordsBefore(offset: number): Promise<number> {
    this.#health.checkWritable();
    if (offset > this.highWatermark || offset < 0) {
      throw new KafkaProtocolError(
        "OFFSET_OUT_OF_RANGE",
        `${this.#name}: offset ${offset}, the high watermark is ${this.highWatermark}`,
      );
    }
    await this.#moveLogStart(offset);
    return this.logStartOffset;
  }

  /** Removes what retention allows, and forgets idle producers. */
  async retain(): Promise<void> {
    if (this.#health.failure !== undefined) return;
    const { clock, openFiles, producerIdExpirationMs } = this.#env;
    const expiredBefore = clock.monotonic() - producerIdExpirationMs;
    this.#producers.expireBefore(expiredBefore);
    this.#folder.producers.expireBefore(expiredBefore);
    await this.#health.guard(() => this.#folder.removeBefore(this.logStartOffset));
    const from = await this.#health.guard(() =>
      retainedFrom(
        this.#folder.segments.map((segment) => ({
          baseOffset: segment.baseOffset,
          nextOffset: segment.nextOffset,
          sizeInBytes: segment.sizeInBytes,
          latestMs:
            segment.latest.timestamp >= 0
              ? segment.latest.timestamp
              : (openFiles.files.stat(segment.file.path)?.modifiedMs ?? clock.now()),
        })),
        { config: this.config, nowMs: clock.now(), highWatermark: this.highWatermark },
      ),
    );
    if (from === undefined || this.#health.failure !== undefined) return;
    await this.#health.guard(async () => {
      if (from === this.#folder.nextOffset) this.#folder.roll();
      await this.#moveLogStart(from);
    });
  }

  // The checkpoint first: (1) the files of two segments are removed, (2) the power goes, and only the removal of the second
  // is on the disk. A log that did not know its start would come back with a hole.
  async #moveLogStart(offset: number): Promise<void> {
    if (offset > this.#nextLogStart) this.#nextLogStart = offset;
    if (this.logStartOffset >= offset) return;
    try {
      await this.#env.persistLogStarts();
    } catch (error) {
      throw this.#health.storageError("the log start offset could not be written", error);
    }
    if (this.isDeleted) return;
    this.logStartOffset = Math.max(this.logStartOffset, offset);
    await this.#health.guard(() => this.#folder.removeBefore(this.logStartOffset));
    this.#notify();
  }

  /** The store failed: nobody waits for a sync that will not come. */
  failAll(error: KafkaProtocolError): void {
    this.#takeQueueBack();
    this.#written.reject(-1, error);
    this.#durable.reject(-1, error);
    this.#notify();
  }

  /** Answers no more; the files are the caller's. Resolves when no sync uses them any more. */
  async abandon(): Promise<void> {
    this.#health.isDeleted = true;
    this.failAll(this.#health.deletedError());
    await this.#syncing;
  }

  /** Leaves the files as an orderly stop does. Call {@link SegmentedLog.settle} before. */
  close(): void {
    if (this.#health.failure === undefined) this.#folder.close();
    else this.#folder.closeFiles();
  }

  closeFiles(): void {
    this.#folder.closeFiles();
  }

  #takeQueueBack(): void {
    this.#queue = [];
    this.logEndOffset = this.#folder.nextOffset;
    this.#producers = new ProducerStates(this.#folder.producers.entries());
  }

  #result(baseOffset: number, lastOffset: number, logAppendTime: number, isDuplicate: boolean): AppendResult {
    return { baseOffset, lastOffset, logAppendTime, logStartOffset: this.logStartOffset, isDuplicate };
  }

  get #name(): string {
    return `${this.topic}-${this.partition}`;
  }
}
