import { emptiedBatch, type RecordBatch, retainRecords } from "@ottla/protocol";
import type { CleanedTransactions } from "./cleaned-transactions.js";
import type { OffsetMap } from "./offset-map.js";

/** What decides which records of a log stay. */
export interface CleaningRules {
  readonly offsets: OffsetMap;
  /** One past the last offset that {@link CleaningRules.offsets} covers. */
  readonly mappedUpTo: number;
  readonly transactions: CleanedTransactions;
  /** Whether a producer's state stands on this batch, so that at least its header has to stay. */
  readonly isRemembered: (batch: RecordBatch) => boolean;
  /** Where the round ends: its last batch stays, if only as a header, so that the last offset is known. */
  readonly firstUncleanableOffset: number;
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
}

/**
 * What compaction leaves of a batch, `undefined` when nothing. A record stays while it is the last of its key. A tombstone, and
 * a marker whose transaction has no records left, get a delete horizon when compaction first comes by, and go when that is past.
 */
export function filterBatch(batch: RecordBatch, rules: CleaningRules): Buffer | undefined {
  const { transactions, nowMs, deleteRetentionMs } = rules;
  const isDisposable = transactions.isDisposable(batch);
  const horizon = batch.deleteHorizonMs;
  const isPastHorizon = horizon !== undefined && horizon <= nowMs;
  const isHeaderKept = rules.isRemembered(batch) || batch.nextOffset === rules.firstUncleanableOffset;
  if (isDisposable && (isPastHorizon || !batch.isControl)) return isHeaderKept ? emptiedBatch(batch) : undefined;
  const isMarkerOfNothing = isDisposable && batch.isControl;
  const { bytes } = retainRecords(batch, {
    isKept: ({ key, value, offset }) => {
      if (batch.isControl || offset >= rules.mappedUpTo) return true;
      // Kafka drops records without a key as well: they came before the topic was compacted.
      if (key === null || offset < rules.offsets.get(key)) return false;
      return value !== null || !isPastHorizon;
    },
    horizonMs: ({ hasTombstone }) => (hasTombstone || isMarkerOfNothing ? nowMs + deleteRetentionMs : undefined),
  });
  return bytes ?? (isHeaderKept ? emptiedBatch(batch) : undefined);
}
