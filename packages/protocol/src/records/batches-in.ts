import { field, prefixLength } from "./batch-layout.js";
import { RecordBatch } from "./record-batch.js";

/**
 * The batches in the records of a fetch response or a log segment, in order. An incomplete last one is left out: brokers
 * cut where the byte limit falls.
 *
 * @throws {@link CorruptBatchError} while iterating, at bytes that are no batch.
 */
export function* batchesIn(bytes: Buffer): Generator<RecordBatch, void, undefined> {
  let at = 0;
  while (bytes.length - at >= prefixLength) {
    const size = bytes.readInt32BE(at + field.batchLength) + prefixLength;
    if (size > bytes.length - at) return;
    const batch = RecordBatch.at(bytes, at);
    yield batch;
    at += batch.sizeInBytes;
  }
}
