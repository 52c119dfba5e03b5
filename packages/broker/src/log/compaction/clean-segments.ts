import type { FileHandle, FileSystem } from "@ottla/world";
import type { SyncSlots } from "../../storage/sync-slots.js";
import type { AbortedTransaction } from "../aborted-transaction.js";
import { batchesOf } from "./batches-of.js";
import { type CleanedSegment, CleanedSegmentWriter } from "./cleaned-segment.js";
import { CleanedTransactions } from "./cleaned-transactions.js";
import type { CleaningPlan, PlannedSegment } from "./cleaning-plan.js";
import { type CleaningRules, filterBatch } from "./filter-batch.js";
import { OffsetMap } from "./offset-map.js";
import type { Pace } from "./pace.js";
import { rememberedBatches } from "./remembered-batches.js";
import { groupSegments } from "./segment-groups.js";

// Of a log with few records per key and little in them; where there are more, the table gets others beside it.
const bytesPerKey = 128;

// To free what a file of this size holds takes milliseconds.
const largeBytes = 4 * 1024 * 1024;

/** What a round did with a group of segments. */
export interface CleanedGroup {
  /** Of the first. */
  readonly baseOffset: number;
  readonly segmentCount: number;
  /** What is to take their place, `undefined` where they may stay as they are. */
  readonly replacement: CleanedSegment | undefined;
  /** The aborted transactions whose markers are left. */
  readonly aborted: readonly AbortedTransaction[];
  /** Where the next round begins once all groups of this one are done. */
  readonly nextDirtyOffset: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** What a round works with, which depends on the thread that it is on. */
export interface CleaningTools {
  readonly files: FileSystem;
  readonly syncSlots: SyncSlots;
  readonly pace: Pace;
}

/**
 * The heavy part of a round of compaction, in Kafka's two passes: the last offset of every key in the dirty part, as far as there
 * is memory; then everything up to there is copied without what is out of date, segments next to each other becoming one. Who
 * asks for the next group has taken the one before.
 *
 * @throws {@link SegmentCorruption}, {@link CorruptBatchError}, errors of the files and of the pace.
 */
export async function* cleanSegments(
  plan: CleaningPlan,
  tools: CleaningTools,
): AsyncGenerator<CleanedGroup, void, undefined> {
  const { offsets, mappedUpTo } = await mapOffsets(plan, tools);
  // Retention may have taken the oldest meanwhile.
  const segments = plan.segments.filter(
    ({ path, baseOffset }) => baseOffset < mappedUpTo && tools.files.stat(path) !== undefined,
  );
  const rules: CleaningRules = {
    offsets,
    mappedUpTo,
    transactions: transactionsFrom(plan, segments[0]?.baseOffset ?? 0),
    isRemembered: rememberedBatches(plan.producers),
    firstUncleanableOffset: plan.firstUncleanableOffset,
    nowMs: plan.nowMs,
    deleteRetentionMs: plan.config.deleteRetentionMs,
  };
  for (const group of groupSegments(segments, plan.config)) yield* cleanGroup(plan, tools, rules, group);
}

const readBytesOf = ({ limits }: CleaningPlan): number => Math.max(limits.ioBufferBytes >>> 1, 1);

// One that ended earlier would be taken for one that goes on.
const transactionsFrom = ({ aborted }: CleaningPlan, offset: number): CleanedTransactions =>
  new CleanedTransactions(aborted.filter(({ lastOffset }) => lastOffset >= offset));

async function mapOffsets(
  plan: CleaningPlan,
  { files, pace }: CleaningTools,
): Promise<{ readonly offsets: OffsetMap; readonly mappedUpTo: number }> {
  const { firstDirtyOffset, firstUncleanableOffset, firstDirtyPosition, limits } = plan;
  const offsets = new OffsetMap(limits.dedupeBufferBytes, limits.dedupeBufferLoad, plan.dirtyBytes / bytesPerKey);
  const transactions = transactionsFrom(plan, firstDirtyOffset);
  let mappedUpTo = firstDirtyOffset;
  for (const segment of plan.segments) {
    if (segment.nextOffset <= firstDirtyOffset) continue;
    const position = segment.baseOffset <= firstDirtyOffset ? firstDirtyPosition : 0;
    const file = files.open(segment.path, "r");
    try {
      for await (const batches of batchesOf(file, segment, position, readBytesOf(plan))) {
        for (const batch of batches) {
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
    } finally {
      file.close();
    }
    mappedUpTo = Math.max(mappedUpTo, Math.min(segment.nextOffset, firstUncleanableOffset));
  }
  return { offsets, mappedUpTo: Math.max(mappedUpTo, firstUncleanableOffset) };
}

async function* cleanGroup(
  plan: CleaningPlan,
  tools: CleaningTools,
  rules: CleaningRules,
  group: readonly PlannedSegment[],
): AsyncGenerator<CleanedGroup, void, undefined> {
  const [first] = group;
  if (first === undefined) return;
  const sources = new Sources(tools.files);
  const { indexIntervalBytes } = plan.config;
  const writer = new CleanedSegmentWriter(tools.files, first, { writeBytes: readBytesOf(plan), indexIntervalBytes });
  let isChanged = group.length > 1;
  try {
    for (const segment of group) {
      for await (const batches of batchesOf(sources.open(segment), segment, 0, readBytesOf(plan))) {
        for (const batch of batches) {
          const bytes = filterBatch(batch, rules);
          if (bytes !== batch.bytes) isChanged = true;
          if (bytes !== undefined) writer.append(bytes);
          await tools.pace.spend(batch.sizeInBytes);
        }
      }
      sources.done(segment);
    }
    const bytesWritten = writer.sizeInBytes;
    const replacement = isChanged ? await writer.finish(tools.syncSlots) : undefined;
    if (replacement === undefined) writer.discard();
    yield {
      baseOffset: first.baseOffset,
      segmentCount: group.length,
      replacement,
      aborted: rules.transactions.takeRetained(),
      nextDirtyOffset: rules.mappedUpTo,
      bytesRead: group.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0),
      bytesWritten,
    };
  } finally {
    writer.close();
    sources.close();
  }
}

/**
 * The files of a group. Large ones stay open until the group was taken: names go on the event loop, and what they hold is freed
 * here, by who closes last.
 */
class Sources {
  readonly #files: FileSystem;
  readonly #open = new Map<PlannedSegment, FileHandle>();

  constructor(files: FileSystem) {
    this.#files = files;
  }

  open(segment: PlannedSegment): FileHandle {
    const file = this.#files.open(segment.path, "r");
    this.#open.set(segment, file);
    return file;
  }

  done(segment: PlannedSegment): void {
    if (segment.sizeInBytes >= largeBytes) return;
    this.#open.get(segment)?.close();
    this.#open.delete(segment);
  }

  close(): void {
    for (const file of this.#open.values()) file.close();
  }
}
