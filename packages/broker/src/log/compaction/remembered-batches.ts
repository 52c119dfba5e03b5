import type { RecordBatch } from "@ottla/protocol";
import type { ProducerStates } from "../producer-state.js";

/** The batches that what a log knows of a producer stands on. */
export interface RememberedProducer {
  readonly producerId: number;
  readonly epoch: number;
  readonly lastOffsets: readonly number[];
}

export const rememberedProducers = (producers: ProducerStates): readonly RememberedProducer[] =>
  Array.from(producers.entries(), ({ producerId, epoch, batches }) => {
    return { producerId, epoch, lastOffsets: batches.map(({ lastOffset }) => lastOffset) };
  });

/**
 * Answers whether what is known of a producer stands on a batch. Of an active producer those are the batches that are recognised
 * when they come again (Kafka keeps the last one only), and without any the marker that brought its epoch.
 */
export function rememberedBatches(producers: readonly RememberedProducer[]): (batch: RecordBatch) => boolean {
  const known = new Map(producers.map((producer) => [producer.producerId, producer]));
  return ({ producerId, lastOffset, isControl, producerEpoch }) => {
    const entry = producerId < 0 ? undefined : known.get(producerId);
    if (entry === undefined) return false;
    return entry.lastOffsets.length > 0
      ? entry.lastOffsets.includes(lastOffset)
      : isControl && producerEpoch === entry.epoch;
  };
}
