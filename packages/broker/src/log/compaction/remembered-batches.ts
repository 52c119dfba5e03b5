import type { RecordBatch } from "@ottla/protocol";
import type { ProducerStates } from "../producer-state.js";

/**
 * Answers whether what a log knows of a producer, as it is now, stands on a batch. Of an active producer those are the batches that
 * are recognised when they come again (Kafka keeps the last one only), and without any the marker that brought its epoch.
 */
export function rememberedBatches(producers: ProducerStates): (batch: RecordBatch) => boolean {
  const known = new Map<number, { readonly lastOffsets: readonly number[]; readonly epoch: number }>();
  for (const { producerId, epoch, batches } of producers.entries()) {
    known.set(producerId, { epoch, lastOffsets: batches.map(({ lastOffset }) => lastOffset) });
  }
  return ({ producerId, lastOffset, isControl, producerEpoch }) => {
    const entry = producerId < 0 ? undefined : known.get(producerId);
    if (entry === undefined) return false;
    return entry.lastOffsets.length > 0
      ? entry.lastOffsets.includes(lastOffset)
      : isControl && producerEpoch === entry.epoch;
  };
}
