import { CorruptBatchError, KafkaProtocolError, RecordBatch } from "@ottla/protocol";
import { baseOffsetAt, lastOffsetAt, maxTimestampAt } from "./batch-header.js";
import type { OffsetAndTimestamp } from "./partition-log.js";
import type { BatchLocation, Segment } from "./segment.js";

/** The first record at or behind `from` whose time is `timestamp` or later. */
export function firstRecordSince(
  segments: readonly Segment[],
  timestamp: number,
  from: number,
): OffsetAndTimestamp | undefined {
  for (const segment of segments) {
    if (segment.nextOffset <= from || segment.latest.timestamp < timestamp) continue;
    for (const place of segment.since(timestamp, from)) {
      const found = recordIn(segment, place, (record) => record.offset >= from && record.timestamp >= timestamp);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The first record at or behind `from` with the greatest time of all. */
export function latestRecord(segments: readonly Segment[], from: number): OffsetAndTimestamp | undefined {
  let latest = -1;
  for (const segment of segments) {
    if (segment.nextOffset > from) latest = Math.max(latest, latestTime(segment, from));
  }
  return latest < 0 ? undefined : firstRecordSince(segments, latest, from);
}

function latestTime(segment: Segment, from: number): number {
  if (segment.baseOffset >= from) return segment.latest.timestamp;
  // The latest of the segment may be below: deleted, but still in the file.
  let latest = -1;
  for (const { bytes, at, position, size } of segment.headersFrom(from)) {
    const baseOffset = baseOffsetAt(bytes, at);
    const lastOffset = lastOffsetAt(bytes, at);
    if (baseOffset >= from) {
      latest = Math.max(latest, maxTimestampAt(bytes, at));
      continue;
    }
    recordIn(segment, { position, size, baseOffset, lastOffset }, ({ offset, timestamp }) => {
      if (offset >= from) latest = Math.max(latest, timestamp);
      return false;
    });
  }
  return latest;
}

function recordIn(
  segment: Segment,
  place: BatchLocation,
  isWanted: (record: { readonly offset: number; readonly timestamp: number }) => boolean,
): OffsetAndTimestamp | undefined {
  const bytes = Buffer.allocUnsafe(place.size);
  try {
    const batch = RecordBatch.at(bytes.subarray(0, segment.file.read(bytes, place.position)));
    for (const { offset, timestamp } of batch.records()) {
      if (isWanted({ offset, timestamp })) return { offset, timestamp, leaderEpoch: batch.leaderEpoch };
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof CorruptBatchError)) throw error;
    throw new KafkaProtocolError("CORRUPT_MESSAGE", `${segment.file.path}: ${error.message}`, { cause: error });
  }
}
