import type { RecordBatch } from "@ottla/protocol";
import type { AbortedTransaction } from "../aborted-transaction.js";

interface Ongoing {
  readonly transaction: AbortedTransaction;
  /** Batches of it are still there. */
  hasBatches: boolean;
}

/**
 * Follows the transactions of a log batch by batch: what belongs to an aborted one may go at once, and a marker when nothing of
 * its transaction is there any more.
 */
export class CleanedTransactions {
  // By first offset, from #next on not begun yet.
  readonly #aborted: readonly AbortedTransaction[];
  #next = 0;
  readonly #ongoingAborted = new Map<number, Ongoing>();
  readonly #ongoingCommitted = new Set<number>();
  #retained: AbortedTransaction[] = [];

  /** @param aborted - All that have records in what will be gone through. */
  constructor(aborted: readonly AbortedTransaction[]) {
    this.#aborted = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Takes in the next batch. True when it is not needed: records of an aborted transaction, or a marker of nothing. */
  isDisposable(batch: RecordBatch): boolean {
    this.#beginUpTo(batch.lastOffset);
    if (batch.isControl) return this.#isDisposableMarker(batch);
    if (!batch.isTransactional) return false;
    const ongoing = this.#ongoingAborted.get(batch.producerId);
    if (ongoing !== undefined) {
      ongoing.hasBatches = true;
      return true;
    }
    this.#ongoingCommitted.add(batch.producerId);
    return false;
  }

  /** The aborted transactions whose markers were met and stay, since the last call: what a transaction index is to say. */
  takeRetained(): readonly AbortedTransaction[] {
    const retained = this.#retained;
    this.#retained = [];
    return retained;
  }

  #isDisposableMarker(batch: RecordBatch): boolean {
    if (batch.recordCount === 0) return true;
    const { producerId } = batch;
    switch (batch.control()?.type) {
      case "abort": {
        const ongoing = this.#ongoingAborted.get(producerId);
        this.#ongoingAborted.delete(producerId);
        if (ongoing?.hasBatches !== true) return true;
        this.#retained.push(ongoing.transaction);
        return false;
      }
      case "commit":
        return !this.#ongoingCommitted.delete(producerId);
      default:
        return false;
    }
  }

  #beginUpTo(offset: number): void {
    for (;;) {
      const transaction = this.#aborted[this.#next];
      if (transaction === undefined || transaction.firstOffset > offset) return;
      this.#next += 1;
      if (!this.#ongoingAborted.has(transaction.producerId)) {
        this.#ongoingAborted.set(transaction.producerId, { transaction, hasBatches: false });
      }
    }
  }
}
