import { batchesIn, type KafkaRecord, RecordBatch } from "@ottla/protocol";
import type { LogStore } from "../../storage/log-store.js";
import type { PartitionLog } from "../partition-log.js";

export const limits = { dedupeBufferBytes: 1024 * 1024, dedupeBufferLoad: 0.9, ioBufferBytes: 2_000 };

/** Does rounds until no log is due; answers how many. */
export async function cleanAll(store: LogStore, cleanerLimits = limits): Promise<number> {
  let rounds = 0;
  while (await store.clean(cleanerLimits)) rounds += 1;
  return rounds;
}

/** The batches from `from` on below `upTo`, read in pieces. */
export async function batchesFrom(
  log: PartitionLog,
  from = log.logStartOffset,
  upTo = log.highWatermark,
): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  let next = from;
  while (next < upTo) {
    const { buffers } = await log.read(next, { maxBytes: 700, minOneBatch: true, upTo });
    const before = next;
    for (const buffer of buffers) {
      for (const batch of batchesIn(buffer)) {
        if (!batch.hasValidCrc()) throw new Error(`the batch at ${batch.baseOffset} has a wrong checksum`);
        batches.push(RecordBatch.at(Buffer.from(batch.bytes)));
        next = batch.nextOffset;
      }
    }
    if (next === before) throw new Error(`nothing to read at ${next} of ${upTo}`);
  }
  return batches;
}

/** The records that a `read_committed` consumer is given, which leaves out aborted ones as Kafka's does. */
export async function committedRecords(log: PartitionLog, from = log.logStartOffset): Promise<KafkaRecord[]> {
  const upTo = log.lastStableOffset;
  const aborted = [...(await log.abortedTransactions(from, upTo))].sort((a, b) => a.firstOffset - b.firstOffset);
  const abortedProducers = new Set<number>();
  const records: KafkaRecord[] = [];
  for (const batch of await batchesFrom(log, from, upTo)) {
    while (aborted[0] !== undefined && aborted[0].firstOffset <= batch.lastOffset) {
      abortedProducers.add(aborted.shift()?.producerId ?? -1);
    }
    if (batch.isControl) {
      if (batch.control()?.type === "abort") abortedProducers.delete(batch.producerId);
      continue;
    }
    if (batch.isTransactional && abortedProducers.has(batch.producerId)) continue;
    for (const record of batch.records()) if (record.offset >= from) records.push(record);
  }
  return records;
}

/** What is left of each key when all records are applied. */
export function latestValues(records: readonly KafkaRecord[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const { key, value } of records) {
    if (value === null) values.delete(String(key));
    else values.set(String(key), String(value));
  }
  return values;
}
