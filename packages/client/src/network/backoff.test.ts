import fc from "fast-check";
import { expect, it } from "vitest";
import { backoffMs } from "./backoff.js";

it("doubles from the base up to the most, give or take a fifth", () => {
  const random = { next: () => 0.5, bytes: () => new Uint8Array() };
  const waits = [1, 2, 3, 4, 5, 6, 1_000].map((failures) => backoffMs({ baseMs: 50, maxMs: 1_000 }, failures, random));
  expect(waits).toEqual([50, 100, 200, 400, 800, 1_000, 1_000]);
  const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), jitter, (failures, next) => {
      const wait = backoffMs({ baseMs: 50, maxMs: 1_000 }, failures, { ...random, next: () => next });
      expect(wait).toBeGreaterThanOrEqual(40);
      expect(wait).toBeLessThanOrEqual(1_200);
    }),
  );
});
