import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { rounds } from "../../kit/long-form.js";
import { forEachSeed } from "../power-loss/seeds.js";
import { OutboxRun } from "./outbox-run.js";

// In memory where that can be had: the databases sync every commit, and nobody takes their power away here.
const root = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

async function runOf(seed: number): Promise<OutboxRun> {
  const folder = mkdtempSync(join(root, "ottla-outbox-sim-"));
  try {
    const run = new OutboxRun(seed, folder);
    await run.run();
    return run;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("outbox, relay, broker and inbox, all but the databases dying at any time", () => {
  it("carry every committed event to its one effect, in the order of its key", async () => {
    const total = { committed: 0, extra: 0, duplicates: 0 };
    await forEachSeed(rounds(60, 3_000), async (seed) => {
      const { counts } = await runOf(seed);
      total.committed += counts.committed;
      total.extra += counts.extra;
      total.duplicates += counts.duplicates;
    });
    if (process.env.OTTLA_SIM_SEED !== undefined) return;
    // Without copies that the inbox had to recognise the runs would have shown nothing.
    expect(total.extra).toBeGreaterThan(0);
    expect(total.duplicates).toBeGreaterThanOrEqual(total.extra);
  }, 3_600_000);

  it("do the same thing for the same seed", async () => {
    for (const seed of [1, 2, 3]) {
      const first = (await runOf(seed)).sim.trace.fingerprint;
      expect((await runOf(seed)).sim.trace.fingerprint).toBe(first);
    }
  });
});
