import type { Timers } from "@ottla/world";
import type { LogEnvironment } from "../log-environment.js";
import type { SegmentedLog } from "../segmented-log.js";
import type { CleanedGroup } from "./clean-segments.js";
import type { Cleanable } from "./cleanable.js";
import { discardCleaned } from "./cleaned-segment.js";
import type { CleaningPlace } from "./cleaning-place.js";
import { type CleanerLimits, planCleaning } from "./cleaning-plan.js";
import { CleaningStopped } from "./cleaning-stopped.js";
import { swapSegments } from "./swap-segments.js";

/** What a round did. */
export interface CleanedLog {
  /** Where the next one begins. */
  readonly nextDirtyOffset: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** What a round is done with. */
export interface CleaningRound {
  readonly env: LogEnvironment;
  readonly timers: Timers;
  readonly limits: CleanerLimits;
  readonly place: Pick<CleaningPlace, "clean">;
  readonly signal: AbortSignal;
}

/**
 * One round of compaction: what has to be known is put together here, the files are gone through at another place, and group after
 * group of segments is replaced here by what is left of it.
 *
 * @throws {@link CleaningStopped}
 */
export async function cleanLog(log: SegmentedLog, cleanable: Cleanable, round: CleaningRound): Promise<CleanedLog> {
  const { env, timers, limits, place, signal } = round;
  const { folder } = log;
  const { files } = env.openFiles;
  const { plan, segments } = await planCleaning(log, cleanable, env, limits);
  let nextDirtyOffset = cleanable.firstDirtyOffset;
  let bytesRead = 0;
  let bytesWritten = 0;
  try {
    for await (const group of place.clean(plan, signal)) {
      await inOwnTurn(timers, () => take(group));
      nextDirtyOffset = group.nextDirtyOffset;
      bytesRead += group.bytesRead;
      bytesWritten += group.bytesWritten;
    }
    return { nextDirtyOffset, bytesRead, bytesWritten };
  } catch (error) {
    discardCleaned(files, folder.path);
    // Files that are gone make the round fail in any way.
    const isCutShort = segments.some(({ isRemoved, isReplaced }) => isRemoved && !isReplaced);
    if (!isOver() && !isCutShort) throw error;
    throw new CleaningStopped(`${folder.path} was closed, or its segments were removed`, { cause: error });
  }

  function isOver(): boolean {
    return signal.aborted || log.isDeleted || !log.isUsable;
  }

  function take({ baseOffset, segmentCount, replacement, aborted }: CleanedGroup): void {
    if (isOver()) throw new CleaningStopped(`${folder.path} is closed`);
    if (replacement === undefined) return;
    const index = segments.findIndex((segment) => segment.baseOffset === baseOffset);
    swapSegments(env, folder, segments.slice(index, index + segmentCount), replacement, aborted);
  }
}

/** Does something when nobody is in the middle of anything but waiting for the disk or the network. */
function inOwnTurn(timers: Timers, work: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    timers.endOfTurn(() => {
      try {
        work();
        resolve();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}
