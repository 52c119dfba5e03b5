import { crc32c } from "../checksum/crc32c.js";
import { compress } from "../compression/compression.js";
import { attribute, field, headerLength, prefixLength, writeInt64 } from "./batch-layout.js";
import type { KafkaRecord } from "./record.js";
import type { RecordBatch } from "./record-batch.js";
import { varintLength, varlongLength, writeVarint, writeVarlong } from "./varint.js";

export interface RetainOptions {
  readonly isKept: (record: KafkaRecord) => boolean;
  /** Asked of a batch that has no delete horizon yet and keeps records: the one it is to get from now on, if any. */
  readonly horizonMs?: ((kept: { readonly hasTombstone: boolean }) => number | undefined) | undefined;
  /** Longest unpacked form accepted (default 128 MiB). */
  readonly maxBytes?: number | undefined;
}

/** What compaction left of a batch. */
export interface RetainedBatch {
  /** The batch's own bytes when nothing changed. `undefined` when no record is kept. */
  readonly bytes: Buffer | undefined;
  readonly recordCount: number;
}

/**
 * A batch with some of its records, as compaction leaves it: offsets, first and last offset, producer and codec stay. Records
 * are taken over as the bytes they are; only a new delete horizon (KIP-534), which stands where their times count from,
 * has their time deltas written anew.
 *
 * @throws {@link CorruptBatchError} when the records are not what the header says.
 */
export function retainRecords(batch: RecordBatch, { isKept, horizonMs, maxBytes }: RetainOptions): RetainedBatch {
  // Numbers, not the records: packed well, a batch of some megabytes has millions.
  const runs = new Runs();
  let hasTombstone = false;
  let total = 0;
  let keptCount = 0;
  let latest = -1;
  for (const { record } of batch.rawRecords({ maxBytes })) {
    total += 1;
    const isRecordKept = isKept(record);
    runs.add(isRecordKept);
    if (!isRecordKept) continue;
    keptCount += 1;
    if (record.value === null) hasTombstone = true;
    latest = Math.max(latest, record.timestamp);
  }
  if (keptCount === 0) return { bytes: undefined, recordCount: 0 };
  const horizon = batch.deleteHorizonMs === undefined ? horizonMs?.({ hasTombstone }) : undefined;
  if (horizon === undefined && keptCount === total) return { bytes: batch.bytes, recordCount: total };
  const records = joined(keptOf(batch, runs, horizon, maxBytes));
  const content = compress(batch.compression, records);
  const bytes = Buffer.concat([batch.bytes.subarray(0, headerLength), content]);
  if (batch.timestampType === "create") writeInt64(bytes, field.maxTimestamp, latest);
  if (horizon !== undefined) {
    writeInt64(bytes, field.baseTimestamp, horizon);
    bytes.writeInt16BE(bytes.readInt16BE(field.attributes) | attribute.deleteHorizon, field.attributes);
  }
  return { bytes: sealed(bytes, keptCount), recordCount: keptCount };
}

/** Which records are kept, as the lengths of runs: so many are not, so many are, so many are not. */
class Runs {
  readonly #lengths: number[] = [0];

  add(isKept: boolean): void {
    if (isKept !== (this.#lengths.length % 2 === 0)) this.#lengths.push(0);
    const last = this.#lengths.length - 1;
    this.#lengths[last] = (this.#lengths[last] ?? 0) + 1;
  }

  *[Symbol.iterator](): Generator<boolean, void> {
    for (const [index, length] of this.#lengths.entries()) {
      for (let left = length; left > 0; left -= 1) yield index % 2 === 1;
    }
  }
}

function* keptOf(
  batch: RecordBatch,
  runs: Iterable<boolean>,
  horizon: number | undefined,
  maxBytes: number | undefined,
): Generator<Buffer, void> {
  const isKept = runs[Symbol.iterator]();
  for (const each of batch.rawRecords({ maxBytes })) {
    if (isKept.next().value === true) yield horizon === undefined ? each.bytes : countingFrom(horizon, each);
  }
}

const pieceBytes = 64 * 1024;

function joined(buffers: Iterable<Buffer>): Buffer {
  const pieces: Buffer[] = [];
  let piece: Buffer[] = [];
  let size = 0;
  for (const buffer of buffers) {
    piece.push(buffer);
    size += buffer.length;
    if (size < pieceBytes) continue;
    pieces.push(Buffer.concat(piece, size));
    piece = [];
    size = 0;
  }
  return Buffer.concat([...pieces, Buffer.concat(piece, size)]);
}

/** A batch without records: what it says of offsets and of its producer's sequence is kept. */
export function emptiedBatch(batch: RecordBatch): Buffer {
  const bytes = Buffer.from(batch.bytes.subarray(0, headerLength));
  const kept = attribute.logAppendTime | attribute.transactional | attribute.control;
  bytes.writeInt16BE(bytes.readInt16BE(field.attributes) & kept, field.attributes);
  writeInt64(bytes, field.baseTimestamp, -1);
  return sealed(bytes, 0);
}

function sealed(bytes: Buffer, recordCount: number): Buffer {
  bytes.writeInt32BE(bytes.length - prefixLength, field.batchLength);
  bytes.writeInt32BE(recordCount, field.recordCount);
  bytes.writeUInt32BE(crc32c(bytes.subarray(field.attributes)), field.crc);
  return bytes;
}

/** The record with its time counted from `baseMs`. It begins: varint length, int8 attributes, varlong time delta. */
function countingFrom(
  baseMs: number,
  { record, bytes }: { readonly record: KafkaRecord; readonly bytes: Buffer },
): Buffer {
  const attributesAt = behindVarint(bytes, 0);
  const restAt = behindVarint(bytes, attributesAt + 1);
  const delta = record.timestamp - baseMs;
  const length = 1 + varlongLength(delta) + bytes.length - restAt;
  const counted = Buffer.allocUnsafe(varintLength(length) + length);
  const at = writeVarint(counted, 0, length);
  counted[at] = bytes[attributesAt] ?? 0;
  bytes.copy(counted, writeVarlong(counted, at + 1, delta), restAt);
  return counted;
}

function behindVarint(bytes: Buffer, start: number): number {
  let at = start;
  while (((bytes[at] ?? 0) & 0x80) !== 0) at += 1;
  return at + 1;
}
