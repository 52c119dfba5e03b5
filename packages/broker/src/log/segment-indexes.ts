import { lastOffsetAt, maxTimestampAt } from "./batch-header.js";
import { OffsetIndex } from "./offset-index.js";
import { TimeIndex, type TimeIndexEntry } from "./time-index.js";

/** The two sparse indexes of one segment, and what keeps them growing as batches come. */
export class SegmentIndexes {
  readonly offsets: OffsetIndex;
  readonly times: TimeIndex;
  /** The greatest timestamp, and the last offset of the first batch that has it. Timestamp -1 when no batch has any. */
  latest: TimeIndexEntry;
  #bytesSinceEntry = 0;

  constructor(baseOffset: number, files?: { readonly offsets: Buffer; readonly times: Buffer }) {
    this.offsets = new OffsetIndex(baseOffset, files?.offsets);
    this.times = new TimeIndex(baseOffset, files?.times);
    this.latest = this.times.last ?? { timestamp: -1, lastOffset: baseOffset };
  }

  /** Takes in the next batch. Its header is at `at` in `bytes`, its first byte at `position` in the segment. */
  add(bytes: Buffer, at: number, position: number, size: number, intervalBytes: number): void {
    this.noteTimestamp(bytes, at);
    if (this.#bytesSinceEntry > intervalBytes) {
      this.offsets.append(lastOffsetAt(bytes, at), position);
      this.times.append(this.latest);
      this.#bytesSinceEntry = 0;
    }
    this.#bytesSinceEntry += size;
  }

  noteTimestamp(bytes: Buffer, at: number): void {
    const timestamp = maxTimestampAt(bytes, at);
    if (timestamp > this.latest.timestamp) this.latest = { timestamp, lastOffset: lastOffsetAt(bytes, at) };
  }

  /** Gives the time index its last entry, so that its end says what the segment's greatest timestamp is. */
  finish(): void {
    if (this.latest.timestamp >= 0) this.times.append(this.latest);
  }
}
