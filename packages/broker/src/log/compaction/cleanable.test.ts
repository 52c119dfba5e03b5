import { describe, expect, it } from "vitest";
import { type CandidateLog, cleanableOf } from "./cleanable.js";

const never = Number.MAX_SAFE_INTEGER;
const nowMs = 10_000;

/** Segments of ten offsets and 100 bytes, the last of them active; segment n has times from n * 1000 to n * 1000 + 900. */
function logOf(
  count: number,
  changes: Partial<Omit<CandidateLog, "config">> & { readonly config?: Partial<CandidateLog["config"]> } = {},
): CandidateLog {
  const segments = Array.from({ length: count }, (_, index) => ({
    baseOffset: index * 10,
    sizeInBytes: 100,
    firstMs: () => index * 1000,
    latestMs: () => index * 1000 + 900,
  }));
  const end = count * 10;
  return {
    segments,
    logStartOffset: 0,
    logEndOffset: end,
    stableOffset: end,
    ...changes,
    config: { minCleanableDirtyRatio: 0.5, minCompactionLagMs: 0, maxCompactionLagMs: never, ...changes.config },
  };
}

describe("how dirty a log is", () => {
  it.each([
    { title: "all but the active segment, without a checkpoint", log: logOf(4), from: 0, to: 30, ratio: 1 },
    { title: "what is behind the checkpoint", log: logOf(5), checkpoint: 30, from: 30, to: 40, ratio: 0.25 },
    {
      title: "nothing where a round came to the active segment",
      log: logOf(4),
      checkpoint: 30,
      from: 30,
      to: 30,
      ratio: 0,
    },
    { title: "nothing in a log of one segment", log: logOf(1), from: 0, to: 0, ratio: 0 },
    { title: "nothing in an empty log", log: logOf(0), from: 0, to: 0, ratio: 0 },
    {
      title: "all, where the checkpoint is past the log end",
      log: logOf(4),
      checkpoint: 99,
      from: 0,
      to: 30,
      ratio: 1,
    },
    {
      title: "all from the log start on, where the checkpoint is below",
      log: logOf(4, { logStartOffset: 15 }),
      checkpoint: 10,
      from: 15,
      to: 30,
      ratio: 0.5,
    },
    {
      title: "no segment that holds the last stable offset",
      log: logOf(4, { stableOffset: 25 }),
      from: 0,
      to: 20,
      ratio: 1,
    },
    {
      title: "nothing, where the last stable offset is below the checkpoint",
      log: logOf(4, { stableOffset: 15 }),
      checkpoint: 30,
      from: 30,
      to: 30,
      ratio: 0,
    },
    {
      title: "no segment with a record younger than min.compaction.lag.ms, nor those behind it",
      log: logOf(4, { config: { minCompactionLagMs: 8_500 } }),
      from: 0,
      to: 10,
      ratio: 1,
    },
    {
      title: "a segment as old as min.compaction.lag.ms",
      log: logOf(4, { config: { minCompactionLagMs: 8_100 } }),
      from: 0,
      to: 20,
      ratio: 1,
    },
  ])("$title", ({ log, checkpoint, from, to, ratio }) => {
    const cleanable = cleanableOf(log, checkpoint, nowMs);
    expect(cleanable).toMatchObject({ firstDirtyOffset: from, firstUncleanableOffset: to });
    expect(cleanable.dirtyRatio).toBeCloseTo(ratio);
  });

  it.each([
    { title: "above min.cleanable.dirty.ratio", config: { minCleanableDirtyRatio: 0.24 }, isDue: true },
    { title: "not at it", config: { minCleanableDirtyRatio: 0.25 }, isDue: false },
    {
      title: "at any share when a dirty segment began max.compaction.lag.ms ago",
      config: { minCleanableDirtyRatio: 1, maxCompactionLagMs: 6_999 },
      isDue: true,
    },
    {
      title: "not before that",
      config: { minCleanableDirtyRatio: 1, maxCompactionLagMs: 7_000 },
      isDue: false,
    },
  ])("is due $title", ({ config, isDue }) => {
    expect(cleanableOf(logOf(5, { config }), 30, nowMs).isDue).toBe(isDue);
  });

  it("is not due when nothing is dirty, however long ago it began", () => {
    const config = { minCleanableDirtyRatio: 0, maxCompactionLagMs: 1 };
    expect(cleanableOf(logOf(4, { config }), 30, nowMs).isDue).toBe(false);
  });
});
