import type { LogEnvironment } from "../log-environment.js";
import type { Segment } from "../segment.js";
import type { SegmentedLog } from "../segmented-log.js";
import { batchesOf } from "./batches-of.js";
import type { Cleanable } from "./cleanable.js";
import { CleanedSegment } from "./cleaned-segment.js";
import { CleanedTransactions } from "./cleaned-transactions.js";
import { CleaningStopped } from "./cleaning-stopped.js";
import { type CleaningRules, filterBatch } from "./filter-batch.js";
import { allowGapsBefore } from "./finish-swaps.js";
import { OffsetMap } from "./offset-map.js";
import type { Pace } from "./pace.js";
import { rememberedBatches } from "./remembered-batches.js";
import { groupSegments } from "./segment-groups.js";
import { swapSegments } from "./swap-segments.js";

// Of a log with few records per key and little in them; where there are more, the table gets others beside it.
const bytesPerKey = 128;

/** What one round may take. */
export interface CleanerLimits {
  /** `log.cleaner.dedupe.buffer.size`, in bytes: keys beyond it wait for the next round. */
  readonly dedupeBufferBytes: number;
  /** `log.cleaner.io.buffer.load.factor`. */
  readonly dedupeBufferLoad: number;
  /** `log.cleaner.io.buffer.size`, in bytes, half for reading. A longer batch takes what it needs. */
  readonly ioBufferBytes: number;
}

/** What a round did. */
export interface CleanedLog {
  /** Where the next one begins. */
  readonly nextDirtyOffset: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** Where the work of a round is done, and whether it may go on. */
export interface CleaningRound {
  readonly env: LogEnvironment;
  readonly limits: CleanerLimits;
  readonly pace: Pace;
  readonly isStopping: () => boolean;
}

/**
 * One round of compaction, in Kafka's two passes: the last offset of every key in the dirty part, as far as there is memory; then
 * everything up to there is copied without what is out of date, segments next to each other becoming one, and swapped in.
 *
 * @throws {@link CleaningStopped}
 */
export async function cleanLog(log: SegmentedLog, cleanable: Cleanable, round: CleaningRound): Promise<CleanedLog> {
  const { env, limits, pace } = round;
  const { firstDirtyOffset, firstUncleanableOffset } = cleanable;
  const { folder } = log;
  const check = () => {
    if (round.isStopping() || log.isDeleted || !log.isUsable) throw new CleaningStopped(`${folder.path} is closed`);
  };
  const readBytes = Math.max(limits.ioBufferBytes >>> 1, 1);
  const within = folder.segments.filter(({ baseOffset }) => baseOffset < firstUncleanableOffset);
  const { offsets, mappedUpTo } = await mapOffsets();
  // Nobody else stands on the producers as they are now once this is durable: before, a crash could take their last batches, and
  // those before must not have gone already.
  const isRemembered = rememberedBatches(folder.producers);
  await log.whenDurable(folder.nextOffset);
  check();
  await allowGapsBefore(env.openFiles.files, folder.path, firstUncleanableOffset);
  const segments = within.filter(({ baseOffset, isRemoved }) => baseOffset < mappedUpTo && !isRemoved);
  const rules: CleaningRules = {
    offsets,
    mappedUpTo,
    transactions: new CleanedTransactions(
      await folder.abortedTransactions(segments[0]?.baseOffset ?? 0, firstUncleanableOffset),
    ),
    isRemembered,
    firstUncleanableOffset,
    nowMs: env.clock.now(),
    deleteRetentionMs: log.config.deleteRetentionMs,
  };
  let bytesRead = 0;
  let bytesWritten = 0;
  for (const group of groupSegments(segments, log.config)) await cleanGroup(group);
  return { nextDirtyOffset: mappedUpTo, bytesRead, bytesWritten };

  async function mapOffsets(): Promise<{ readonly offsets: OffsetMap; readonly mappedUpTo: number }> {
    const expectedKeys = cleanable.cleanableBytes / bytesPerKey;
    const offsets = new OffsetMap(limits.dedupeBufferBytes, limits.dedupeBufferLoad, expectedKeys);
    const transactions = new CleanedTransactions(
      await folder.abortedTransactions(firstDirtyOffset, firstUncleanableOffset),
    );
    let mappedUpTo = firstDirtyOffset;
    for (const segment of within) {
      if (segment.nextOffset <= firstDirtyOffset) continue;
      const position = segment.find(firstDirtyOffset)?.position ?? segment.sizeInBytes;
      for await (const batches of batchesOf(segment, position, readBytes)) {
        for (const batch of batches) {
          check();
          if (!transactions.isDisposable(batch) && !batch.isControl) {
            for (const { key, offset } of batch.records()) {
              if (key === null || offset < firstDirtyOffset) continue;
              if (!offsets.put(key, offset)) return { offsets, mappedUpTo: offset };
            }
          }
          mappedUpTo = Math.max(mappedUpTo, batch.nextOffset);
          await pace.spend(batch.sizeInBytes);
        }
      }
      mappedUpTo = Math.max(mappedUpTo, Math.min(segment.nextOffset, firstUncleanableOffset));
    }
    return { offsets, mappedUpTo: Math.max(mappedUpTo, firstUncleanableOffset) };
  }

  async function cleanGroup(group: readonly Segment[]): Promise<void> {
    const cleaned = new CleanedSegment(env, folder.path, group[0]?.baseOffset ?? 0, {
      writeBytes: readBytes,
      indexIntervalBytes: log.config.indexIntervalBytes,
    });
    try {
      let isChanged = group.length > 1;
      for (const segment of group) {
        for await (const batches of batchesOf(segment, 0, readBytes)) {
          for (const batch of batches) {
            check();
            const bytes = filterBatch(batch, rules);
            if (bytes !== batch.bytes) isChanged = true;
            if (bytes !== undefined) cleaned.append(bytes);
            await pace.spend(batch.sizeInBytes);
          }
        }
        bytesRead += segment.sizeInBytes;
      }
      const aborted = rules.transactions.takeRetained();
      bytesWritten += cleaned.sizeInBytes;
      if (!isChanged) {
        cleaned.discard();
        return;
      }
      await cleaned.finish();
      await pace.inOwnTurn(() => {
        check();
        swapSegments(env, folder, group, cleaned, aborted);
      });
    } catch (error) {
      cleaned.discard();
      throw error;
    }
  }
}
