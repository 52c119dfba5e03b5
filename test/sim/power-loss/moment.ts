import type { FileOperation } from "../disk/sim-files.js";
import type { SeededRandom } from "../seeded-random.js";

/** What is seldom done, and so seldom hit by a moment that is merely random. */
const isRare = ({ kind, path }: FileOperation): boolean =>
  kind === "rename" || kind === "unlink" || kind === "truncate" || (kind === "create" && !path.endsWith("index"));

/**
 * Chooses when a machine dies: after some number of operations on files, or at or soon after one of the rarer ones. Answers a
 * function that is told of every operation and says when it is time.
 */
export function momentOfDeath(random: SeededRandom, most: readonly number[]): (operation: FileOperation) => boolean {
  if (random.chance(0.7)) {
    const last = random.between(0, random.pick(most));
    return ({ index }) => index === last;
  }
  let rareLeft = random.between(1, random.pick([1, 3, 10]));
  let left = random.between(0, 4);
  return (operation) => {
    if (rareLeft > 0 && isRare(operation)) rareLeft -= 1;
    if (rareLeft > 0) return false;
    left -= 1;
    return left < 0;
  };
}
