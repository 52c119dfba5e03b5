import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retryBudgetMs } from "./retry.js";

describe("how long kafkajs would go on trying", () => {
  it.each([
    { title: "five waits that double", retry: {}, budgetMs: 1_000 + 300 + 600 + 1_200 + 2_400 + 4_800 },
    { title: "no retry", retry: { retries: 0 }, budgetMs: 1_000 },
    {
      title: "waits that reach their limit",
      retry: { retries: 4, maxRetryTime: 700 },
      budgetMs: 1_000 + 300 + 600 + 1_400,
    },
    { title: "waits that do not grow", retry: { retries: 10, multiplier: 1 }, budgetMs: 1_000 + 3_000 },
    { title: "for ever", retry: { retries: Number.MAX_SAFE_INTEGER }, budgetMs: 2 ** 31 - 1 },
  ])("$title", ({ retry, budgetMs }) => {
    expect(retryBudgetMs(retry, 1_000)).toBe(budgetMs);
  });

  it("is the sum of the waits, whatever they are", () => {
    const options = fc.record({
      retries: fc.nat(50),
      multiplier: fc.double({ min: 0.5, max: 4, noNaN: true }),
      initialRetryTime: fc.integer({ min: 1, max: 1_000 }),
      maxRetryTime: fc.integer({ min: 1, max: 60_000 }),
    });
    fc.assert(
      fc.property(options, (retry) => {
        let sum = 0;
        for (let attempt = 0; attempt < retry.retries; attempt += 1) {
          sum += Math.min(retry.maxRetryTime, retry.initialRetryTime * retry.multiplier ** attempt);
        }
        expect(retryBudgetMs(retry, 1)).toBeCloseTo(1 + sum, 1);
      }),
    );
  });
});
