import { StoredFile } from "../storage/open-files.js";
import { encodePartitionMetadata } from "../storage/partition-folder.js";
import { TailBuffers } from "../storage/tail-cache.js";
import type { AbortedTransaction } from "./aborted-transaction.js";
import type { LeaderEpochs } from "./leader-epochs.js";
import type { LogConfig } from "./log-config.js";
import type { LogEnvironment } from "./log-environment.js";
import { OpenTransactions } from "./open-transactions.js";
import { encodeProducerSnapshot } from "./producer-snapshot.js";
import type { Now, ProducerEntry, ProducerStates } from "./producer-state.js";
import { findAborted, rebuildTransactions } from "./rebuild-transactions.js";
import { mustRoll } from "./roll-rules.js";
import { offsetName, Segment } from "./segment.js";
import { writeChunks } from "./write-chunks.js";

/** A batch that has its offsets and waits to be written. */
export interface QueuedBatch {
  readonly bytes: Buffer;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  readonly size: number;
  /** What its producer is after it; `undefined` without an idempotent producer. */
  readonly producer: ProducerEntry | undefined;
  /** The transaction that it aborted, being a marker. */
  readonly aborted: AbortedTransaction | undefined;
}

/** What is known of a partition's files when they have been read. */
export interface FolderContent {
  readonly path: string;
  /** Undefined when `partition.metadata` is missing. */
  readonly topicId: string | undefined;
  readonly exists: boolean;
  readonly segments: Segment[];
  readonly nextOffset: number;
  /** Below this everything was on the disk once. */
  readonly recoveryPoint: number;
  readonly epochs: LeaderEpochs;
  readonly producers: ProducerStates;
  /** Offsets of the producer snapshots that are there, oldest first. */
  readonly snapshots: readonly number[];
  /** A process that was killed may have left names and `partition.metadata` in the page cache only. */
  readonly isUnsure: boolean;
}

// The newest may be torn by a crash; the one before it then saves reading the whole log.
const snapshotsKept = 2;

/** The files of one partition as far as they are written: segments, producer state, epochs. */
export class LogFolder {
  readonly path: string;
  readonly segments: Segment[];
  readonly tail = new TailBuffers();
  readonly epochs: LeaderEpochs;
  /** The producers as of {@link LogFolder.nextOffset}. */
  producers: ProducerStates;
  readonly transactions: OpenTransactions;
  /** One past the last offset written. */
  nextOffset: number;
  /** One past the last offset that is on the disk. */
  syncedOffset: number;
  /** Segments were finished since the last sync. */
  hasRolled = false;
  readonly #env: LogEnvironment;
  readonly #metadata: StoredFile;
  readonly #snapshots: number[];
  // The newest that a sync covered.
  #durableSnapshot: number | undefined;
  readonly #unsynced = new Set<Segment>();
  #rebuilding: Promise<void> | undefined;
  #topicId: string | undefined;
  #exists: boolean;
  // Begun, and perhaps not to its end.
  #isBeingMade = false;
  #hasUnsyncedNames = false;
  #hasUnsyncedMetadata = false;
  #mustTrim = false;
  // Of the last segment's jitter, drawn when it is first asked for.
  #jitterShare: number | undefined;

  constructor(env: LogEnvironment, content: FolderContent) {
    this.#env = env;
    this.path = content.path;
    this.segments = content.segments;
    this.epochs = content.epochs;
    this.producers = content.producers;
    this.transactions = new OpenTransactions(content.producers.entries());
    this.nextOffset = content.nextOffset;
    this.syncedOffset = content.recoveryPoint;
    this.#snapshots = [...content.snapshots];
    this.#metadata = new StoredFile(env.openFiles, `${content.path}/partition.metadata`);
    this.#topicId = content.topicId;
    this.#exists = content.exists;
    this.#hasUnsyncedNames = content.isUnsure;
    this.#hasUnsyncedMetadata = content.isUnsure && content.topicId !== undefined;
  }

  get hasUnsynced(): boolean {
    return this.#unsynced.size > 0 || this.#hasUnsyncedNames || this.#hasUnsyncedMetadata;
  }

  get sizeInBytes(): number {
    return this.segments.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
  }

  /** Says whose folder this is, before anything is written into it. */
  claim(topicId: string): void {
    if (this.#topicId === topicId) return;
    this.#topicId = topicId;
    if (!this.#exists) return;
    // There are records here that are served from now on, and they must not turn up in another topic of this name later.
    this.#writeMetadata();
    this.#metadata.datasyncNow();
    this.#hasUnsyncedMetadata = false;
    this.#env.openFiles.files.syncDirectory(this.path);
  }

  /**
   * Writes the batches, one gathered write per segment. When it throws, those below {@link LogFolder.nextOffset} are written
   * and the others are not.
   */
  write(batches: readonly QueuedBatch[], config: LogConfig): void {
    if (this.#mustTrim) this.#trim();
    let group: QueuedBatch[] = [];
    let groupBytes = 0;
    for (const batch of batches) {
      const active = this.segments.at(-1);
      if (active === undefined || this.#isFull(active, batch, group, groupBytes, config)) {
        this.#writeGroup(group, config);
        group = [];
        groupBytes = 0;
        this.roll();
      }
      group.push(batch);
      groupBytes += batch.size;
    }
    this.#writeGroup(group, config);
  }

  /** @param group - What is about to be written to the segment before `batch`. */
  #isFull(
    active: Segment,
    { size, lastOffset, maxTimestamp }: QueuedBatch,
    group: readonly QueuedBatch[],
    queuedBytes: number,
    config: LogConfig,
  ): boolean {
    if (config.segmentJitterMs > 0) this.#jitterShare ??= this.#env.random.next();
    const { baseOffset, sizeInBytes, createdMs, indexEntries } = active;
    const firstTimestamp = sizeInBytes > 0 ? active.firstTimestamp : group[0]?.maxTimestamp;
    return mustRoll(
      { baseOffset, sizeInBytes, createdMs, indexEntries, firstTimestamp },
      { size, lastOffset, maxTimestamp, queuedBytes },
      { config, nowMs: this.#env.clock.now(), jitterShare: this.#jitterShare ?? 0 },
    );
  }

  /** Begins a new segment at the end. Does nothing when the last one is empty. */
  roll(): void {
    const full = this.segments.at(-1);
    if (full?.sizeInBytes === 0) return;
    if (!this.#exists) this.#make();
    this.#jitterShare = undefined;
    this.segments.push(Segment.create(this.#env, this.path, this.nextOffset));
    this.#hasUnsyncedNames = true;
    if (full === undefined) return;
    full.finish();
    this.saveSnapshot();
    this.hasRolled = true;
  }

  /** Puts what is written by now on the disk, names before the promise resolves as well. */
  async sync(): Promise<void> {
    const target = this.nextOffset;
    const syncs = [...this.#unsynced]
      .filter(({ isRemoved }) => !isRemoved)
      .flatMap((segment) => segment.unsyncedFiles().map((file) => () => syncUnlessRemoved(segment, file)));
    if (this.#hasUnsyncedMetadata) syncs.push(() => this.#metadata.datasync());
    const hasUnsyncedNames = this.#hasUnsyncedNames;
    this.#unsynced.clear();
    this.#hasUnsyncedMetadata = false;
    this.#hasUnsyncedNames = false;
    this.hasRolled = false;
    await Promise.all(syncs.map((sync) => this.#env.syncSlots.run(sync)));
    if (hasUnsyncedNames) {
      this.#env.openFiles.files.syncDirectory(this.path);
      this.#env.syncFolderNames();
    }
    this.syncedOffset = target;
  }

  /** The aborted transactions with records between `from` and below `upTo`. A promise where an index was lost. */
  abortedTransactions(
    from: number,
    upTo: number,
  ): readonly AbortedTransaction[] | Promise<readonly AbortedTransaction[]> {
    return findAborted(this.segments, from, upTo) ?? this.#abortedAfterRebuild(from, upTo);
  }

  async #abortedAfterRebuild(from: number, upTo: number): Promise<readonly AbortedTransaction[]> {
    this.#rebuilding ??= rebuildTransactions([...this.segments]).finally(() => {
      this.#rebuilding = undefined;
    });
    await this.#rebuilding;
    const found = findAborted(this.segments, from, upTo);
    if (found === undefined) throw new Error(`${this.path}: a transaction index was lost again`);
    return found;
  }

  /** Removes the segments that end at or below `offset`; the last one stays. What cannot go yet goes the next time. */
  async removeBefore(offset: number): Promise<void> {
    const kept = this.segments.findLast(({ baseOffset }) => baseOffset <= offset);
    if (kept === undefined || kept === this.segments[0]) return;
    const from = kept.baseOffset;
    if (!(await this.#keepsProducersSince(from))) return;
    // Looked at anew: meanwhile another removal may have gone further, or compaction put another segment in place of that one.
    while ((this.segments[1]?.baseOffset ?? Number.POSITIVE_INFINITY) <= from) {
      const oldest = this.segments.shift();
      if (oldest === undefined) return;
      this.#unsynced.delete(oldest);
      oldest.remove();
    }
  }

  // Without their batches the producers are known from a snapshot alone, so it has to be on the disk, and of an offset that
  // is: (1) segments go, (2) the power goes, and an older snapshot is all there is. A producer's next sequence would be refused.
  async #keepsProducersSince(offset: number): Promise<boolean> {
    if (this.#env.durability === "memory" || this.producers.isEmpty) return true;
    if (this.nextOffset === this.syncedOffset && (this.#durableSnapshot ?? -1) < offset) this.saveSnapshot();
    const usable = this.#snapshots.findLast((each) => each <= this.syncedOffset);
    if (usable === undefined || usable < offset) return false;
    if ((this.#durableSnapshot ?? -1) >= offset) return true;
    const snapshot = new StoredFile(this.#env.openFiles, `${this.path}/${offsetName(usable)}.snapshot`);
    await this.#env.syncSlots.run(() => snapshot.datasync());
    snapshot.close();
    this.#env.openFiles.files.syncDirectory(this.path);
    this.#durableSnapshot = usable;
    return true;
  }

  /** Writes what is needed to go on without reading the log, best effort. */
  saveSnapshot(): void {
    const { files } = this.#env.openFiles;
    if (!this.#exists || this.#snapshots.at(-1) === this.nextOffset) return;
    const bytes = encodeProducerSnapshot(this.producers.entries(), this.#now());
    try {
      const handle = files.open(`${this.path}/${offsetName(this.nextOffset)}.snapshot`, "w+");
      try {
        handle.write([bytes], 0);
      } finally {
        handle.close();
      }
      this.#snapshots.push(this.nextOffset);
      this.#pruneSnapshots();
    } catch {
      // Without it the next start reads more of the log.
    }
  }

  #now(): Now {
    return { wallMs: this.#env.clock.now(), monotonicMs: this.#env.clock.monotonic() };
  }

  #pruneSnapshots(): void {
    const durable = this.#durableSnapshot ?? Number.POSITIVE_INFINITY;
    const onDisk = this.#snapshots.findLast((offset) => offset <= this.syncedOffset) ?? 0;
    const newest = this.#snapshots.at(-snapshotsKept) ?? 0;
    const keptFrom = Math.min(durable, onDisk, newest);
    while ((this.#snapshots[0] ?? keptFrom) < keptFrom) {
      this.#env.openFiles.files.unlink(`${this.path}/${offsetName(this.#snapshots[0] ?? 0)}.snapshot`);
      this.#snapshots.shift();
    }
  }

  /** Everything is synced: leaves indexes and producer state for the next start, and closes the files. */
  close(): void {
    this.segments.at(-1)?.saveIndexes();
    this.saveSnapshot();
    this.closeFiles();
  }

  closeFiles(): void {
    for (const segment of this.segments) segment.close();
    this.#metadata.close();
  }

  #writeGroup(group: readonly QueuedBatch[], config: LogConfig): void {
    const active = this.segments.at(-1);
    const last = group.at(-1);
    if (active === undefined || last === undefined) return;
    const chunks = writeChunks(group);
    this.#unsynced.add(active);
    const aborted = group.flatMap((batch) => batch.aborted ?? []);
    try {
      // Before their markers: a marker without its entry would have consumers see what was aborted.
      if (aborted.length > 0 && active.transactions.append(aborted)) this.#hasUnsyncedNames = true;
      try {
        active.append(
          chunks.map(({ bytes }) => bytes),
          group.map(({ bytes }) => bytes),
          config,
        );
      } catch (error) {
        active.transactions.takeBack(aborted.length);
        throw error;
      }
    } catch (error) {
      this.#mustTrim = true;
      this.#tryTrim();
      throw error;
    }
    for (const { producer, lastOffset } of group) {
      if (producer === undefined) continue;
      this.producers.set(producer);
      this.transactions.note(producer, lastOffset);
    }
    for (const chunk of chunks) this.#env.tails.add(this.tail, chunk);
    this.nextOffset = last.lastOffset + 1;
  }

  #tryTrim(): void {
    try {
      this.#trim();
    } catch {
      // The next write tries again, and fails if this still does.
    }
  }

  #trim(): void {
    const active = this.segments.at(-1);
    if (active !== undefined) {
      active.trim();
      // A tail that came back under a next segment would have that one cut away.
      this.#unsynced.add(active);
    }
    this.#mustTrim = false;
  }

  #make(): void {
    const { files } = this.#env.openFiles;
    if (!this.#isBeingMade && files.stat(this.path) !== undefined) {
      throw new Error(
        `${this.path} is there already: the file system takes it for that of a topic spelled in other case`,
      );
    }
    this.#isBeingMade = true;
    this.#env.forgetCheckpoints(this.path.slice(this.path.lastIndexOf("/") + 1));
    files.makeDirectory(this.path);
    this.#env.noteFolderNames();
    this.#writeMetadata();
    const handle = files.open(`${this.path}/leader-epoch-checkpoint`, "w+");
    try {
      handle.write([Buffer.from(this.epochs.encode())], 0);
    } finally {
      handle.close();
    }
    this.#exists = true;
  }

  #writeMetadata(): void {
    this.#metadata.create();
    this.#hasUnsyncedNames = true;
    this.#metadata.write([encodePartitionMetadata(this.#topicId ?? "")], 0);
    this.#hasUnsyncedMetadata = true;
  }
}

/** What was removed while it waited for its turn needs no sync, and has no file to open any more. */
const syncUnlessRemoved = async ({ isRemoved }: Segment, file: StoredFile): Promise<void> => {
  if (!isRemoved) await file.datasync();
};
