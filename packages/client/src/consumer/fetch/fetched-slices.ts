import { batchesIn, CorruptBatchError, type FetchResponse, type RecordBatch } from "@ottla/protocol";

type FetchedPartition = Pick<
  FetchResponse["responses"][number]["partitions"][number],
  "records" | "abortedTransactions"
>;

/** A part of what was fetched: a batch, of which records below `from` were read before, or nothing but a way to `next`. */
export interface FetchedSlice {
  readonly batch: RecordBatch | undefined;
  readonly from: number;
  /** The offset behind it, and behind what was skipped after it. */
  readonly next: number;
}

/** What one answer holds of a partition. */
export interface FetchedSlices {
  readonly slices: readonly FetchedSlice[];
  /** Where the next fetch begins. */
  readonly next: number;
  /** The leader epochs of what was gone through, each from its first offset on. */
  readonly epochs: readonly { readonly from: number; readonly epoch: number }[];
  /** Why nothing was read behind `next`, when what is there is damaged. */
  readonly error: CorruptBatchError | undefined;
}

/**
 * The batches of an answer that a consumer is to see, from `position` on: checksums checked, control batches and, under
 * `read_committed`, those of aborted transactions left out.
 *
 * An answer names the aborted transactions that overlap it, by producer and first offset, also those that began in an
 * earlier answer. One begins to count at its first offset and ends at the producer's next abort marker:
 *
 *     answer    [7: a1 a1] [9: b] [10: a1] [11: abort a] [12: a2 a2] [14: commit a]     aborted: a from 3
 *     seen                 [9: b]                        [12: a2 a2]
 */
export function slicesOf(fetched: FetchedPartition, position: number, isReadCommitted: boolean): FetchedSlices {
  const slices: FetchedSlice[] = [];
  const epochs: { from: number; epoch: number }[] = [];
  const aborted = isReadCommitted ? abortedIn(fetched) : undefined;
  let next = position;
  try {
    for (const batch of batchesIn(bytesOf(fetched))) {
      if (batch.nextOffset <= position) continue;
      if (!batch.hasValidCrc()) throw new CorruptBatchError(`batch at offset ${batch.baseOffset}: wrong checksum`);
      const isSeen = !(batch.isControl || aborted?.covers(batch));
      if (batch.isControl) aborted?.endAt(batch);
      if (epochs.at(-1)?.epoch !== batch.leaderEpoch) epochs.push({ from: next, epoch: batch.leaderEpoch });
      next = batch.nextOffset;
      const last = slices.at(-1);
      if (isSeen) slices.push({ batch, from: position, next });
      else if (last === undefined) slices.push({ batch: undefined, from: position, next });
      else slices[slices.length - 1] = { ...last, next };
    }
  } catch (error) {
    if (!(error instanceof CorruptBatchError)) throw error;
    return { slices, next, epochs, error };
  }
  return { slices, next, epochs, error: undefined };
}

function bytesOf({ records }: FetchedPartition): Buffer {
  if (records === null) return Buffer.alloc(0);
  return Buffer.isBuffer(records) ? records : Buffer.from(records.buffer, records.byteOffset, records.byteLength);
}

/** The aborted transactions that an answer names, as reading goes through it. */
class AbortedTransactions {
  readonly #upcoming: { readonly producerId: number; readonly firstOffset: number }[];
  readonly #open = new Set<number>();

  constructor(transactions: readonly { readonly producerId: number; readonly firstOffset: number }[]) {
    this.#upcoming = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  covers(batch: RecordBatch): boolean {
    this.#begin(batch.lastOffset);
    return batch.isTransactional && this.#open.has(batch.producerId);
  }

  endAt(marker: RecordBatch): void {
    this.#begin(marker.lastOffset);
    if (marker.control()?.type === "abort") this.#open.delete(marker.producerId);
  }

  #begin(upTo: number): void {
    for (let first = this.#upcoming[0]; first !== undefined && first.firstOffset <= upTo; first = this.#upcoming[0]) {
      this.#open.add(first.producerId);
      this.#upcoming.shift();
    }
  }
}

function abortedIn({ abortedTransactions }: FetchedPartition): AbortedTransactions | undefined {
  if (abortedTransactions === null || abortedTransactions.length === 0) return undefined;
  return new AbortedTransactions(abortedTransactions);
}
