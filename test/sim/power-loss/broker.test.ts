import { describe, expect, it } from "vitest";
import { rounds } from "../../kit/long-form.js";
import { BrokerRun } from "./broker-run.js";
import { forEachSeed } from "./seeds.js";

describe("a broker whose machine loses its power while clients work", () => {
  it("keeps every acknowledged record, commit and topic, once, in order, and what was read where it was read", async () => {
    let acknowledged = 0;
    let read = 0;
    await forEachSeed(rounds(1_000, 30_000), async (seed) => {
      const run = new BrokerRun(seed);
      await run.run();
      acknowledged += run.counts.acknowledged;
      read += run.counts.read;
    });
    expect(acknowledged).toBeGreaterThan(0);
    expect(read).toBeGreaterThan(0);
  }, 3_600_000);

  it("does the same thing for the same seed: broker and clients, to the bit", async () => {
    const fingerprint = async (seed: number): Promise<string> => {
      const run = new BrokerRun(seed);
      await run.run();
      return run.sim.trace.fingerprint;
    };
    for (const seed of [1, 2, 3]) expect(await fingerprint(seed)).toBe(await fingerprint(seed));
  });
});
