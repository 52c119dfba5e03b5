import { describe, expect, it } from "vitest";
import { isLongForm } from "../kit/long-form.js";
import { ProcessChaos } from "./process-chaos.js";

const seed = Number(process.env.OTTLA_CHAOS_SEED ?? (isLongForm ? Date.now() % 1_000_000 : 1));
const minutes = Number(process.env.OTTLA_CHAOS_MINUTES ?? 75);
const killsWanted = Number(process.env.OTTLA_CHAOS_KILLS ?? 1_000);
const killsOfRound = isLongForm ? 15 : 6;

describe("a broker process to which everything happens while clients work", () => {
  it(
    `loses, repeats, tears, reorders and shows nothing that it may not (again: OTTLA_CHAOS_SEED=${seed})`,
    async () => {
      const chaos = await ProcessChaos.start(seed);
      const began = performance.now();
      const isOver = (): boolean =>
        !isLongForm || (performance.now() - began > minutes * 60_000 && chaos.counts.kills >= killsWanted);
      do {
        await chaos.round(killsOfRound);
        const { kills, cuts, stalls, committed, writes, operations } = chaos.counts;
        console.log(
          `seed ${seed}, ${Math.round((performance.now() - began) / 1_000)} s: ${kills} kills, ${cuts} cuts, ${stalls} stalls; ` +
            `${committed} transactions committed, ${writes} records acknowledged, ${operations} operations checked`,
        );
      } while (!isOver());
      await chaos.stop();
      expect(chaos.counts.committed).toBeGreaterThan(0);
    },
    isLongForm ? 12 * 3_600_000 : 120_000,
  );
});
