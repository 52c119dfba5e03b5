import { isLongForm, rounds } from "../../kit/long-form.js";
import type { FileOperation, Verdict } from "../disk/sim-files.js";
import { MissingSync } from "../sync-sites.js";

/** How many seeds a site is looked for in, and how many runs it may take to miss its call. */
export const seedsPerSite = rounds(200, 5_000);

/** What a run is told to do without a call. */
export interface Without {
  readonly judge: (operation: FileOperation) => Verdict;
  readonly alsoDiesAt: (operation: FileOperation) => boolean;
}

export interface MissedSitesOptions {
  /** Calls whose absence no run shows, and why they are there all the same. */
  readonly excused: readonly { readonly site: RegExp; readonly why: string }[];
  /** Calls that only a rare run of events misses: found among some thousand seeds, which is for the long form. */
  readonly rarelyMissed: readonly RegExp[];
  /** Runs what the call is taken away from. Throws where it is missed. */
  readonly run: (seed: number, without: Without) => Promise<void>;
}

/** The sites, each with the seeds that come by it, whose call nothing misses when it is taken away. */
export async function sitesNotMissed(
  seedsOf: ReadonlyMap<string, readonly number[]>,
  { excused, rarelyMissed, run }: MissedSitesOptions,
): Promise<readonly string[]> {
  const report: string[] = [];
  const notMissed: string[] = [];
  for (const [site, seeds] of [...seedsOf].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const isExcused =
      excused.some((known) => known.site.test(site)) || (!isLongForm && rarelyMissed.some((rare) => rare.test(site)));
    if (isExcused && !isLongForm) continue;
    const attempt = await firstViolation(site, seeds, run);
    report.push(`${attempt === undefined ? "not missed" : `missed in run ${attempt}`}\t${site}`);
    if (attempt === undefined && !isExcused) notMissed.push(site);
  }
  if (process.env.OTTLA_SIM_REPORT === "1") process.stdout.write(`${report.join("\n")}\n`);
  return notMissed;
}

/** How many runs of seeds that come by a site it took to see that its call is missing. */
async function firstViolation(
  site: string,
  seeds: readonly number[],
  run: MissedSitesOptions["run"],
): Promise<number | undefined> {
  for (let attempt = 0; attempt < seedsPerSite; attempt += 1) {
    const seed = seeds[attempt % seeds.length] as number;
    // A seed that has been tried is tried with the power going at other moments.
    const { judge, alsoDiesAt } = new MissingSync(site, attempt);
    try {
      await run(seed, { judge, alsoDiesAt });
    } catch {
      return attempt + 1;
    }
  }
  return undefined;
}
