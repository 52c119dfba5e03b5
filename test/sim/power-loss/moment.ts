import type { FileOperation } from "../disk/sim-files.js";
import type { SeededRandom } from "../seeded-random.js";

/** What is seldom done, and so seldom hit by a moment that is merely random. */
const isRare = ({ kind, path }: FileOperation): boolean =>
  kind === "rename" || kind === "unlink" || kind === "truncate" || (kind === "create" && !path.endsWith("index"));

/** When as much as possible is written and not synced: a sync is announced before it is done. */
const isSync = ({ kind }: FileOperation): boolean => kind === "datasync";

/**
 * Chooses when a machine dies: after some number of operations on files, at a sync, or at or soon after one of the rarer
 * operations. Answers a function that is told of every operation and says when it is time.
 */
export function momentOfDeath(random: SeededRandom, most: readonly number[]): (operation: FileOperation) => boolean {
  const way = random.next();
  if (way < 0.5) {
    const last = random.between(0, random.pick(most));
    return ({ index }) => index === last;
  }
  const isIt = way < 0.75 ? isRare : isSync;
  let wanted = random.between(1, random.pick([1, 3, 10]));
  let more = way < 0.75 ? random.between(0, 4) : 0;
  return (operation) => {
    if (wanted > 0 && isIt(operation)) wanted -= 1;
    if (wanted > 0) return false;
    more -= 1;
    return more < 0;
  };
}
