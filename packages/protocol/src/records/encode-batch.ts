import { headerLength } from "./batch-layout.js";
import { transactionMarker } from "./control-record.js";
import type { RecordInput } from "./record.js";
import {
  type BatchHeaderOptions,
  RecordBatchBuilder,
  type RecordBatchBuilderOptions,
  recordSize,
} from "./record-batch-builder.js";

/** One batch of these records. @see RecordBatchBuilder for records that come one by one. */
export function encodeBatch(
  records: readonly RecordInput[],
  options: RecordBatchBuilderOptions & BatchHeaderOptions = {},
): Buffer {
  let initialBytes = headerLength;
  for (const record of records) initialBytes += recordSize(record);
  const builder = new RecordBatchBuilder({ initialBytes, ...options });
  for (const record of records) builder.add(record);
  return builder.build(options);
}

/** The marker that ends a transaction in one partition. It takes one offset, and consumers skip it. */
export function encodeControlBatch(options: {
  readonly type: "abort" | "commit";
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly timestamp: number;
}): Buffer {
  const { type, coordinatorEpoch, timestamp, producerId, producerEpoch } = options;
  return encodeBatch([{ ...transactionMarker(type, coordinatorEpoch), timestamp }], {
    producerId,
    producerEpoch,
    isTransactional: true,
    isControl: true,
  });
}
