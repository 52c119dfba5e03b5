import { describe, expect, it } from "vitest";
import { namedTopics, resetTarget } from "./reset-target.js";

describe("where a group is reset to", () => {
  it.each([
    { given: { toEarliest: true }, to: "earliest" },
    { given: { toLatest: true }, to: "latest" },
    { given: { shift: "-10" }, to: { shift: -10 } },
    { given: { toOffset: "12345678901234567890" }, to: { offset: 12_345_678_901_234_567_890n } },
    { given: { toTime: "1700000000000" }, to: { timestamp: 1_700_000_000_000 } },
    { given: { toTime: "2026-11-20T08:00:00Z" }, to: { timestamp: Date.UTC(2026, 10, 20, 8) } },
    { given: { toGroup: "audit" }, to: { committedBy: "audit" } },
  ] as const)("is $to for $given", ({ given, to }) => {
    expect(resetTarget(given)).toEqual(to);
  });

  it.each([
    { given: {}, says: "not said" },
    { given: { toEarliest: true, shift: "1" }, says: "more than once" },
    { given: { shift: "a few" }, says: "not a whole number" },
    { given: { toOffset: "-1" }, says: "not an offset" },
    { given: { toTime: "soon" }, says: "not a time" },
  ] as const)("is refused for $given", ({ given, says }) => {
    expect(() => resetTarget(given)).toThrow(says);
  });

  it("takes topics, and partitions of them", () => {
    expect(namedTopics([])).toBeUndefined();
    expect(namedTopics(["orders", "payments:0,2"])).toEqual([
      "orders",
      { topic: "payments", partition: 0 },
      { topic: "payments", partition: 2 },
    ]);
    expect(() => namedTopics(["orders:x"])).toThrow('"x" of "orders:x"');
  });
});
