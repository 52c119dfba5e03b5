import { crc32c } from "../checksum/crc32c.js";
import { type Compression, compress, compressions } from "../compression/compression.js";
import { attribute, field, headerLength, magic, prefixLength, writeInt64 } from "./batch-layout.js";
import type { RecordInput } from "./record.js";
import { varintLength, varlongLength, writeVarint, writeVarlong } from "./varint.js";

/** How a batch is compressed. */
export interface RecordBatchBuilderOptions {
  readonly compression?: Compression | undefined;
  /** See {@link compress}. */
  readonly level?: number | undefined;
  /** Room made at the start, for those who know (default 1024). */
  readonly initialBytes?: number | undefined;
}

/** What the header of a batch says apart from its records. Brokers set base offset and leader epoch themselves. */
export interface BatchHeaderOptions {
  /** Default -1: not idempotent. */
  readonly producerId?: number | undefined;
  readonly producerEpoch?: number | undefined;
  readonly baseSequence?: number | undefined;
  readonly isTransactional?: boolean | undefined;
  readonly isControl?: boolean | undefined;
  readonly baseOffset?: number | undefined;
  readonly leaderEpoch?: number | undefined;
}

// Record length 5, attributes 1, timestamp delta 10, offset delta 5, key and value length 5 each, header count 5.
const mostOverhead = 36;
const mostHeaderOverhead = 10;

/** An upper bound of the bytes that one record takes in a batch, uncompressed. */
export function recordSize(record: RecordInput): number {
  let size = mostOverhead + (record.key?.byteLength ?? 0) + (record.value?.byteLength ?? 0);
  if (record.headers === undefined) return size;
  for (const { key, value } of record.headers) {
    size += mostHeaderOverhead + Buffer.byteLength(key) + (value?.byteLength ?? 0);
  }
  return size;
}

/**
 * Writes records into one growing buffer in their wire form, so that building the batch is patching its header: what was
 * added is copied once and never kept as an object.
 */
export class RecordBatchBuilder {
  readonly #compression: Compression;
  readonly #level: number | undefined;
  #bytes: Buffer;
  #length = headerLength;
  #count = 0;
  #baseTimestamp = -1;
  #maxTimestamp = -1;

  constructor(options: RecordBatchBuilderOptions = {}) {
    this.#compression = options.compression ?? "none";
    this.#level = options.level;
    this.#bytes = Buffer.allocUnsafe(Math.max(options.initialBytes ?? 1024, headerLength));
  }

  /** Records added so far. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the batch before compression, its header included. */
  get sizeInBytes(): number {
    return this.#length;
  }

  /**
   * Appends a record, copying its bytes, and answers its offset within the batch.
   *
   * @throws RangeError when the timestamp is not a safe integer.
   */
  add(record: RecordInput): number {
    const { key, value, headers, timestamp } = record;
    if (!Number.isSafeInteger(timestamp)) throw new RangeError(`timestamp ${timestamp} is not a safe integer`);
    const delta = this.#count;
    if (delta === 0) {
      this.#baseTimestamp = timestamp;
      this.#maxTimestamp = timestamp;
    } else if (timestamp > this.#maxTimestamp) {
      this.#maxTimestamp = timestamp;
    }
    const timestampDelta = timestamp - this.#baseTimestamp;
    const keyLength = key === null ? -1 : key.byteLength;
    const valueLength = value === null ? -1 : value.byteLength;
    const headerCount = headers === undefined ? 0 : headers.length;
    let length =
      1 +
      varlongLength(timestampDelta) +
      varintLength(delta) +
      varintLength(keyLength) +
      varintLength(valueLength) +
      varintLength(headerCount) +
      (key === null ? 0 : keyLength) +
      (value === null ? 0 : valueLength);
    if (headers !== undefined) {
      for (const header of headers) {
        const headerKeyLength = utf8Length(header.key);
        const headerValueLength = header.value === null ? -1 : header.value.byteLength;
        length +=
          varintLength(headerKeyLength) +
          headerKeyLength +
          varintLength(headerValueLength) +
          Math.max(headerValueLength, 0);
      }
    }
    this.#reserve(length + 5);
    const bytes = this.#bytes;
    let at = writeVarint(bytes, this.#length, length);
    bytes[at] = 0;
    at = writeVarlong(bytes, at + 1, timestampDelta);
    at = writeVarint(bytes, at, delta);
    at = writeByteString(bytes, at, key);
    at = writeByteString(bytes, at, value);
    at = writeVarint(bytes, at, headerCount);
    if (headers !== undefined) {
      for (const header of headers) {
        at = writeText(bytes, at, header.key);
        at = writeByteString(bytes, at, header.value);
      }
    }
    this.#length = at;
    this.#count = delta + 1;
    return delta;
  }

  /**
   * The batch, checksum and all. The builder must not be used afterwards.
   *
   * @throws RangeError when no record was added: Kafka has no empty batches from producers.
   */
  build(options: BatchHeaderOptions = {}): Buffer {
    if (this.#count === 0) throw new RangeError("a batch has at least one record");
    const batch = this.#packed();
    const attributes =
      compressions.indexOf(this.#compression) |
      (options.isTransactional === true ? attribute.transactional : 0) |
      (options.isControl === true ? attribute.control : 0);
    writeInt64(batch, field.baseOffset, options.baseOffset ?? 0);
    batch.writeInt32BE(batch.length - prefixLength, field.batchLength);
    batch.writeInt32BE(options.leaderEpoch ?? -1, field.leaderEpoch);
    batch[field.magic] = magic;
    batch.writeInt16BE(attributes, field.attributes);
    batch.writeInt32BE(this.#count - 1, field.lastOffsetDelta);
    writeInt64(batch, field.baseTimestamp, this.#baseTimestamp);
    writeInt64(batch, field.maxTimestamp, this.#maxTimestamp);
    writeInt64(batch, field.producerId, options.producerId ?? -1);
    batch.writeInt16BE(options.producerEpoch ?? -1, field.producerEpoch);
    batch.writeInt32BE(options.baseSequence ?? -1, field.baseSequence);
    batch.writeInt32BE(this.#count, field.recordCount);
    batch.writeUInt32BE(crc32c(batch.subarray(field.attributes)), field.crc);
    return batch;
  }

  #packed(): Buffer {
    if (this.#compression === "none") return this.#bytes.subarray(0, this.#length);
    const records = compress(this.#compression, this.#bytes.subarray(headerLength, this.#length), this.#level);
    const batch = Buffer.allocUnsafe(headerLength + records.length);
    records.copy(batch, headerLength);
    return batch;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

// Header keys are a few ASCII letters, for which the way into native code costs more than the work itself.
const shortText = 40;

function utf8Length(text: string): number {
  if (text.length > shortText) return Buffer.byteLength(text);
  for (let index = 0; index < text.length; index += 1)
    if (text.charCodeAt(index) > 0x7f) return Buffer.byteLength(text);
  return text.length;
}

function writeText(bytes: Buffer, start: number, text: string): number {
  const length = utf8Length(text);
  const at = writeVarint(bytes, start, length);
  if (length > shortText || length !== text.length) return at + bytes.write(text, at, length, "utf8");
  for (let index = 0; index < length; index += 1) bytes[at + index] = text.charCodeAt(index);
  return at + length;
}

function writeByteString(bytes: Buffer, start: number, value: Uint8Array | null): number {
  if (value === null) return writeVarint(bytes, start, -1);
  const at = writeVarint(bytes, start, value.byteLength);
  bytes.set(value, at);
  return at + value.byteLength;
}
