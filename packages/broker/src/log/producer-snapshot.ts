import { crc32c } from "@ottla/protocol";
import type { Now, ProducedBatch, ProducerEntry } from "./producer-state.js";

/*
 * Kafka's producer snapshot: version int16 (1), crc-32c uint32 of all behind it, entry count int32, and entries of
 *
 *   producer id int64 | epoch int16 | last sequence int32 | last offset int64 | offset delta int32 | timestamp int64
 *   | coordinator epoch int32 | first offset of the open transaction int64
 *
 * Kafka writes one entry per producer and so forgets all but the last batch at a restart. We write one for each batch we
 * remember, oldest first: a reader that keeps one entry per producer keeps the newest, as before.
 */
const version = 1;
const headerBytes = 10;
const entryBytes = 46;

export function encodeProducerSnapshot(entries: Iterable<ProducerEntry>, now: Now): Buffer {
  const rows: { readonly entry: ProducerEntry; readonly batch: ProducedBatch }[] = [];
  for (const entry of entries) {
    const last = entry.batches.at(-1) ?? noBatch;
    for (const batch of entry.batches.slice(0, -1)) rows.push({ entry, batch });
    // A marker may have come behind the last batch: its producer was heard of then.
    const timestamp = Math.max(0, Math.floor(now.wallMs - (now.monotonicMs - entry.seenAt)));
    rows.push({ entry, batch: { ...last, timestamp } });
  }
  const bytes = Buffer.alloc(headerBytes + rows.length * entryBytes);
  bytes.writeInt16BE(version, 0);
  bytes.writeInt32BE(rows.length, 6);
  let at = headerBytes;
  for (const { entry, batch } of rows) {
    bytes.writeBigInt64BE(BigInt(entry.producerId), at);
    bytes.writeInt16BE(entry.epoch, at + 8);
    bytes.writeInt32BE(batch.lastSequence, at + 10);
    bytes.writeBigInt64BE(BigInt(batch.lastOffset), at + 14);
    bytes.writeInt32BE(batch.offsetDelta, at + 22);
    bytes.writeBigInt64BE(BigInt(batch.timestamp), at + 26);
    bytes.writeInt32BE(entry.coordinatorEpoch, at + 34);
    bytes.writeBigInt64BE(BigInt(entry.transactionFirstOffset), at + 38);
    at += entryBytes;
  }
  bytes.writeUInt32BE(crc32c(bytes.subarray(6)), 2);
  return bytes;
}

/** `undefined` when the bytes are not a whole snapshot of a version that we know. */
export function decodeProducerSnapshot(bytes: Buffer, now: Now): ProducerEntry[] | undefined {
  if (bytes.length < headerBytes || bytes.readInt16BE(0) !== version) return undefined;
  if (bytes.readUInt32BE(2) !== crc32c(bytes.subarray(6))) return undefined;
  if (bytes.length !== headerBytes + bytes.readInt32BE(6) * entryBytes) return undefined;
  const entries = new Map<number, ProducerEntry>();
  for (let at = headerBytes; at < bytes.length; at += entryBytes) {
    const producerId = Number(bytes.readBigInt64BE(at));
    const epoch = bytes.readInt16BE(at + 8);
    const batch = {
      lastSequence: bytes.readInt32BE(at + 10),
      lastOffset: Number(bytes.readBigInt64BE(at + 14)),
      offsetDelta: bytes.readInt32BE(at + 22),
      timestamp: Number(bytes.readBigInt64BE(at + 26)),
    };
    const before = entries.get(producerId)?.batches ?? [];
    entries.set(producerId, {
      producerId,
      epoch,
      batches: batch.lastSequence < 0 ? before : [...before, batch],
      coordinatorEpoch: bytes.readInt32BE(at + 34),
      transactionFirstOffset: Number(bytes.readBigInt64BE(at + 38)),
      lastTimestamp: batch.timestamp,
      // The time it was away counts; a wall clock set back meanwhile does not make it younger than now.
      seenAt: now.monotonicMs - Math.max(0, now.wallMs - batch.timestamp),
    });
  }
  return [...entries.values()];
}

const noBatch: ProducedBatch = { lastSequence: -1, lastOffset: -1, offsetDelta: 0, timestamp: -1 };
