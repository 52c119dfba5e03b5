import { describe, expect, it } from "vitest";
import { defaultLogConfig, type LogConfig } from "./log-config.js";
import { type RetainedSegment, retainedFrom } from "./retention.js";

/** Four segments of 100 bytes and 10 offsets, the latest records of which came at 1,000, 2,000, 3,000 and 4,000. */
const segments: readonly RetainedSegment[] = [1, 2, 3, 4].map((number) => ({
  baseOffset: number * 10 - 10,
  nextOffset: number * 10,
  sizeInBytes: 100,
  latestMs: number * 1_000,
}));

function from(config: Partial<LogConfig>, limits: { nowMs?: number; highWatermark?: number } = {}): number | undefined {
  const unlimited = { ...defaultLogConfig, retentionMs: -1, retentionBytes: -1 };
  return retainedFrom(segments, { config: { ...unlimited, ...config }, nowMs: 4_500, highWatermark: 40, ...limits });
}

describe("retention", () => {
  it.each([
    { title: "keeps everything without limits", config: {}, expected: undefined },
    { title: "removes what is older", config: { retentionMs: 2_000 }, expected: 20 },
    { title: "keeps what is exactly as old", config: { retentionMs: 3_500 }, expected: undefined },
    { title: "removes the last segment too, once it is old", config: { retentionMs: 499 }, expected: 40 },
    { title: "removes whole segments that are above the size", config: { retentionBytes: 250 }, expected: 10 },
    { title: "keeps a segment that is needed for the size", config: { retentionBytes: 301 }, expected: undefined },
    { title: "removes all for a size of 0", config: { retentionBytes: 0 }, expected: 40 },
    {
      title: "removes by whichever goes further: time",
      config: { retentionMs: 2_000, retentionBytes: 300 },
      expected: 20,
    },
    {
      title: "removes by whichever goes further: size",
      config: { retentionMs: 3_000, retentionBytes: 100 },
      expected: 30,
    },
    {
      title: "does so in a log that is compacted too",
      config: { retentionMs: 2_000, cleanupPolicy: ["delete", "compact"] as const },
      expected: 20,
    },
    {
      title: "removes nothing from a log that is only compacted",
      config: { retentionMs: 0, retentionBytes: 0, cleanupPolicy: ["compact"] as const },
      expected: undefined,
    },
    { title: "removes nothing without a policy", config: { retentionMs: 0, cleanupPolicy: [] }, expected: undefined },
  ])("$title", ({ config, expected }) => {
    expect(from(config)).toBe(expected);
  });

  it("removes nothing that consumers could not read yet", () => {
    expect(from({ retentionBytes: 0 }, { highWatermark: 25 })).toBe(20);
  });

  it("stops at the first segment that stays, however old those behind it are", () => {
    const [first, second, third, last] = segments;
    if (first === undefined || second === undefined || third === undefined || last === undefined)
      throw new Error("four");
    const odd = [first, { ...second, latestMs: 9_000 }, third, last];
    const limits = { config: { ...defaultLogConfig, retentionMs: 100 }, nowMs: 9_000, highWatermark: 40 };
    expect(retainedFrom(odd, limits)).toBe(10);
  });
});
