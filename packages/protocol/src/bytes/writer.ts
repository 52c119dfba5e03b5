const smallestBlock = 256;

/**
 * Writes Kafka's primitive types, big-endian. Byte strings of {@link ByteWriter.byReferenceFrom} bytes and more are not
 * copied: the finished message is a list of buffers for one gathered write, and the caller must leave those bytes alone
 * until it has gone out.
 */
export class ByteWriter {
  /** Byte strings this long or longer are referenced, shorter ones copied. */
  static readonly byReferenceFrom = 2048;

  readonly #finished: Buffer[] = [];
  #finishedLength = 0;
  #block: Buffer;
  #start = 0;
  #offset = 0;

  constructor(expectedLength: number = smallestBlock) {
    this.#block = Buffer.allocUnsafe(Math.max(expectedLength, smallestBlock));
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#finishedLength + this.#offset - this.#start;
  }

  #reserve(length: number): number {
    const at = this.#offset;
    if (at + length > this.#block.length) return this.#nextBlock(length);
    this.#offset = at + length;
    return at;
  }

  #nextBlock(length: number): number {
    this.#closeBlock();
    this.#block = Buffer.allocUnsafe(Math.max(length, Math.min(this.#block.length * 2, 64 * 1024)));
    this.#start = 0;
    this.#offset = length;
    return 0;
  }

  #closeBlock(): void {
    if (this.#offset === this.#start) return;
    this.#finished.push(this.#block.subarray(this.#start, this.#offset));
    this.#finishedLength += this.#offset - this.#start;
    this.#start = this.#offset;
  }

  int8(value: number): void {
    const at = this.#reserve(1);
    this.#block.writeInt8(value, at);
  }

  int16(value: number): void {
    const at = this.#reserve(2);
    this.#block.writeInt16BE(value, at);
  }

  uint16(value: number): void {
    const at = this.#reserve(2);
    this.#block.writeUInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.#reserve(4);
    this.#block.writeInt32BE(value, at);
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#block.writeUInt32BE(value, at);
  }

  /**
   * A safe integer as an int64. The greatest one stands for Kafka's "no limit", the greatest int64.
   *
   * @throws RangeError when `value` is not a safe integer.
   */
  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe integer, so it cannot be an int64`);
    const at = this.#reserve(8);
    if (value === Number.MAX_SAFE_INTEGER) {
      this.#block.writeInt32BE(0x7fff_ffff, at);
      this.#block.writeInt32BE(-1, at + 4);
      return;
    }
    this.#block.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
    this.#block.writeUInt32BE(value >>> 0, at + 4);
  }

  float64(value: number): void {
    const at = this.#reserve(8);
    this.#block.writeDoubleBE(value, at);
  }

  boolean(value: boolean): void {
    const at = this.#reserve(1);
    this.#block[at] = value ? 1 : 0;
  }

  /** An unsigned varint of at most 32 bits. */
  uvarint(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      const at = this.#reserve(1);
      this.#block[at] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    const at = this.#reserve(1);
    this.#block[at] = rest;
  }

  /** Bytes without a length before them; long ones by reference. */
  raw(bytes: Uint8Array): void {
    if (bytes.byteLength >= ByteWriter.byReferenceFrom) {
      this.#closeBlock();
      this.#finished.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      this.#finishedLength += bytes.byteLength;
      return;
    }
    const at = this.#reserve(bytes.byteLength);
    this.#block.set(bytes, at);
  }

  /** UTF-8 text without a length before it; `length` is `Buffer.byteLength(text)`. */
  utf8(text: string, length: number): void {
    const at = this.#reserve(length);
    this.#block.write(text, at, length, "utf8");
  }

  /** Room for an int32 that is known only later; {@link ByteWriter.patchInt32} fills it. */
  placeholderInt32(): { readonly block: Buffer; readonly at: number } {
    const at = this.#reserve(4);
    return { block: this.#block, at };
  }

  patchInt32(place: { readonly block: Buffer; readonly at: number }, value: number): void {
    place.block.writeInt32BE(value, place.at);
  }

  /** What was written, in order. The writer must not be used afterwards. */
  finish(): Buffer[] {
    this.#closeBlock();
    return this.#finished;
  }
}
