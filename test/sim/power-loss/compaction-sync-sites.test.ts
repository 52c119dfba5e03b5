import { describe, expect, it } from "vitest";
import { recordSites } from "../sync-sites.js";
import { CompactionRun } from "./compaction-run.js";
import { seedsPerSite, sitesNotMissed, type Without } from "./missed-sites.js";

/** Calls whose absence no run showed, and why they are there all the same. */
const excused: readonly { readonly site: RegExp; readonly why: string }[] = [
  {
    site: /^datasync \S+\/(recovery-point|cleaner)-offset-checkpoint\.(tmp|now) /,
    why: "a checkpoint that is torn or old is not believed, or believed less: recovery or compaction does more",
  },
  {
    site: /^syncDirectory \S+ \(finish-swaps:\d+ finishSwaps\)/,
    why: "not harmless, but not seen in 6,000 runs: a swap of several segments, a start that finishes it, and of that the last name alone on the disk",
  },
];

/** Calls that only a rare run of events misses: found among some thousand seeds, which is for the long form. */
const rarelyMissed: readonly RegExp[] = [
  // The power goes between the renames of one swap, and what comes later of them is on the disk alone.
  /^syncDirectory \S+ \(swap-segments:\d+ swapSegments\)/,
  // The power goes in the middle of the first swap of a log, and only that is on the disk.
  /^syncDirectory \S+ \(finish-swaps:\d+ allowGapsBefore\)/,
];

const isOfCompaction = (site: string) => /\((swap-segments|finish-swaps|cleaned-segment|checkpoints):/.test(site);

describe("every sync call of compaction", () => {
  it("is missed when it is taken away", async () => {
    const seedsOf = new Map<string, number[]>();
    for (let seed = 1; seed <= seedsPerSite; seed += 1) {
      const sites = new Set<string>();
      await new CompactionRun(seed, { judge: recordSites(sites) }).run();
      for (const site of sites) {
        if (isOfCompaction(site)) seedsOf.set(site, [...(seedsOf.get(site) ?? []), seed]);
      }
    }
    expect(seedsOf.size).toBeGreaterThan(3);
    const run = (seed: number, without: Without) => new CompactionRun(seed, without).run();
    expect(await sitesNotMissed(seedsOf, { excused, rarelyMissed, run })).toEqual([]);
  }, 3_600_000);
});
