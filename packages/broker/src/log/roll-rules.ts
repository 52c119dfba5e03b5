import type { LogConfig } from "./log-config.js";

/** What a segment that is appended to tells of itself. */
export interface RollingSegment {
  readonly baseOffset: number;
  readonly sizeInBytes: number;
  /** Greatest timestamp of its first batch; `undefined` or below 0 when there is none. */
  readonly firstTimestamp: number | undefined;
  /** When it was begun, or opened by this process. */
  readonly createdMs: number;
  readonly indexEntries: { readonly offsets: number; readonly times: number };
}

/** The batch that wants in, and what is about to be written before it. */
export interface RollingBatch {
  readonly size: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  readonly queuedBytes: number;
}

const offsetEntryBytes = 8;
const timeEntryBytes = 12;

/**
 * Whether a batch belongs into a new segment, by Kafka's rules: the size, an index that is full, an offset that is too far from
 * the first, or the time from the first batch to this one. Batches without times are counted from the segment's beginning.
 *
 * @param jitterShare - From 0 to 1: how much of `segment.jitter.ms` is taken off.
 */
export function mustRoll(
  segment: RollingSegment,
  batch: RollingBatch,
  limits: { readonly config: LogConfig; readonly nowMs: number; readonly jitterShare: number },
): boolean {
  const { config, nowMs, jitterShare } = limits;
  const size = segment.sizeInBytes + batch.queuedBytes;
  if (size === 0) return false;
  if (size + batch.size > config.segmentBytes || batch.lastOffset - segment.baseOffset > 0x7fff_ffff) return true;
  const { offsets, times } = segment.indexEntries;
  // The time index keeps a place for the entry that ends it.
  const isOffsetIndexFull = offsets >= Math.floor(config.segmentIndexBytes / offsetEntryBytes);
  const isTimeIndexFull = times >= Math.floor(config.segmentIndexBytes / timeEntryBytes) - 1;
  if (isOffsetIndexFull || isTimeIndexFull) return true;
  const first = segment.firstTimestamp ?? -1;
  const waitedMs = first >= 0 ? batch.maxTimestamp - first : nowMs - segment.createdMs;
  return waitedMs > config.segmentMs - Math.floor(jitterShare * Math.min(config.segmentJitterMs, config.segmentMs));
}
