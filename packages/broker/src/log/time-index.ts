import { withRoom } from "./offset-index.js";

const entryBytes = 12;

/** The greatest timestamp up to some batch, and the last offset of the batch that has it. */
export interface TimeIndexEntry {
  readonly timestamp: number;
  readonly lastOffset: number;
}

/**
 * Kafka's time index of one segment: entries of an int64 timestamp, the greatest so far, and the int32 last offset of the
 * batch that brought it, relative to the segment's base offset. Both grow. As with the offset index, an entry is a hint to check.
 */
export class TimeIndex {
  readonly #baseOffset: number;
  #bytes: Buffer;
  #length: number;

  constructor(baseOffset: number, bytes: Buffer = Buffer.alloc(0)) {
    this.#baseOffset = baseOffset;
    this.#bytes = bytes;
    this.#length = bytes.length - (bytes.length % entryBytes);
  }

  /** The content of the `.timeindex` file. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Entries in it. */
  get length(): number {
    return this.#length / entryBytes;
  }

  get last(): TimeIndexEntry | undefined {
    return this.#length === 0 ? undefined : this.#entryAt(this.#length - entryBytes);
  }

  /** Does nothing unless `timestamp` is above all before. */
  append({ timestamp, lastOffset }: TimeIndexEntry): void {
    const { last } = this;
    if (last !== undefined && timestamp <= last.timestamp) return;
    this.#bytes = withRoom(this.#bytes, this.#length, entryBytes);
    this.#bytes.writeBigInt64BE(BigInt(timestamp), this.#length);
    this.#bytes.writeInt32BE(lastOffset - this.#baseOffset, this.#length + 8);
    this.#length += entryBytes;
  }

  /**
   * The last entry whose timestamp is below `timestamp`: no record before its batch is as late. (One that is equal would do
   * for an index without errors; but of batches with one timestamp only the first may be named, and that cannot be checked.)
   */
  lookup(timestamp: number): TimeIndexEntry | undefined {
    let low = 0;
    let high = this.#length / entryBytes;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Number(this.#bytes.readBigInt64BE(middle * entryBytes)) < timestamp) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : this.#entryAt((low - 1) * entryBytes);
  }

  #entryAt(at: number): TimeIndexEntry {
    return {
      timestamp: Number(this.#bytes.readBigInt64BE(at)),
      lastOffset: this.#baseOffset + this.#bytes.readInt32BE(at + 8),
    };
  }
}
