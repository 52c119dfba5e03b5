import { RecordBatch } from "@ottla/protocol";
import type { AbortedTransaction } from "./aborted-transaction.js";
import { isControlAt, producerBatchAt, producerIdAt } from "./batch-header.js";
import type { BatchPlace } from "./batch-walk.js";
import type { Now, ProducerStates } from "./producer-state.js";
import type { Segment } from "./segment.js";

/**
 * Brings `producers`, as they were at offset `from`, up to the end of the log by what is in its batches. Segments that lost
 * their transaction index get it back where all of them is gone through.
 */
export function replayProducers(producers: ProducerStates, segments: readonly Segment[], from: number, now: Now): void {
  for (const segment of segments) {
    if (segment.nextOffset <= from) continue;
    const aborted = replaySegment(producers, segment, from, now);
    const isWhole = from <= segment.baseOffset;
    if (isWhole && segment.transactions.earliest(segment.nextOffset) === undefined)
      segment.restoreTransactions(aborted);
  }
}

/** Takes in the batches of one segment from offset `from` on. Answers the transactions that markers there abort. */
export function replaySegment(
  producers: ProducerStates,
  segment: Segment,
  from: number,
  now: Now,
): readonly AbortedTransaction[] {
  const aborted: AbortedTransaction[] = [];
  for (const place of segment.headersFrom(from)) {
    const { bytes, at } = place;
    if (producerIdAt(bytes, at) < 0) continue;
    const added = producers.add(isControlAt(bytes, at) ? wholeBatch(segment, place) : producerBatchAt(bytes, at), now);
    if (added.aborted !== undefined) aborted.push(added.aborted);
  }
  return aborted;
}

function wholeBatch(segment: Segment, { position, size }: BatchPlace): RecordBatch {
  const bytes = Buffer.allocUnsafe(size);
  return RecordBatch.at(bytes.subarray(0, segment.file.read(bytes, position)));
}
