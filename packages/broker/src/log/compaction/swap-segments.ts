import type { FileSystem } from "@ottla/world";
import type { AbortedTransaction } from "../aborted-transaction.js";
import type { LogEnvironment } from "../log-environment.js";
import type { LogFolder } from "../log-folder.js";
import { Segment } from "../segment.js";
import { SegmentIndexes } from "../segment-indexes.js";
import type { CleanedSegment } from "./cleaned-segment.js";
import { CleaningStopped } from "./cleaning-stopped.js";

export const swapSuffix = ".swap";
export const deletedSuffix = ".deleted";

/**
 * Puts a cleaned segment, which is on the disk, in the place of the group that it was made of. All in one turn, so that no reader
 * meets half of it, and so that after a crash at any moment a start can undo or finish it (see `finishSwaps`):
 *
 * 1. `<base>.log.cleaned` becomes `<base>.log.swap`, surely: from here on the group is replaced.
 * 2. Those of the group become `.deleted`, and the transaction index of the first goes, surely: what lies beside a swapped
 *    segment must not be read together with it. The first too: Windows lets an open file be renamed, but not be replaced.
 * 3. `<base>.log.swap` becomes `<base>.log`.
 *
 * When something of this fails, the group is as it was. A `.swap` that could not be removed again is finished by the next start.
 *
 * @param aborted - The aborted transactions whose markers it holds.
 * @throws {@link CleaningStopped} when the group is not in the log any more.
 */
export function swapSegments(
  env: LogEnvironment,
  folder: LogFolder,
  group: readonly Segment[],
  cleaned: CleanedSegment,
  aborted: readonly AbortedTransaction[],
): void {
  const { files } = env.openFiles;
  const [first, ...others] = group;
  const last = group.at(-1);
  const index = first === undefined ? -1 : folder.segments.indexOf(first);
  const isThere = group.every((segment, at) => folder.segments[index + at] === segment && !segment.isRemoved);
  if (first === undefined || last === undefined || index < 0 || !isThere) {
    throw new CleaningStopped(`${cleaned.path}: its segments were removed meanwhile`);
  }
  const swap = `${first.file.path}${swapSuffix}`;
  const moved: string[] = [];
  try {
    files.rename(cleaned.path, swap);
    files.syncDirectory(folder.path);
    for (const { file } of group) {
      files.rename(file.path, `${file.path}${deletedSuffix}`);
      moved.push(file.path);
    }
    first.transactions.remove();
    files.syncDirectory(folder.path);
    files.rename(swap, first.file.path);
  } catch (error) {
    undo(files, folder.path, swap, moved);
    throw error;
  }
  // Who reads the old ones goes on with what is open.
  for (const segment of group) segment.retire();
  for (const { file } of group) tryTo(() => files.unlink(`${file.path}${deletedSuffix}`));
  for (const segment of others) tryTo(() => segment.removeIndexes());
  const content = { sizeInBytes: cleaned.sizeInBytes, nextOffset: last.nextOffset };
  const indexes = new SegmentIndexes(first.baseOffset, {
    offsets: Buffer.from(cleaned.indexes.offsets.buffer),
    times: Buffer.from(cleaned.indexes.times.buffer),
  });
  const segment = Segment.cleaned(env, folder.path, first.baseOffset, content, indexes, aborted);
  folder.segments.splice(index, group.length, segment);
  folder.tail.hideBefore(last.nextOffset);
}

function undo(files: FileSystem, folder: string, swap: string, moved: readonly string[]): void {
  for (const path of moved) files.rename(`${path}${deletedSuffix}`, path);
  tryTo(() => {
    // Until the old names are on the disk, the swapped segment is all that a start is sure to find.
    if (moved.length > 0) files.syncDirectory(folder);
    files.unlink(swap);
  });
}

function tryTo(remove: () => void): void {
  try {
    remove();
  } catch {
    // It goes with the next start.
  }
}
