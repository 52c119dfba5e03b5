import { describe, expect, it } from "vitest";
import { rounds } from "../../kit/long-form.js";
import { LogStoreRun } from "./log-store-run.js";
import { forEachSeed } from "./seeds.js";

describe("a log store whose machine loses its power", () => {
  it("keeps what was acknowledged or read, once, in order, where it was", async () => {
    let told = 0;
    await forEachSeed(rounds(600, 20_000), async (seed) => {
      const run = new LogStoreRun(seed);
      await run.run();
      told += run.toldCount;
    });
    expect(told).toBeGreaterThan(0);
  }, 600_000);

  it("does the same thing for the same seed", async () => {
    const fingerprint = async (seed: number): Promise<string> => {
      const run = new LogStoreRun(seed);
      await run.run();
      return run.sim.trace.fingerprint;
    };
    for (const seed of [1, 2, 3]) expect(await fingerprint(seed)).toBe(await fingerprint(seed));
  });
});
