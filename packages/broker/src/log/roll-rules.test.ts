import { describe, expect, it } from "vitest";
import { batchOf, StoreFixture } from "../storage/store-fixture.js";
import { defaultLogConfig } from "./log-config.js";
import { mustRoll } from "./roll-rules.js";

const segment = {
  baseOffset: 100,
  sizeInBytes: 500,
  firstTimestamp: 1_000,
  createdMs: 50_000,
  indexEntries: { offsets: 3, times: 3 },
};
const batch = { size: 100, lastOffset: 200, maxTimestamp: 2_000, queuedBytes: 0 };
const config = { ...defaultLogConfig, segmentBytes: 1_000, segmentMs: 10_000, segmentIndexBytes: 80 };
const limits = { config, nowMs: 50_000, jitterShare: 0 };

describe("a segment", () => {
  it.each([
    { title: "that has room", is: {}, next: {}, expected: false },
    { title: "that is empty, whatever comes", is: { sizeInBytes: 0 }, next: { size: 5_000 }, expected: false },
    { title: "that the batch fills to the byte", is: {}, next: { size: 500 }, expected: false },
    { title: "that is too small for one byte more", is: {}, next: { size: 501 }, expected: true },
    { title: "that what is queued fills", is: {}, next: { queuedBytes: 401 }, expected: true },
    { title: "whose offsets reach 2^31 - 1", is: {}, next: { lastOffset: 100 + 2 ** 31 - 1 }, expected: false },
    { title: "whose offsets do not reach", is: {}, next: { lastOffset: 100 + 2 ** 31 }, expected: true },
    { title: "whose offset index is full", is: { indexEntries: { offsets: 10, times: 0 } }, next: {}, expected: true },
    {
      title: "whose time index has the last place left",
      is: { indexEntries: { offsets: 5, times: 5 } },
      next: {},
      expected: true,
    },
    { title: "as old as it may be", is: {}, next: { maxTimestamp: 11_000 }, expected: false },
    { title: "older than it may be", is: {}, next: { maxTimestamp: 11_001 }, expected: true },
    { title: "without times, begun long ago", is: { firstTimestamp: -1, createdMs: 39_999 }, next: {}, expected: true },
    { title: "without times, begun lately", is: { firstTimestamp: -1, createdMs: 40_000 }, next: {}, expected: false },
  ])("$title: $expected", ({ is, next, expected }) => {
    expect(mustRoll({ ...segment, ...is }, { ...batch, ...next }, limits)).toBe(expected);
  });

  it("is as old as it may be sooner, by its share of the jitter, which is no more than segment.ms", () => {
    const jittered = { ...limits, config: { ...config, segmentJitterMs: 60_000 }, jitterShare: 0.5 };
    expect(mustRoll(segment, { ...batch, maxTimestamp: 6_000 }, jittered)).toBe(false);
    expect(mustRoll(segment, { ...batch, maxTimestamp: 6_001 }, jittered)).toBe(true);
  });
});

describe("a log", () => {
  it("begins its segments at the batches that do not fit, and reads over them", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log({ segmentMs: 1_000 });
    for (const timestamp of [1_000, 1_500, 2_001, 3_001, 9_000]) log.append(batchOf(["v"], { timestamp }), "client");
    await log.whenDurable(5);
    expect(fixture.names(".log").map((name) => Number.parseInt(name, 10))).toEqual([0, 2, 4]);
  });
});
