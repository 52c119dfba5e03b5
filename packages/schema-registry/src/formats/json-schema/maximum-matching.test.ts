import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maximumMatching } from "./maximum-matching.js";

/** The size of the largest matching, by trying all. */
function largest(fits: readonly (readonly number[])[], taken: ReadonlySet<number> = new Set()): number {
  const [first, ...rest] = fits;
  if (first === undefined) return 0;
  const sizes = first
    .filter((right) => !taken.has(right))
    .map((right) => 1 + largest(rest, new Set([...taken, right])));
  return Math.max(largest(rest, taken), ...sizes);
}

describe("maximumMatching", () => {
  it("pairs as many as can be paired, each once and with what fits", () => {
    const graph = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 5 })), { maxLength: 6 });
    fc.assert(
      fc.property(graph, (fits) => {
        const matching = maximumMatching(fits);
        expect(matching.size).toBe(largest(fits));
        expect(new Set(matching.values()).size).toBe(matching.size);
        for (const [left, right] of matching) expect(fits[left]).toContain(right);
      }),
      { numRuns: 500 },
    );
  });
});
