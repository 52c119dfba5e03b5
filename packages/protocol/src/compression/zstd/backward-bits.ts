import { highBit } from "./fse.js";
import { malformedZstd } from "./malformed-zstd.js";

/**
 * Reads a bit stream from its end. The highest bit set in the last byte only marks where the stream ends; a number of n bits
 * is the n bits below the position, as they stand.
 */
export class BackwardBits {
  readonly #bytes: Buffer;
  readonly #start: number;
  /** Bits not yet read; below zero when more were read than there are, which read as zeros. */
  left: number;

  constructor(bytes: Buffer, start: number, end: number) {
    const last = end > start ? (bytes[end - 1] as number) : 0;
    if (last === 0) throw malformedZstd("a bit stream without its end mark");
    this.#bytes = bytes;
    this.#start = start;
    this.left = (end - start - 1) * 8 + highBit(last);
  }

  /** The next `count` (at most 16) bits, without moving. */
  peek(count: number): number {
    const from = this.left - count;
    if (from < 0) return this.left <= 0 ? 0 : (this.#wordAt(0) & ((1 << this.left) - 1)) << -from;
    return (this.#wordAt(from >>> 3) >>> (from & 7)) & ((1 << count) - 1);
  }

  #wordAt(index: number): number {
    const at = this.#start + index;
    const bytes = this.#bytes;
    return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  }

  /** The next `count` (at most 31) bits. */
  read(count: number): number {
    if (count > 16) {
      const high = this.read(count - 16);
      return (high << 16) | this.read(16);
    }
    const value = this.peek(count);
    this.left -= count;
    return value;
  }
}
