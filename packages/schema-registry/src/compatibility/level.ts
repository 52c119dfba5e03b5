import type { Difference } from "./difference.js";

/** What a new version must fit: readers of it (`BACKWARD`), readers of the old ones (`FORWARD`), or both; the latest or all. */
export const compatibilityLevels = [
  "NONE",
  "BACKWARD",
  "BACKWARD_TRANSITIVE",
  "FORWARD",
  "FORWARD_TRANSITIVE",
  "FULL",
  "FULL_TRANSITIVE",
] as const;

export type CompatibilityLevel = (typeof compatibilityLevels)[number];

/** Which side of a pair would fail: consumers on the new schema, or consumers still on an old one. */
export type Direction = "backward" | "forward";

/** A difference with the version it was found against. */
export interface Incompatibility<D extends Difference = Difference> {
  /** Index into the earlier versions, oldest first. */
  readonly against: number;
  readonly direction: Direction;
  readonly difference: D;
}

/**
 * Judges a new version by a level. An empty answer is «compatible».
 *
 * @param earlier - The versions before it, oldest first. Levels without `_TRANSITIVE` look at the last one only.
 * @param compare - Says what keeps a reader's schema from reading what a writer's wrote; one per format.
 */
export function checkCompatibility<S, D extends Difference>(
  level: CompatibilityLevel,
  candidate: S,
  earlier: readonly S[],
  compare: (reader: S, writer: S) => readonly D[],
): readonly Incompatibility<D>[] {
  const first = level.endsWith("_TRANSITIVE") ? 0 : Math.max(earlier.length - 1, 0);
  const found: Incompatibility<D>[] = [];
  // The latest version first: it is the one people know.
  for (let against = earlier.length - 1; against >= first; against -= 1) {
    const old = earlier[against] as S;
    const add = (direction: Direction, differences: readonly D[]) => {
      for (const difference of differences) found.push({ against, direction, difference });
    };
    if (level.startsWith("BACKWARD") || level.startsWith("FULL")) add("backward", compare(candidate, old));
    if (level.startsWith("FORWARD") || level.startsWith("FULL")) add("forward", compare(old, candidate));
  }
  return found;
}
