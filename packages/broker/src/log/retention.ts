import type { LogConfig } from "./log-config.js";

/** What retention looks at of a segment. */
export interface RetainedSegment {
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly sizeInBytes: number;
  /** Its records' greatest time, or when it was last written where they have none. */
  readonly latestMs: number;
}

/**
 * The log start offset that time and size limits ask for, oldest segment first. Nothing at or past the high watermark goes, and
 * the answer may be the log end: then the last segment is done as well.
 */
export function retainedFrom(
  segments: readonly RetainedSegment[],
  limits: { readonly config: LogConfig; readonly nowMs: number; readonly highWatermark: number },
): number | undefined {
  const { config, nowMs, highWatermark } = limits;
  if (!config.cleanupPolicy.includes("delete")) return undefined;
  let excess =
    config.retentionBytes < 0
      ? -1
      : segments.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0) - config.retentionBytes;
  let from: number | undefined;
  const active = segments.at(-1);
  for (const segment of segments) {
    const { nextOffset, sizeInBytes, latestMs } = segment;
    if (nextOffset > highWatermark || (sizeInBytes === 0 && segment === active)) break;
    // Compaction emptied it: how it ends is for those behind to say.
    if (sizeInBytes === 0) continue;
    const isTooOld = config.retentionMs >= 0 && nowMs - latestMs > config.retentionMs;
    const isTooMuch = excess >= sizeInBytes;
    if (!isTooOld && !isTooMuch) break;
    excess -= sizeInBytes;
    from = nextOffset;
  }
  return from;
}
