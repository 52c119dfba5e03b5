import { describe, expect, it } from "vitest";
import { rounds } from "../../kit/long-form.js";
import { CompactionRun } from "./compaction-run.js";
import { forEachSeed } from "./seeds.js";

describe("a compacting log whose machine loses its power", () => {
  it("has the last value of every key, and nothing that was deleted or aborted", async () => {
    let cleaned = 0;
    await forEachSeed(rounds(300, 20_000), async (seed) => {
      const run = new CompactionRun(seed);
      await run.run();
      cleaned += run.rounds;
    });
    expect(cleaned).toBeGreaterThan(0);
  }, 600_000);

  it("does the same thing for the same seed", async () => {
    const fingerprint = async (seed: number): Promise<string> => {
      const run = new CompactionRun(seed);
      await run.run();
      return run.sim.trace.fingerprint;
    };
    for (const seed of [1, 2, 3]) expect(await fingerprint(seed)).toBe(await fingerprint(seed));
  });
});
