/**
 * Where the fields of a record batch (magic 2) stand. The checksum covers everything from the attributes on, so the base
 * offset and the leader epoch may be set without touching it.
 */
export const field = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
} as const;

export const headerLength: number = field.records;

/** Bytes before the part that `batchLength` counts. */
export const prefixLength: number = field.leaderEpoch;

export const magic = 2;

export const attribute = {
  compression: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  /** The base timestamp is the delete horizon: from then on tombstones and markers of the batch may go (KIP-534). */
  deleteHorizon: 0x40,
} as const;

const highWord = 0x1_0000_0000;
const safeHigh = 0x20_0000;

/** An int64 as a number; exact where {@link isSafeInt64} holds. */
export const int64At = (bytes: Buffer, at: number): number =>
  bytes.readInt32BE(at) * highWord + bytes.readUInt32BE(at + 4);

/** Whether the int64 there lies in -2^53 to 2^53 - 1. */
export function isSafeInt64(bytes: Buffer, at: number): boolean {
  const high = bytes.readInt32BE(at);
  return high < safeHigh && (high > -safeHigh || (high === -safeHigh && bytes.readUInt32BE(at + 4) > 0));
}

/** @throws RangeError when `value` is not a safe integer. */
export function writeInt64(bytes: Buffer, at: number, value: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe integer, so it cannot be an int64`);
  bytes.writeInt32BE(Math.floor(value / highWord), at);
  bytes.writeUInt32BE(value >>> 0, at + 4);
}
