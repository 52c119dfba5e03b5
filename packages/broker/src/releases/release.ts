import { type HandlerTable, handlerTableOf } from "../handlers/handler.js";
import { type KafkaRelease, releases, releaseVersions } from "./release-versions.js";

/** First and last version of an API. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** A feature as ApiVersions tells it: the levels that can be had, and the one that is. */
interface Levels {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly finalized: number;
}

/** @throws RangeError for a release that is not known, with those that are. */
export function checkRelease(name: string): asserts name is KafkaRelease {
  if (releases.some((each) => each === name)) return;
  throw new RangeError(`There are no facts about Kafka ${name}: a broker can act as ${releases.join(", ")}`);
}

/** What a broker of that release serves of an API; `undefined` where it does not have it. */
export function versionsIn(release: KafkaRelease, api: string): VersionRange | undefined {
  let found: VersionRange | undefined;
  const names: readonly string[] = releases;
  for (const change of releaseVersions[api]?.split(" ") ?? []) {
    const [since = "", range = ""] = change.split(":");
    if (names.indexOf(since) > names.indexOf(release)) break;
    const [min = 0, max = 0] = range.split("-").map(Number);
    found = { min, max };
  }
  return found;
}

/** The handlers that a broker of that release has as well, in the versions that both serve. */
export function actingAs(release: KafkaRelease, table: HandlerTable): HandlerTable {
  return handlerTableOf(
    [...table.values()].flatMap((entry) => {
      const versions = versionsIn(release, entry.api.name);
      if (versions === undefined) return [];
      const minVersion = Math.max(entry.minVersion ?? entry.api.minVersion, versions.min);
      const maxVersion = Math.min(entry.maxVersion ?? entry.api.maxVersion, versions.max);
      return minVersion > maxVersion ? [] : [{ ...entry, minVersion, maxVersion }];
    }),
  );
}

// Of `metadata.version`, the level of each release that has KRaft's features; of the others, the release that brought them.
const metadataLevels: Partial<Readonly<Record<KafkaRelease, number>>> = Object.freeze({
  "3.3": 7,
  "3.4": 8,
  "3.5": 11,
  "3.6": 14,
  "3.7": 19,
  "3.8": 20,
  "3.9": 21,
  "4.0": 25,
  "4.1": 27,
  "4.2": 29,
  "4.3": 30,
});
const broughtBy: Readonly<Record<string, KafkaRelease>> = Object.freeze({
  "kraft.version": "3.9",
  "transaction.version": "4.0",
  "group.version": "4.0",
  "eligible.leader.replicas.version": "4.0",
  "share.version": "4.1",
  "streams.version": "4.2",
});

/** The features of a broker as one of that release tells them. */
export function featuresIn<F extends Levels>(release: KafkaRelease, features: readonly F[]): readonly F[] {
  return features.flatMap((feature) => {
    if (feature.name !== "metadata.version") {
      const since = broughtBy[feature.name];
      return since !== undefined && releases.indexOf(since) <= releases.indexOf(release) ? [feature] : [];
    }
    const level = metadataLevels[release];
    if (level === undefined) return [];
    return [{ ...feature, minVersion: Math.min(feature.minVersion, level), maxVersion: level, finalized: level }];
  });
}
