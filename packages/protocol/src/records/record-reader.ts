import { CorruptBatchError } from "../errors/corrupt-batch-error.js";
import type { KafkaRecord, RecordHeader } from "./record.js";

/** What the header of a batch says about its records. */
export interface RecordsContext {
  readonly baseOffset: number;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  /** The timestamp of all of them, when the log set it. */
  readonly logAppendTime: number | undefined;
  readonly recordCount: number;
}

/** What is told of a record that is only gone past. */
export type RecordVisitor = (timestamp: number, hasKey: boolean, index: number) => void;

const noTimestamp = -1;
const noHeaders: readonly RecordHeader[] = Object.freeze([]);

/** For a few bytes of the same number. */
function isSame(one: Buffer, other: Buffer): boolean {
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}

/**
 * Reads the records of a batch one by one.
 *
 *     record := varint length, int8 attributes, varlong timestamp delta, varint offset delta,
 *               varint key length, key, varint value length, value, varint headers, { header }
 *     header := varint key length, key, varint value length, value
 *
 * A length of -1 is null. The record's length counts what comes after it.
 */
export class RecordReader implements IterableIterator<KafkaRecord> {
  readonly #bytes: Buffer;
  readonly #context: RecordsContext;
  #at: number;
  /** One past the last byte that what is being read may use. */
  #end: number;
  #left: number;
  #previousDelta = -1;
  #skippedFrom = 0;
  #lastHeaderKeys: { readonly bytes: Buffer; readonly text: string }[] = [];

  /** @param bytes - The records, uncompressed, from `start` to the end. */
  constructor(bytes: Buffer, start: number, context: RecordsContext) {
    this.#bytes = bytes;
    this.#context = context;
    this.#at = start;
    this.#end = bytes.length;
    this.#left = context.recordCount;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Where the next record begins. */
  get position(): number {
    return this.#at;
  }

  next(): IteratorResult<KafkaRecord, undefined> {
    if (this.#left === 0) {
      this.#checkEnd();
      return { done: true, value: undefined };
    }
    this.#left -= 1;
    return { done: false, value: this.#record() };
  }

  /**
   * Goes past all that is left, following lengths without making an object of any record. Answers the greatest timestamp, or -1.
   *
   * @throws {@link CorruptBatchError} as {@link RecordReader.next} does.
   */
  skipAll(visit?: RecordVisitor): number {
    const { recordCount } = this.#context;
    let maxTimestamp = noTimestamp;
    while (this.#left > 0) {
      const index = recordCount - this.#left;
      this.#left -= 1;
      const timestamp = this.#beginRecord();
      if (timestamp > maxTimestamp) maxTimestamp = timestamp;
      const hasKey = this.#skipBytes();
      this.#skipBytes();
      const headerCount = this.#varint();
      if (headerCount !== 0) this.#skipHeaders(headerCount);
      this.#endRecord();
      visit?.(timestamp, hasKey, index);
    }
    this.#checkEnd();
    return maxTimestamp;
  }

  #record(): KafkaRecord {
    const timestamp = this.#beginRecord();
    const offset = this.#context.baseOffset + this.#previousDelta;
    const key = this.#byteString();
    const value = this.#byteString();
    const headerCount = this.#varint();
    const headers = headerCount === 0 ? noHeaders : this.#headers(headerCount);
    this.#endRecord();
    return { offset, timestamp, key, value, headers };
  }

  /** All before the key. Answers the timestamp, and leaves the offset in `#previousDelta`. */
  #beginRecord(): number {
    const { length: bytesEnd } = this.#bytes;
    const { lastOffsetDelta, baseTimestamp, logAppendTime } = this.#context;
    this.#end = bytesEnd;
    const length = this.#varint();
    const end = this.#at + length;
    // Six fields of at least a byte each.
    if (length < 6 || end > bytesEnd) throw this.#corrupt(`record of ${length} bytes, ${bytesEnd - this.#at} left`);
    this.#end = end;
    // The attributes mean nothing.
    this.#at += 1;
    const timestampDelta = this.#varlong();
    const offsetDelta = this.#varint();
    if (offsetDelta <= this.#previousDelta || offsetDelta > lastOffsetDelta) {
      throw this.#corrupt(`offset delta ${offsetDelta} after ${this.#previousDelta}, at most ${lastOffsetDelta}`);
    }
    this.#previousDelta = offsetDelta;
    const timestamp = logAppendTime ?? baseTimestamp + timestampDelta;
    if (!Number.isSafeInteger(timestamp)) throw this.#corrupt(`timestamp ${baseTimestamp} + ${timestampDelta}`);
    return timestamp;
  }

  #endRecord(): void {
    if (this.#at !== this.#end) throw this.#corrupt(`record ends ${this.#end - this.#at} bytes before its length`);
  }

  #checkEnd(): void {
    if (this.#at === this.#bytes.length) return;
    throw this.#corrupt(`${this.#bytes.length - this.#at} bytes after the last record`);
  }

  #checkHeaderCount(count: number): void {
    // Each takes at least two bytes.
    if (count >= 0 && count * 2 <= this.#end - this.#at) return;
    throw this.#corrupt(`${count} headers in ${this.#end - this.#at} bytes`);
  }

  #skipHeaders(count: number): void {
    this.#checkHeaderCount(count);
    for (let index = 0; index < count; index += 1) {
      if (!this.#skipBytes()) throw this.#corrupt("a header's key is null");
      this.#skipBytes();
    }
  }

  #headers(count: number): RecordHeader[] {
    this.#checkHeaderCount(count);
    const headers: RecordHeader[] = [];
    for (let index = 0; index < count; index += 1) {
      const key = this.#byteString();
      if (key === null) throw this.#corrupt("a header's key is null");
      headers.push({ key: this.#headerKey(key, index), value: this.#byteString() });
    }
    return headers;
  }

  /** Records of a batch mostly have the same headers: a key that stood at the same place before is the same string. */
  #headerKey(key: Buffer, index: number): string {
    const last = this.#lastHeaderKeys[index];
    if (last !== undefined && last.bytes.length === key.length && isSame(last.bytes, key)) return last.text;
    const text = key.toString("utf8");
    if (index < 16 && key.length <= 64) this.#lastHeaderKeys[index] = { bytes: key, text };
    return text;
  }

  #byteString(): Buffer | null {
    return this.#skipBytes() ? this.#bytes.subarray(this.#skippedFrom, this.#at) : null;
  }

  /** Answers whether there are any, be they none; `false` is null. */
  #skipBytes(): boolean {
    const length = this.#varint();
    if (length === -1) return false;
    const start = this.#at;
    if (length < 0 || length > this.#end - start) {
      throw this.#corrupt(`${length} bytes at byte ${start}, ${this.#end - start} left in the record`);
    }
    this.#skippedFrom = start;
    this.#at = start + length;
    return true;
  }

  #varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      if (this.#at >= this.#end) throw this.#corrupt(`it ends within a varint, at byte ${this.#at}`);
      const byte = bytes[this.#at] as number;
      this.#at += 1;
      if (shift === 28 && byte > 0x0f) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw this.#corrupt(`varint longer than 32 bits before byte ${this.#at}`);
  }

  #varlong(): number {
    const start = this.#at;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.#at >= this.#end) throw this.#corrupt(`it ends within a varint, at byte ${this.#at}`);
      const byte = this.#bytes[this.#at] as number;
      this.#at += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    this.#at = start;
    return this.#longVarlong();
  }

  #longVarlong(): number {
    let value = 0n;
    for (let shift = 0n; shift <= 63n; shift += 7n) {
      if (this.#at >= this.#end) throw this.#corrupt(`it ends within a varint, at byte ${this.#at}`);
      const byte = this.#bytes[this.#at] as number;
      this.#at += 1;
      if (shift === 63n && byte > 1) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
    throw this.#corrupt(`varint longer than 64 bits before byte ${this.#at}`);
  }

  #corrupt(what: string): CorruptBatchError {
    const index = this.#context.recordCount - this.#left - 1;
    return new CorruptBatchError(`batch at offset ${this.#context.baseOffset}, record ${index}: ${what}`);
  }
}
