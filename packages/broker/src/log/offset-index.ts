const entryBytes = 8;

/**
 * Kafka's offset index of one segment: every few KiB of log an entry of two int32, the last offset of a batch relative to
 * the segment's base offset and the byte position where that batch begins. Entries are a hint: a reader checks that the batch
 * at the position is the one named, and has the index built anew when it is not.
 */
export class OffsetIndex {
  readonly #baseOffset: number;
  #bytes: Buffer;
  #length: number;

  constructor(baseOffset: number, bytes: Buffer = Buffer.alloc(0)) {
    this.#baseOffset = baseOffset;
    this.#bytes = bytes;
    this.#length = bytes.length - (bytes.length % entryBytes);
  }

  /** Entries in it. */
  get length(): number {
    return this.#length / entryBytes;
  }

  /** The content of the `.index` file. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  append(lastOffset: number, position: number): void {
    this.#bytes = withRoom(this.#bytes, this.#length, entryBytes);
    this.#bytes.writeInt32BE(lastOffset - this.#baseOffset, this.#length);
    this.#bytes.writeInt32BE(position, this.#length + 4);
    this.#length += entryBytes;
  }

  /** The last entry whose offset is not above `offset`. */
  lookup(offset: number): { readonly lastOffset: number; readonly position: number } | undefined {
    let low = 0;
    let high = this.#length / entryBytes;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#baseOffset + this.#bytes.readInt32BE(middle * entryBytes) <= offset) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    const at = (low - 1) * entryBytes;
    return { lastOffset: this.#baseOffset + this.#bytes.readInt32BE(at), position: this.#bytes.readInt32BE(at + 4) };
  }
}

/** `bytes`, or a copy of its first `length` bytes twice as long, with room for `more` behind them. */
export function withRoom(bytes: Buffer, length: number, more: number): Buffer {
  if (length + more <= bytes.length) return bytes;
  const grown = Buffer.alloc(Math.max(bytes.length * 2, 16 * more));
  bytes.copy(grown, 0, 0, length);
  return grown;
}
