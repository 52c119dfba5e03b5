import { crc32c } from "@ottla/protocol";
import { baseOffsetAt, batchHeaderLength, batchSizeAt, checkedBytes, crcAt } from "./batch-header.js";
import { floorIndex } from "./log-reader.js";
import { scanSegment } from "./scan-segment.js";
import type { Segment } from "./segment.js";

/** Where a log stops being good. */
export interface ScanStop {
  readonly segment: Segment;
  /** The segment begins where the one before ended; else all of it is wrong here. */
  readonly followsOn: boolean;
  readonly index: number;
  readonly position: number;
  readonly fileBytes: number;
  readonly reason: string;
  /** Below the recovery point, and not just a file that ends too early: good data may lie behind. */
  readonly isDamage: boolean;
}

export interface LogScan {
  /** Index of the first segment that was read. */
  readonly first: number;
  /** One past the last good offset. */
  readonly nextOffset: number;
  readonly stop: ScanStop | undefined;
}

/** Reads the segments from the recovery point on, checking every batch, and fills in what they hold. */
export async function scanLog(
  segments: readonly Segment[],
  limits: {
    readonly recoveryPoint: number;
    readonly logStartOffset: number;
    readonly indexIntervalBytes: number;
    /** Compaction took batches below. */
    readonly gapsBefore: number;
  },
): Promise<LogScan> {
  const { recoveryPoint, indexIntervalBytes } = limits;
  const first = floorIndex(segments, recoveryPoint);
  // A log begins at or below its start; one that does not has lost its first segment.
  const start = segments[first]?.baseOffset ?? limits.logStartOffset;
  let nextOffset = first === 0 ? Math.min(start, limits.logStartOffset) : start;
  for (const [index, segment] of segments.entries()) {
    if (index < first) continue;
    const fileBytes = segment.sizeInBytes;
    const isGap = segment.baseOffset > nextOffset && segment.baseOffset <= limits.gapsBefore;
    if (segment.baseOffset !== nextOffset && !isGap) {
      const reason = `a segment that begins at ${segment.baseOffset}`;
      const isDamage = nextOffset < recoveryPoint;
      return {
        first,
        nextOffset,
        stop: { segment, followsOn: false, index, position: 0, fileBytes, reason, isDamage },
      };
    }
    segment.clear();
    const gapsBefore = Math.max(recoveryPoint, limits.gapsBefore);
    const scan = await scanSegment(segment, fileBytes, { gapsBefore, indexIntervalBytes });
    if (index < segments.length - 1) segment.finish();
    nextOffset = scan.nextOffset;
    if (scan.reason === undefined) continue;
    const { position, reason } = scan;
    const isDamage =
      nextOffset < recoveryPoint &&
      (index < segments.length - 1 || (await holdsBatch(segment, position, fileBytes, nextOffset)));
    return { first, nextOffset, stop: { segment, followsOn: true, index, position, fileBytes, reason, isDamage } };
  }
  return { first, nextOffset, stop: undefined };
}

const searchMaxBytes = 256 * 1024 * 1024;

/**
 * Whether a whole good batch lies somewhere behind `position`. A torn write leaves none; a batch of which a bit flipped, in
 * its length say, has its successors behind it.
 */
async function holdsBatch(segment: Segment, position: number, fileBytes: number, offset: number): Promise<boolean> {
  if (fileBytes - position > searchMaxBytes) return true;
  const bytes = Buffer.allocUnsafe(fileBytes - position);
  const held = await segment.file.readAsync(bytes, position);
  // The torn batch itself, had its bytes only been damaged, counts as data too.
  const size = held < batchHeaderLength ? undefined : batchSizeAt(bytes, 0);
  if (size !== undefined && size <= held) return true;
  for (let at = 1; at + batchHeaderLength <= held; at += 1) {
    if (bytes[at + 16] !== 2) continue;
    const behind = batchSizeAt(bytes, at);
    if (behind === undefined || at + behind > held || baseOffsetAt(bytes, at) < offset) continue;
    if (crc32c(checkedBytes(bytes, at, behind)) === crcAt(bytes, at)) return true;
  }
  return false;
}
