import { type AbortedTransaction, collectAborted } from "./aborted-transaction.js";
import { isControlAt } from "./batch-header.js";
import { floorIndex } from "./log-reader.js";
import { ProducerStates } from "./producer-state.js";
import { replaySegment } from "./replay-producers.js";
import type { Segment } from "./segment.js";

const never = { wallMs: 0, monotonicMs: 0 };

/**
 * The aborted transactions of a log that have records between `from` and below `upTo`: from the index of each segment that may
 * have the marker of such a one, as Kafka collects them. `undefined` when some index has to be made anew first.
 */
export function findAborted(
  segments: readonly Segment[],
  from: number,
  upTo: number,
): readonly AbortedTransaction[] | undefined {
  const found: AbortedTransaction[] = [];
  for (let index = floorIndex(segments, from); index < segments.length; index += 1) {
    const segment = segments[index];
    if (segment === undefined) break;
    const earliest = segment.transactions.earliest(segment.nextOffset);
    if (earliest === undefined) return undefined;
    if (earliest >= upTo) continue;
    const entries = segment.transactions.entries(segment.nextOffset);
    if (entries === undefined) return undefined;
    segment.touch();
    if (collectAborted(entries, from, upTo, found)) break;
  }
  return found;
}

/**
 * Makes those of the transaction indexes of `wanted` that are missing anew: by a look at the headers, and where there are
 * markers by a replay of the log.
 */
export async function rebuildTransactions(
  segments: readonly Segment[],
  wanted: readonly Segment[] = segments,
): Promise<void> {
  const missing = new Set<Segment>();
  for (const segment of wanted) {
    if (segment.transactions.earliest(segment.nextOffset) !== undefined) continue;
    await breathe(segment);
    if (segment.isRemoved) continue;
    if (hasMarkers(segment)) missing.add(segment);
    else segment.restoreTransactions([]);
  }
  const producers = new ProducerStates();
  let left = missing.size;
  for (const segment of segments) {
    if (left === 0) return;
    await breathe(segment);
    if (segment.isRemoved) continue;
    const aborted = replaySegment(producers, segment, segment.baseOffset, never);
    if (!missing.has(segment)) continue;
    left -= 1;
    if (!segment.isRemoved) segment.restoreTransactions(aborted);
  }
}

/** Lets others have the thread between two segments. */
async function breathe({ file, isRemoved, sizeInBytes }: Segment): Promise<void> {
  if (!isRemoved && sizeInBytes > 0) await file.readAsync(Buffer.alloc(1), 0);
}

function hasMarkers(segment: Segment): boolean {
  for (const { bytes, at } of segment.headersFrom(segment.baseOffset)) if (isControlAt(bytes, at)) return true;
  return false;
}
