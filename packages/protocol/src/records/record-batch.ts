import { crc32c } from "../checksum/crc32c.js";
import { type Compression, compressions, decompress } from "../compression/compression.js";
import { CorruptBatchError } from "../errors/corrupt-batch-error.js";
import { MalformedMessageError } from "../errors/malformed-message.js";
import {
  attribute,
  field,
  headerLength,
  int64At,
  isSafeInt64,
  magic,
  prefixLength,
  writeInt64,
} from "./batch-layout.js";
import { type ControlRecord, readControlRecord } from "./control-record.js";
import type { KafkaRecord } from "./record.js";
import { RecordReader, type RecordVisitor } from "./record-reader.js";

const defaultMaxBytes = 128 * 1024 * 1024;

/**
 * A view over the bytes of one record batch (magic 2). Nothing is copied; records are decoded when asked for, and the
 * checksum is only checked by {@link RecordBatch.hasValidCrc}.
 */
export class RecordBatch {
  /** Bytes before the records. */
  static readonly headerLength = headerLength;

  /** The whole batch. */
  readonly bytes: Buffer;
  #unpacked: Buffer | undefined;

  private constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /**
   * The batch that begins at `offset`.
   *
   * @throws {@link CorruptBatchError} when it is not whole, its magic is not 2, or its header makes no sense.
   */
  static at(bytes: Buffer, offset = 0): RecordBatch {
    const left = bytes.length - offset;
    if (left < headerLength) throw new CorruptBatchError(`${left} bytes, a batch has at least ${headerLength}`);
    const size = bytes.readInt32BE(offset + field.batchLength) + prefixLength;
    if (size < headerLength || size > left) throw new CorruptBatchError(`batch of ${size} bytes, ${left} are there`);
    const batch = new RecordBatch(bytes.subarray(offset, offset + size));
    batch.#checkHeader();
    return batch;
  }

  #checkHeader(): void {
    const { bytes } = this;
    if (bytes[field.magic] !== magic) throw new CorruptBatchError(`batch of magic ${bytes[field.magic]}, not ${magic}`);
    for (const at of int64Fields) {
      if (!isSafeInt64(bytes, at)) throw new CorruptBatchError(`int64 ${bytes.readBigInt64BE(at)} is beyond 2^53`);
    }
    const codec = bytes.readInt16BE(field.attributes) & attribute.compression;
    if (codec >= compressions.length) throw this.#corrupt(`compression ${codec} does not exist`);
    if (this.lastOffsetDelta < 0 || !Number.isSafeInteger(this.nextOffset) || this.baseOffset < 0) {
      throw this.#corrupt(`last offset delta ${this.lastOffsetDelta}`);
    }
    if (this.recordCount < 0) throw this.#corrupt(`${this.recordCount} records`);
  }

  get baseOffset(): number {
    return int64At(this.bytes, field.baseOffset);
  }
  get lastOffset(): number {
    return this.baseOffset + this.lastOffsetDelta;
  }
  /** One past the last offset. */
  get nextOffset(): number {
    return this.lastOffset + 1;
  }
  get lastOffsetDelta(): number {
    return this.bytes.readInt32BE(field.lastOffsetDelta);
  }
  get leaderEpoch(): number {
    return this.bytes.readInt32BE(field.leaderEpoch);
  }
  get crc(): number {
    return this.bytes.readUInt32BE(field.crc);
  }
  get #attributes(): number {
    return this.bytes.readInt16BE(field.attributes);
  }
  get compression(): Compression {
    return compressions[this.#attributes & attribute.compression] ?? "none";
  }
  get timestampType(): "create" | "logAppend" {
    return (this.#attributes & attribute.logAppendTime) === 0 ? "create" : "logAppend";
  }
  get isTransactional(): boolean {
    return (this.#attributes & attribute.transactional) !== 0;
  }
  get isControl(): boolean {
    return (this.#attributes & attribute.control) !== 0;
  }
  /** From when on tombstones and the marker in it may go; `undefined` until compaction came by them (KIP-534). */
  get deleteHorizonMs(): number | undefined {
    return (this.#attributes & attribute.deleteHorizon) === 0 ? undefined : this.baseTimestamp;
  }
  get baseTimestamp(): number {
    return int64At(this.bytes, field.baseTimestamp);
  }
  get maxTimestamp(): number {
    return int64At(this.bytes, field.maxTimestamp);
  }
  /** -1 when the producer is not idempotent. */
  get producerId(): number {
    return int64At(this.bytes, field.producerId);
  }
  get producerEpoch(): number {
    return this.bytes.readInt16BE(field.producerEpoch);
  }
  get baseSequence(): number {
    return this.bytes.readInt32BE(field.baseSequence);
  }
  /** Sequence of the last record; sequences wrap from 2^31 - 1 to 0. -1 when the batch has none. */
  get lastSequence(): number {
    const { baseSequence } = this;
    return baseSequence < 0 ? -1 : (baseSequence + this.lastOffsetDelta) % 2 ** 31;
  }
  get recordCount(): number {
    return this.bytes.readInt32BE(field.recordCount);
  }
  get sizeInBytes(): number {
    return this.bytes.length;
  }

  /** Whether the checksum is that of the bytes. */
  hasValidCrc(): boolean {
    return crc32c(this.bytes.subarray(field.attributes)) === this.crc;
  }

  /** Sets base offset and leader epoch, which the checksum does not cover, in place. */
  assign(baseOffset: number, leaderEpoch: number): void {
    writeInt64(this.bytes, field.baseOffset, baseOffset);
    this.bytes.writeInt32BE(leaderEpoch, field.leaderEpoch);
  }

  /** Makes `ms` the timestamp of all records, in place, and sets the checksum anew. */
  stampLogAppendTime(ms: number): void {
    this.bytes.writeInt16BE(this.#attributes | attribute.logAppendTime, field.attributes);
    writeInt64(this.bytes, field.maxTimestamp, ms);
    this.bytes.writeUInt32BE(crc32c(this.bytes.subarray(field.attributes)), field.crc);
  }

  /** Says that the records have their producers' times, of which `maxTimestamp` is the greatest, and sets the checksum anew. */
  stampCreateTime(maxTimestamp: number): void {
    this.bytes.writeInt16BE(this.#attributes & ~attribute.logAppendTime, field.attributes);
    writeInt64(this.bytes, field.maxTimestamp, maxTimestamp);
    this.bytes.writeUInt32BE(crc32c(this.bytes.subarray(field.attributes)), field.crc);
  }

  /** Makes these the producer's id, epoch and first sequence, in place, and sets the checksum anew. */
  setProducer(producerId: number, producerEpoch: number, baseSequence: number): void {
    writeInt64(this.bytes, field.producerId, producerId);
    this.bytes.writeInt16BE(producerEpoch, field.producerEpoch);
    this.bytes.writeInt32BE(baseSequence, field.baseSequence);
    this.bytes.writeUInt32BE(crc32c(this.bytes.subarray(field.attributes)), field.crc);
  }

  /**
   * The records in offset order, decoded one by one. A compressed batch is unpacked once, whole, on the first call.
   *
   * @param options - `maxBytes` (default 128 MiB): longest unpacked form accepted.
   * @throws {@link CorruptBatchError} here or while iterating, when the records are not what the header says.
   */
  records(options: { readonly maxBytes?: number | undefined } = {}): Iterable<KafkaRecord> {
    const content = this.#content(options.maxBytes);
    return { [Symbol.iterator]: () => this.#reader(content) };
  }

  /**
   * Goes past the records without decoding them, only to see that they are whole. Answers the greatest timestamp, or -1.
   *
   * @param options - `maxBytes` as for {@link RecordBatch.records}; `visit` is called for each, in order.
   * @throws {@link CorruptBatchError} as iterating over the records does.
   */
  checkRecords(options: { readonly maxBytes?: number | undefined; readonly visit?: RecordVisitor } = {}): number {
    return this.#reader(this.#content(options.maxBytes)).skipAll(options.visit);
  }

  /** As {@link RecordBatch.records}, each with the bytes that it takes in the unpacked batch. */
  *rawRecords(
    options: { readonly maxBytes?: number | undefined } = {},
  ): Generator<{ readonly record: KafkaRecord; readonly bytes: Buffer }, void, undefined> {
    const content = this.#content(options.maxBytes);
    const reader = this.#reader(content);
    for (;;) {
      const start = reader.position;
      const next = reader.next();
      if (next.done) return;
      yield { record: next.value, bytes: content.bytes.subarray(start, reader.position) };
    }
  }

  #content(maxBytes = defaultMaxBytes): { readonly bytes: Buffer; readonly start: number } {
    const { compression, bytes } = this;
    return compression === "none"
      ? { bytes, start: headerLength }
      : { bytes: this.#unpack(compression, maxBytes), start: 0 };
  }

  #reader({ bytes, start }: { readonly bytes: Buffer; readonly start: number }): RecordReader {
    return new RecordReader(bytes, start, {
      baseOffset: this.baseOffset,
      lastOffsetDelta: this.lastOffsetDelta,
      baseTimestamp: this.baseTimestamp,
      logAppendTime: this.timestampType === "logAppend" ? this.maxTimestamp : undefined,
      recordCount: this.recordCount,
    });
  }

  /** What a control batch says; undefined for a batch of records, and for a marker that compaction emptied. @throws {@link CorruptBatchError} */
  control(): ControlRecord | undefined {
    if (!this.isControl || this.recordCount === 0) return undefined;
    const [record] = this.records({ maxBytes: this.sizeInBytes });
    if (record === undefined) throw this.#corrupt("a control batch without a record");
    return readControlRecord(record);
  }

  #unpack(compression: Compression, maxBytes: number): Buffer {
    if (this.#unpacked !== undefined && this.#unpacked.length <= maxBytes) return this.#unpacked;
    try {
      this.#unpacked = decompress(compression, this.bytes.subarray(headerLength), maxBytes);
      return this.#unpacked;
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      throw this.#corrupt(error.message, { cause: error });
    }
  }

  #corrupt(what: string, options?: ErrorOptions): CorruptBatchError {
    return new CorruptBatchError(`batch at offset ${this.baseOffset}: ${what}`, options);
  }
}

const int64Fields = [field.baseOffset, field.baseTimestamp, field.maxTimestamp, field.producerId];
