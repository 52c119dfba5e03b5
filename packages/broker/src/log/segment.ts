import type { Clock } from "@ottla/world";
import { type OpenFiles, StoredFile } from "../storage/open-files.js";
import type { AbortedTransaction } from "./aborted-transaction.js";
import { baseOffsetAt, batchHeaderLength, batchSizeAt, lastOffsetAt, maxTimestampAt } from "./batch-header.js";
import { type BatchPlace, walkBatches } from "./batch-walk.js";
import type { IndexCache } from "./index-cache.js";
import { IndexFiles } from "./index-files.js";
import type { LogConfig } from "./log-config.js";
import { SegmentIndexes } from "./segment-indexes.js";
import type { TimeIndexEntry } from "./time-index.js";
import { TransactionIndex } from "./transaction-index.js";

/** Bytes inside a segment that are no batch. Whoever owns the segment says what that means. */
export class SegmentCorruption extends Error {
  override readonly name = "SegmentCorruption";
}

/** Where one batch is in its segment. */
export interface BatchLocation {
  readonly position: number;
  readonly size: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
}

/** What segments share with all others of their store. */
export interface SegmentHome {
  readonly openFiles: OpenFiles;
  readonly indexCache: IndexCache;
  readonly clock: Pick<Clock, "now">;
}

const lookStepBytes = 8 * 1024;
const hintsKept = 8;

/** The part of a name that says what a segment's first offset is. */
export const offsetName = (offset: number): string => String(offset).padStart(20, "0");

/**
 * One file of batches and its two indexes. Indexes are hints: an entry counts only if the batch it names is where it says, and
 * one that does not hold has both built anew from the batches. So index files need no sync, and may be missing.
 */
export class Segment {
  readonly baseOffset: number;
  readonly file: StoredFile;
  /** The transactions that are aborted by markers in this segment. */
  readonly transactions: TransactionIndex;
  /** Bytes of whole batches; what a failed write left behind them does not count. */
  sizeInBytes: number;
  /** One past the last offset. */
  nextOffset: number;
  /** By the wall clock: when this process began or opened it. */
  readonly createdMs: number;
  /** Set when compaction put another segment in its place. */
  isReplaced = false;
  /** Set when retention, a cut or compaction took the files away. */
  isRemoved = false;
  // Nothing is appended any more: its indexes are in files, and in memory only while they are used.
  #isFinished: boolean;
  readonly #home: SegmentHome;
  readonly #indexFiles: IndexFiles;
  #indexes: SegmentIndexes | undefined;
  #firstTimestamp: number | undefined;
  // Where the batch behind one that was read begins: who reads on needs no index.
  readonly #hints: { readonly offset: number; readonly position: number }[] = [];

  constructor(
    home: SegmentHome,
    folder: string,
    baseOffset: number,
    content: { readonly sizeInBytes: number; readonly nextOffset: number; readonly isFinished: boolean },
  ) {
    this.#home = home;
    this.#isFinished = content.isFinished;
    const stem = `${folder}/${offsetName(baseOffset)}`;
    this.#indexFiles = new IndexFiles(home.openFiles.files, stem);
    this.baseOffset = baseOffset;
    this.createdMs = home.clock.now();
    this.file = new StoredFile(home.openFiles, `${stem}.log`);
    this.transactions = new TransactionIndex(home.openFiles, `${stem}.txnindex`, baseOffset);
    this.sizeInBytes = content.sizeInBytes;
    this.nextOffset = content.nextOffset;
  }

  /** A new, empty segment; its file is there when this returns. */
  static create(home: SegmentHome, folder: string, baseOffset: number): Segment {
    const content = { sizeInBytes: 0, nextOffset: baseOffset, isFinished: false };
    const segment = new Segment(home, folder, baseOffset, content);
    segment.file.create();
    segment.transactions.begin();
    segment.#indexes = new SegmentIndexes(baseOffset);
    return segment;
  }

  /** A segment that compaction made, its file being in its place, with what came of its batches. */
  static cleaned(
    home: SegmentHome,
    folder: string,
    baseOffset: number,
    content: { readonly sizeInBytes: number; readonly nextOffset: number },
    indexes: SegmentIndexes,
    aborted: readonly AbortedTransaction[],
  ): Segment {
    const segment = new Segment(home, folder, baseOffset, { ...content, isFinished: true });
    segment.#indexes = indexes;
    segment.restoreTransactions(aborted);
    segment.finish();
    return segment;
  }

  /** Writes batches that follow what is here, in one gathered write. */
  append(buffers: readonly Buffer[], batches: readonly Buffer[], config: LogConfig): void {
    const indexes = this.#loadedIndexes();
    this.file.write(buffers, this.sizeInBytes);
    for (const batch of batches) {
      indexes.add(batch, 0, this.sizeInBytes, batch.length, config.indexIntervalBytes);
      this.sizeInBytes += batch.length;
      this.nextOffset = lastOffsetAt(batch, 0) + 1;
    }
  }

  /** Forgets what is here, to be filled anew by {@link Segment.adopt}. */
  clear(): void {
    this.#indexes = new SegmentIndexes(this.baseOffset);
    this.transactions.remove();
    this.sizeInBytes = 0;
    this.nextOffset = this.baseOffset;
  }

  /** Takes in a batch that recovery found. */
  adopt({ bytes, at, position, size }: BatchPlace, intervalBytes: number): void {
    this.#indexes ??= new SegmentIndexes(this.baseOffset);
    this.#indexes.add(bytes, at, position, size, intervalBytes);
    this.sizeInBytes = position + size;
    this.nextOffset = lastOffsetAt(bytes, at) + 1;
  }

  get indexEntries(): { readonly offsets: number; readonly times: number } {
    const { offsets, times } = this.#loadedIndexes();
    return { offsets: offsets.length, times: times.length };
  }

  /** The batch that holds `offset`, or the first behind it. `undefined` at the end. */
  find(offset: number): BatchLocation | undefined {
    const walk = walkBatches(this.file, this.#startFor(offset), this.sizeInBytes, lookStepBytes);
    for (let step = walk.next(); ; step = walk.next()) {
      if (step.done) return this.#checkEnd(step.value);
      const { bytes, at, position, size } = step.value;
      const lastOffset = lastOffsetAt(bytes, at);
      if (lastOffset >= offset) return { position, size, baseOffset: baseOffsetAt(bytes, at), lastOffset };
    }
  }

  /** The batch at `position`, if it holds `offset`. */
  batchAt(position: number, offset: number): BatchLocation | undefined {
    const header = this.#headerAt(position);
    if (header === undefined) return undefined;
    const size = batchSizeAt(header, 0) ?? 0;
    const baseOffset = baseOffsetAt(header, 0);
    const lastOffset = lastOffsetAt(header, 0);
    const isIt = baseOffset <= offset && offset <= lastOffset && position + size <= this.sizeInBytes;
    return isIt ? { position, size, baseOffset, lastOffset } : undefined;
  }

  /** Batches with a timestamp of at least `timestamp` in them and an offset of at least `from`, in order. */
  *since(timestamp: number, from: number): Generator<BatchLocation, void, undefined> {
    const start = Math.max(this.#startForTime(timestamp), this.#startFor(from));
    const walk = walkBatches(this.file, start, this.sizeInBytes, lookStepBytes);
    for (let step = walk.next(); ; step = walk.next()) {
      if (step.done) {
        this.#checkEnd(step.value);
        return;
      }
      const { bytes, at, position, size } = step.value;
      const lastOffset = lastOffsetAt(bytes, at);
      if (lastOffset >= from && maxTimestampAt(bytes, at) >= timestamp) {
        yield { position, size, baseOffset: baseOffsetAt(bytes, at), lastOffset };
      }
    }
  }

  /** The headers of all batches from the one that holds `offset` on. */
  *headersFrom(offset: number): Generator<BatchPlace, void, undefined> {
    this.#checkEnd(yield* walkBatches(this.file, this.#startFor(offset), this.sizeInBytes));
  }

  /** Says that a batch with offset `offset` begins at `position`. */
  remember(offset: number, position: number): void {
    if (this.#hints.length === hintsKept) this.#hints.shift();
    this.#hints.push({ offset, position });
  }

  /** The position of a batch that a reader was about to come to. */
  recall(offset: number): number | undefined {
    return this.#hints.findLast((hint) => hint.offset === offset)?.position;
  }

  /** The greatest timestamp, -1 when there is none, and the last offset of the first batch that has it. */
  get latest(): TimeIndexEntry {
    return this.#loadedIndexes().latest;
  }

  /** Writes the index files, best effort: what cannot be written is built anew when it is missed. */
  saveIndexes(): void {
    const indexes = this.#indexes;
    if (indexes === undefined) return;
    indexes.finish();
    this.#indexFiles.save(indexes);
    this.transactions.finish();
  }

  /** Nothing will be appended any more. */
  finish(): void {
    this.saveIndexes();
    this.#isFinished = true;
    this.#home.indexCache.touch(this);
  }

  /** Goes on with a segment that was the last but one, the last being lost. */
  reopen(): void {
    this.#isFinished = false;
    this.#home.indexCache.forget(this);
  }

  /** Lets go of the indexes in memory; they are read again when needed. */
  dropIndexes(): void {
    this.#indexes = undefined;
    this.transactions.drop();
  }

  /** Takes in the aborted transactions that a replay of the log found. */
  restoreTransactions(aborted: readonly AbortedTransaction[]): void {
    this.transactions.restore(aborted);
    if (this.#isFinished) this.transactions.finish();
  }

  /** Says that the indexes are in use. */
  touch(): void {
    if (this.#isFinished) this.#home.indexCache.touch(this);
  }

  /**
   * Goes on with a segment of an orderly stop: loads its indexes and finds its last offset. False when the files do not add
   * up, and the segment has to be scanned.
   */
  resume(): boolean {
    try {
      const end = this.#load(this.sizeInBytes);
      if (end === undefined) return false;
      this.nextOffset = end;
      return true;
    } catch (error) {
      if (error instanceof SegmentCorruption) return false;
      throw error;
    }
  }

  /** The files that a sync has to cover, which the caller does now. */
  unsyncedFiles(): readonly StoredFile[] {
    if (!this.transactions.isUnsynced) return [this.file];
    this.transactions.noteSync();
    return [this.file, this.transactions.file];
  }

  /** Cuts away what a failed write may have left. */
  trim(): void {
    this.file.truncate(this.sizeInBytes);
    this.transactions.trim();
  }

  close(): void {
    this.file.close();
    this.transactions.close();
    this.#home.indexCache.forget(this);
  }

  /** Another segment took the place of this one and its files. Readers under way keep what they have open. */
  retire(): void {
    this.isReplaced = true;
    this.isRemoved = true;
    this.close();
  }

  /** Removes the files. Readers under way keep what they have open. */
  remove(): void {
    this.isRemoved = true;
    this.close();
    this.#home.openFiles.files.unlink(this.file.path);
    this.removeIndexes();
  }

  removeIndexes(): void {
    this.#indexFiles.remove();
    this.transactions.remove();
  }

  #startFor(offset: number): number {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const entry = this.#loadedIndexes().offsets.lookup(offset);
      if (entry === undefined) return 0;
      if (this.batchAt(entry.position, entry.lastOffset)?.lastOffset === entry.lastOffset) return entry.position;
      this.#rebuild();
    }
    return 0;
  }

  #startForTime(timestamp: number): number {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const entry = this.#loadedIndexes().times.lookup(timestamp);
      if (entry === undefined) return 0;
      const place = this.#placeOf(entry);
      if (place !== undefined) return place.position;
      this.#rebuild();
    }
    return 0;
  }

  /** Where the batch of a time index entry is, if the entry is true. */
  #placeOf(entry: TimeIndexEntry): BatchLocation | undefined {
    const place = this.find(entry.lastOffset);
    if (place?.lastOffset !== entry.lastOffset) return undefined;
    const header = this.#headerAt(place.position);
    return header !== undefined && maxTimestampAt(header, 0) === entry.timestamp ? place : undefined;
  }

  /** The greatest timestamp of the first batch, `undefined` while there is none. */
  get firstTimestamp(): number | undefined {
    if (this.#firstTimestamp === undefined) {
      const header = this.#headerAt(0);
      if (header !== undefined) this.#firstTimestamp = maxTimestampAt(header, 0);
    }
    return this.#firstTimestamp;
  }

  #headerAt(position: number): Buffer | undefined {
    if (position < 0 || position + batchHeaderLength > this.sizeInBytes) return undefined;
    const header = Buffer.allocUnsafe(batchHeaderLength);
    if (this.file.read(header, position) < batchHeaderLength) return undefined;
    return batchSizeAt(header, 0) === undefined ? undefined : header;
  }

  #loadedIndexes(): SegmentIndexes {
    if (this.#indexes === undefined && this.#load(this.sizeInBytes) === undefined) this.#rebuild();
    this.touch();
    return this.#indexes ?? new SegmentIndexes(this.baseOffset);
  }

  /** Reads the index files; answers one past the last offset, or `undefined` when they are missing or wrong. */
  #load(end: number): number | undefined {
    const indexes = this.#indexFiles.load(this.baseOffset);
    if (indexes === undefined) return undefined;
    this.#indexes = indexes;
    const start = indexes.times.last === undefined ? 0 : this.#placeOf(indexes.times.last)?.position;
    if (start === undefined) {
      this.#indexes = undefined;
      return undefined;
    }
    // A time index that lost its end would hide the greatest timestamp: look at what lies behind its last entry.
    let nextOffset = this.baseOffset;
    const walk = walkBatches(this.file, start, end);
    for (let step = walk.next(); ; step = walk.next()) {
      if (step.done) {
        this.#checkEnd(step.value);
        return nextOffset;
      }
      indexes.noteTimestamp(step.value.bytes, step.value.at);
      nextOffset = lastOffsetAt(step.value.bytes, step.value.at) + 1;
    }
  }

  #rebuild(): void {
    const indexes = new SegmentIndexes(this.baseOffset);
    const walk = walkBatches(this.file, 0, this.sizeInBytes);
    for (let step = walk.next(); ; step = walk.next()) {
      if (step.done) {
        this.#checkEnd(step.value);
        this.#indexes = indexes;
        return;
      }
      const { bytes, at, position, size } = step.value;
      indexes.add(bytes, at, position, size, rebuildIntervalBytes);
    }
  }

  #checkEnd(position: number): undefined {
    if (position === this.sizeInBytes) return undefined;
    this.#indexes = undefined;
    throw new SegmentCorruption(
      `no record batch at position ${position} of ${this.file.path}, size ${this.sizeInBytes}`,
    );
  }
}

// Kafka's default of index.interval.bytes: what an index is rebuilt with need not be what it was made with.
const rebuildIntervalBytes = 4096;
