import type { AbortedTransaction } from "../aborted-transaction.js";
import type { LogConfig } from "../log-config.js";
import type { LogEnvironment } from "../log-environment.js";
import type { Segment } from "../segment.js";
import type { SegmentedLog } from "../segmented-log.js";
import type { Cleanable } from "./cleanable.js";
import { allowGapsBefore } from "./finish-swaps.js";
import { type RememberedProducer, rememberedProducers } from "./remembered-batches.js";

/** What one round may take. */
export interface CleanerLimits {
  /** `log.cleaner.dedupe.buffer.size`, in bytes: keys beyond it wait for the next round. */
  readonly dedupeBufferBytes: number;
  /** `log.cleaner.io.buffer.load.factor`. */
  readonly dedupeBufferLoad: number;
  /** `log.cleaner.io.buffer.size`, in bytes, half for reading. A longer batch takes what it needs. */
  readonly ioBufferBytes: number;
}

/** A segment as a round meets it: nothing is appended to it any more. */
export interface PlannedSegment {
  readonly path: string;
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly sizeInBytes: number;
}

/** All that a round of compaction has to know besides what is in the files. It can be cloned, for a worker to carry it out. */
export interface CleaningPlan {
  /** The partition's. */
  readonly folder: string;
  /** Those that the round may replace, oldest first. */
  readonly segments: readonly PlannedSegment[];
  readonly firstDirtyOffset: number;
  /** Where the batch with it begins, in the segment that holds it. */
  readonly firstDirtyPosition: number;
  readonly firstUncleanableOffset: number;
  readonly dirtyBytes: number;
  /** Those with records in {@link CleaningPlan.segments}. */
  readonly aborted: readonly AbortedTransaction[];
  readonly producers: readonly RememberedProducer[];
  readonly nowMs: number;
  readonly config: Pick<LogConfig, "segmentBytes" | "segmentIndexBytes" | "indexIntervalBytes" | "deleteRetentionMs">;
  readonly limits: CleanerLimits;
}

/** A plan, and the segments that it is about, in its order. */
export interface PlannedCleaning {
  readonly plan: CleaningPlan;
  readonly segments: readonly Segment[];
}

/** Looks what a round has to know of a log, and makes the disk ready for it. */
export async function planCleaning(
  log: SegmentedLog,
  cleanable: Cleanable,
  env: LogEnvironment,
  limits: CleanerLimits,
): Promise<PlannedCleaning> {
  const { folder, config } = log;
  const { firstDirtyOffset, firstUncleanableOffset, cleanableBytes } = cleanable;
  // Nobody else stands on the producers as they are now once this is durable: before, a crash could take their last batches, and
  // those before must not have gone already.
  const producers = rememberedProducers(folder.producers);
  await log.whenDurable(folder.nextOffset);
  await allowGapsBefore(env.openFiles.files, folder.path, firstUncleanableOffset);
  const segments = folder.segments.filter(({ baseOffset }) => baseOffset < firstUncleanableOffset);
  const aborted = await folder.abortedTransactions(segments[0]?.baseOffset ?? 0, firstUncleanableOffset);
  const dirty = segments.findLast(({ baseOffset }) => baseOffset <= firstDirtyOffset);
  const { segmentBytes, segmentIndexBytes, indexIntervalBytes, deleteRetentionMs } = config;
  const plan: CleaningPlan = {
    folder: folder.path,
    segments: segments.map(({ file: { path }, baseOffset, nextOffset, sizeInBytes }) => {
      return { path, baseOffset, nextOffset, sizeInBytes };
    }),
    firstDirtyOffset,
    firstDirtyPosition: dirty === undefined ? 0 : (dirty.find(firstDirtyOffset)?.position ?? dirty.sizeInBytes),
    firstUncleanableOffset,
    dirtyBytes: cleanableBytes,
    aborted,
    producers,
    nowMs: env.clock.now(),
    config: { segmentBytes, segmentIndexBytes, indexIntervalBytes, deleteRetentionMs },
    limits,
  };
  return { plan, segments };
}
