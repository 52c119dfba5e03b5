import { expect, it } from "vitest";
import { type Duration, durationMs } from "./duration.js";

it.each([
  [0, 0],
  [1500, 1500],
  ["250ms", 250],
  ["30s", 30_000],
  ["1.5m", 90_000],
  ["2h", 7_200_000],
  ["7d", 604_800_000],
] as const)("%s is %d ms", (duration, ms) => {
  expect(durationMs(duration)).toBe(ms);
});

it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "", "s", "30 s", "-3s", "1w"])("%s is no duration", (text) => {
  expect(() => durationMs(text as Duration)).toThrow(/is no duration/);
});
