import { RecordBatchBuilder } from "@ottla/protocol";

/** What a consumer of a sink reads, over and over. */
export interface SinkLog {
  /** The value of every record, in base64. */
  readonly value: string;
  readonly batchRecords: number;
  /** Batches that answer one fetch. */
  readonly batches: number;
}

/** Answers fetches from any offset that an answer ended at with whole batches of equal records. */
export function endlessLog({ value, batchRecords, batches }: SinkLog): (offset: number) => Buffer {
  const builder = new RecordBatchBuilder();
  const bytes = Buffer.from(value, "base64");
  const timestamp = Date.now();
  for (let index = 0; index < batchRecords; index += 1) builder.add({ key: null, value: bytes, timestamp });
  const batch = builder.build({ leaderEpoch: 0 });
  const page = Buffer.concat(Array.from({ length: batches }, () => batch));
  return (offset) => {
    // A copy, since the last one may still be on its way. The checksum leaves the base offset out.
    const answer = Buffer.from(page);
    const first = offset - (offset % batchRecords);
    for (let index = 0; index < batches; index += 1) {
      answer.writeBigInt64BE(BigInt(first + index * batchRecords), index * batch.length);
    }
    return answer;
  };
}
