import { RecordBatch } from "@ottla/protocol";
import { isControlAt, producerBatchAt, producerIdAt } from "./batch-header.js";
import type { BatchPlace } from "./batch-walk.js";
import type { Now, ProducerStates } from "./producer-state.js";
import type { Segment } from "./segment.js";

/** Brings `producers`, as they were at offset `from`, up to the end of the log by what is in its batches. */
export function replayProducers(producers: ProducerStates, segments: readonly Segment[], from: number, now: Now): void {
  for (const segment of segments) {
    if (segment.nextOffset <= from) continue;
    for (const place of segment.headersFrom(from)) {
      const { bytes, at } = place;
      if (producerIdAt(bytes, at) < 0) continue;
      producers.add(isControlAt(bytes, at) ? wholeBatch(segment, place) : producerBatchAt(bytes, at), now);
    }
  }
}

function wholeBatch(segment: Segment, { position, size }: BatchPlace): RecordBatch {
  const bytes = Buffer.allocUnsafe(size);
  return RecordBatch.at(bytes.subarray(0, segment.file.read(bytes, position)));
}
