import { describe, expect, it } from "vitest";
import { rounds } from "../../kit/long-form.js";
import { MissingSync, recordSites } from "../sync-sites.js";
import { forEachSeed } from "./seeds.js";
import { TransactionRun } from "./transaction-run.js";

describe("a log with transactions whose machine loses its power", () => {
  it("lists what was aborted, nothing that was committed, and keeps what is open from being stable", async () => {
    let ended = 0;
    await forEachSeed(rounds(150, 20_000), async (seed) => {
      const run = new TransactionRun(seed);
      await run.run();
      ended += run.endedCount;
    });
    expect(ended).toBeGreaterThan(300);
  }, 600_000);

  it("would show aborted records, were transaction indexes not synced", async () => {
    const sites = new Map<string, number[]>();
    for (let seed = 1; seed <= 40; seed += 1) {
      const seen = new Set<string>();
      await new TransactionRun(seed, { judge: recordSites(seen) }).run();
      for (const site of seen) {
        if (site.includes(".txnindex")) sites.set(site, [...(sites.get(site) ?? []), seed]);
      }
    }
    expect([...sites.keys()]).not.toEqual([]);
    for (const [site, seeds] of sites) expect(await isMissed(site, seeds), site).toBe(true);
  }, 600_000);
});

async function isMissed(site: string, seeds: readonly number[]): Promise<boolean> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const { judge, alsoDiesAt } = new MissingSync(site, attempt);
    try {
      await new TransactionRun(seeds[attempt % seeds.length] as number, { judge, alsoDiesAt }).run();
    } catch {
      return true;
    }
  }
  return false;
}
