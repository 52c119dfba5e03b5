import { MalformedMessageError } from "../errors/malformed-message.js";

/**
 * Reads Kafka's primitive types, big-endian, from one buffer. Lengths are checked against what is left before anything is
 * sliced or allocated; byte strings are slices of the buffer, not copies.
 *
 * @throws {@link MalformedMessageError} from every method, when the bytes end too early or a length makes no sense.
 */
export class ByteReader {
  readonly buffer: Buffer;
  offset: number;
  readonly end: number;
  #elementsLeft: number;

  /**
   * @param maxElements - How many array elements may be read in all, no limit by default. A byte or two can be an element that
   * takes fifty in memory, so who reads a stranger's message bounds them.
   */
  constructor(
    bytes: Uint8Array,
    offset = 0,
    end: number = bytes.byteLength,
    maxElements: number = Number.POSITIVE_INFINITY,
  ) {
    this.buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
    this.end = end;
    this.#elementsLeft = maxElements;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** Moves past `length` bytes and answers where they began. */
  take(length: number): number {
    const at = this.offset;
    if (length < 0 || length > this.end - at) {
      throw new MalformedMessageError(`${length} bytes wanted at byte ${at}, ${this.end - at} left`);
    }
    this.offset = at + length;
    return at;
  }

  /** Counts `count` elements of an array, which are about to be read. */
  takeElements(count: number): void {
    if (count > this.#elementsLeft) {
      throw new MalformedMessageError(
        `array of ${count} elements at byte ${this.offset}, over the limit of one message`,
      );
    }
    this.#elementsLeft -= count;
  }

  int8(): number {
    return this.buffer.readInt8(this.take(1));
  }

  int16(): number {
    return this.buffer.readInt16BE(this.take(2));
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.take(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.take(4));
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.take(4));
  }

  /** An int64 as a safe integer. The greatest int64, Kafka's "no limit", is the greatest safe integer. */
  int64(): number {
    const at = this.take(8);
    const value = this.buffer.readInt32BE(at) * 0x1_0000_0000 + this.buffer.readUInt32BE(at + 4);
    if (!Number.isSafeInteger(value)) {
      if (this.buffer.readInt32BE(at) === 0x7fff_ffff && this.buffer.readInt32BE(at + 4) === -1) {
        return Number.MAX_SAFE_INTEGER;
      }
      throw new MalformedMessageError(`int64 ${this.buffer.readBigInt64BE(at)} at byte ${at} is beyond 2^53`);
    }
    return value;
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.take(8));
  }

  boolean(): boolean {
    return this.buffer[this.take(1)] !== 0;
  }

  /** An unsigned varint of at most 32 bits. */
  uvarint(): number {
    const start = this.offset;
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.buffer[this.take(1)] as number;
      if (shift === 28 && byte > 0x0f) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new MalformedMessageError(`varint at byte ${start} is longer than 32 bits`);
  }

  /** The next `length` bytes, a slice. */
  slice(length: number): Buffer {
    const at = this.take(length);
    return this.buffer.subarray(at, at + length);
  }

  utf8(length: number): string {
    const at = this.take(length);
    // utf8Slice on short ASCII is most of what a request holds; latin1Slice would be faster but wrong beyond it.
    return this.buffer.toString("utf8", at, at + length);
  }
}
