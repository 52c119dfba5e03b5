/**
 * Fields of a record batch read where they lie, without an object per batch: walking a segment meets millions of them.
 * Layout: base offset 0, length 8, leader epoch 12, magic 16, crc 17, attributes 21, last offset delta 23, base timestamp 27,
 * max timestamp 35, producer id 43, producer epoch 51, base sequence 53, record count 57, records 61.
 */
export const batchHeaderLength = 61;
const beforeLength = 12;

/** Bytes of the batch at `at`, or `undefined` when no batch that we could have written begins there. Needs 61 bytes. */
export function batchSizeAt(bytes: Buffer, at: number): number | undefined {
  const size = bytes.readInt32BE(at + 8) + beforeLength;
  const isPlausible =
    size >= batchHeaderLength &&
    bytes[at + 16] === 2 &&
    bytes.readInt32BE(at + 23) >= 0 &&
    // A base offset above 2^52 is none of ours; the sign bit is among those.
    bytes.readUInt32BE(at) < 0x10_0000;
  return isPlausible ? size : undefined;
}

/** The number of its codec, of which 5 to 7 do not exist. `bytes` begin with the batch. */
export const codecAt = (bytes: Buffer): number => (bytes[22] ?? 0) & 0x07;

export const baseOffsetAt = (bytes: Buffer, at: number): number => int64At(bytes, at);
export const lastOffsetAt = (bytes: Buffer, at: number): number => int64At(bytes, at) + bytes.readInt32BE(at + 23);
/** The last offset of the whole batches that `bytes` are. */
export function lastOffsetIn(bytes: Buffer): number {
  let lastOffset = -1;
  let size: number | undefined = 0;
  for (let at = 0; at + batchHeaderLength <= bytes.length; at += size) {
    size = batchSizeAt(bytes, at);
    if (size === undefined) break;
    lastOffset = lastOffsetAt(bytes, at);
  }
  return lastOffset;
}

export const leaderEpochAt = (bytes: Buffer, at: number): number => bytes.readInt32BE(at + 12);
export const crcAt = (bytes: Buffer, at: number): number => bytes.readUInt32BE(at + 17);
/** The part of a batch of `size` bytes that its checksum covers. */
export const checkedBytes = (bytes: Buffer, at: number, size: number): Buffer => bytes.subarray(at + 21, at + size);
export const maxTimestampAt = (bytes: Buffer, at: number): number => int64At(bytes, at + 35);

function int64At(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}

export const producerIdAt = (bytes: Buffer, at: number): number => int64At(bytes, at + 43);
export const isControlAt = (bytes: Buffer, at: number): boolean => (bytes.readInt16BE(at + 21) & 0x20) !== 0;

/** What a producer's state takes from a batch of records. */
export interface ProducerBatch {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly lastOffsetDelta: number;
  readonly lastSequence: number;
  readonly maxTimestamp: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  /** What a control batch says. */
  control(): { readonly type: "abort" | "commit" | "other"; readonly coordinatorEpoch: number } | undefined;
}

/** The header at `at` of a batch that is no control batch. */
export function producerBatchAt(bytes: Buffer, at: number): ProducerBatch {
  const lastOffsetDelta = bytes.readInt32BE(at + 23);
  const baseSequence = bytes.readInt32BE(at + 53);
  return {
    producerId: producerIdAt(bytes, at),
    producerEpoch: bytes.readInt16BE(at + 51),
    baseOffset: baseOffsetAt(bytes, at),
    lastOffset: lastOffsetAt(bytes, at),
    lastOffsetDelta,
    lastSequence: baseSequence < 0 ? -1 : (baseSequence + lastOffsetDelta) % 2 ** 31,
    maxTimestamp: maxTimestampAt(bytes, at),
    isTransactional: (bytes.readInt16BE(at + 21) & 0x10) !== 0,
    isControl: false,
    control: () => undefined,
  };
}
