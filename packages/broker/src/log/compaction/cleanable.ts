import type { LogConfig } from "../log-config.js";

/** What is asked of a segment before it is cleaned. Times are looked up only where they matter. */
export interface CandidateSegment {
  readonly baseOffset: number;
  readonly sizeInBytes: number;
  /** Latest time of its records, or when it was last written where they have none. */
  latestMs(): number;
  /** Time of its first batch, `undefined` or below zero when it has none. */
  firstMs(): number | undefined;
}

export interface CandidateLog {
  /** All, oldest first; the last is the active one. */
  readonly segments: readonly CandidateSegment[];
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  /** Nothing at or past it is cleaned: the last stable offset, or less. */
  readonly stableOffset: number;
  readonly config: Pick<LogConfig, "minCompactionLagMs" | "maxCompactionLagMs" | "minCleanableDirtyRatio">;
}

/** How dirty a log is. */
export interface Cleanable {
  /** Up to here an earlier round came. */
  readonly firstDirtyOffset: number;
  /** Where a round ends: the base offset of the first segment that must stay as it is. */
  readonly firstUncleanableOffset: number;
  readonly cleanBytes: number;
  readonly cleanableBytes: number;
  /** Share of {@link Cleanable.cleanableBytes} in both. */
  readonly dirtyRatio: number;
  readonly isDue: boolean;
}

/**
 * The part of a log that a round of compaction may work on, as Kafka's LogCleanerManager has it. Whole segments only: the active
 * one, those past the last stable offset and those younger than `min.compaction.lag.ms` stay as they are. A log is due above
 * `min.cleanable.dirty.ratio`, or when a dirty segment began more than `max.compaction.lag.ms` ago.
 *
 * @param checkpoint - Where the last round ended; one that is not in the log is not believed.
 */
export function cleanableOf(log: CandidateLog, checkpoint: number | undefined, nowMs: number): Cleanable {
  const { segments, logStartOffset, logEndOffset, config } = log;
  const isKnown = checkpoint !== undefined && checkpoint >= logStartOffset && checkpoint <= logEndOffset;
  const firstDirtyOffset = isKnown ? checkpoint : logStartOffset;
  const activeIndex = segments.length - 1;
  const firstDirty = indexOf(segments, firstDirtyOffset);
  let end = Math.min(indexOf(segments, log.stableOffset), activeIndex);
  if (config.minCompactionLagMs > 0) {
    const young = segments.findIndex(
      (segment, index) => index >= firstDirty && segment.latestMs() > nowMs - config.minCompactionLagMs,
    );
    if (young >= 0) end = Math.min(end, young);
  }
  end = Math.max(end, 0);
  const firstUncleanableOffset = Math.max(firstDirtyOffset, segments[end]?.baseOffset ?? firstDirtyOffset);
  const sizeOf = (from: number, to: number) =>
    segments.slice(from, Math.max(from, to)).reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
  const cleanBytes = sizeOf(0, segments.filter(({ baseOffset }) => baseOffset < firstDirtyOffset).length);
  const cleanableBytes = sizeOf(firstDirty, end);
  const dirtyRatio = cleanableBytes === 0 ? 0 : cleanableBytes / (cleanBytes + cleanableBytes);
  return {
    firstDirtyOffset,
    firstUncleanableOffset,
    cleanBytes,
    cleanableBytes,
    dirtyRatio,
    isDue:
      cleanableBytes > 0 &&
      (dirtyRatio > config.minCleanableDirtyRatio ||
        isOverdue(segments.slice(firstDirty, activeIndex), nowMs - config.maxCompactionLagMs)),
  };
}

function isOverdue(dirty: readonly CandidateSegment[], beganBefore: number): boolean {
  if (beganBefore <= 0) return false;
  return dirty.some((segment) => {
    const first = segment.firstMs() ?? -1;
    return first > 0 && first < beganBefore;
  });
}

/** The index of the segment that `offset` is in or behind, 0 for one before all. */
function indexOf(segments: readonly CandidateSegment[], offset: number): number {
  return Math.max(
    0,
    segments.findLastIndex(({ baseOffset }) => baseOffset <= offset),
  );
}
