import { describe, expect, it } from "vitest";
import { isLongForm, rounds } from "../kit/long-form.js";
import { forEachSeed } from "../sim/power-loss/seeds.js";
import { SimulatedChaos } from "./simulated-chaos.js";

describe("a simulated broker to which everything happens while clients work", () => {
  it("loses, repeats, tears, reorders and shows nothing that it may not", async () => {
    let [deaths, committed, writes] = [0, 0, 0];
    await forEachSeed(rounds(100, 20_000), async (seed) => {
      // Much happens in little time as well, and many short runs see more starts than few long ones.
      const chaos = new SimulatedChaos(seed, !isLongForm && seed % 10 !== 0 ? { harmMs: 400 } : {});
      await chaos.run();
      deaths += chaos.counts.deaths;
      committed += chaos.counts.committed;
      writes += chaos.counts.writes;
    });
    console.log(`${deaths} deaths, ${committed} transactions committed, ${writes} records acknowledged`);
    expect(Math.min(deaths, committed, writes)).toBeGreaterThan(0);
  }, 36_000_000);

  it("does the same thing for the same seed, to the bit", async () => {
    const fingerprint = async (seed: number): Promise<string> => {
      const chaos = new SimulatedChaos(seed, { harmMs: 800 });
      await chaos.run();
      return chaos.sim.trace.fingerprint;
    };
    for (const seed of [1, 2]) expect(await fingerprint(seed)).toBe(await fingerprint(seed));
  });
});
