import { CorruptBatchError, KafkaProtocolError, type KafkaRecord, RecordBatch } from "@ottla/protocol";
import type { LogConfig } from "./log-config.js";
import type { AppendOrigin } from "./partition-log.js";
import { unpackedMaxBytes, unreadableRecords } from "./recompress.js";
import { type RecordError, RejectedRecordsError } from "./rejected-records-error.js";

// A client drops those it is told of; an answer larger than the batch would help nobody.
const mostRecordErrors = 100;
const noTimestamp = -1;

/**
 * The one batch that `bytes` are, if a log with this configuration may take it. Records are not decoded unless the topic is
 * compacted, where each needs a key, or limits how old they are.
 *
 * @throws KafkaProtocolError with the code that Apache Kafka gives.
 */
export function checkBatch(
  bytes: Buffer,
  rules: { readonly config: LogConfig; readonly origin: AppendOrigin; readonly nowMs: number; readonly where: string },
): RecordBatch {
  const batch = wholeBatch(bytes, rules.where);
  if (rules.origin === "client") checkClientBatch(batch, rules);
  return batch;
}

function wholeBatch(bytes: Buffer, where: string): RecordBatch {
  const refuse = (what: string) => new KafkaProtocolError("INVALID_RECORD", `${where}: ${what}`);
  if (bytes.length === 0) throw refuse("no record batch, exactly one is needed");
  if (bytes.length > 16 && bytes[16] !== 2) throw refuse(`record batch of magic ${bytes[16]}, only 2 is taken`);
  try {
    const batch = RecordBatch.at(bytes);
    if (batch.sizeInBytes < bytes.length) throw refuse("more than one record batch, exactly one is needed");
    return batch;
  } catch (error) {
    if (!(error instanceof CorruptBatchError)) throw error;
    throw new KafkaProtocolError("CORRUPT_MESSAGE", `${where}: ${error.message}`, { cause: error });
  }
}

function checkClientBatch(
  batch: RecordBatch,
  { config, nowMs, where }: { readonly config: LogConfig; readonly nowMs: number; readonly where: string },
): void {
  const refuse = (what: string) => new KafkaProtocolError("INVALID_RECORD", `${where}: ${what}`);
  if (batch.baseOffset !== 0) throw refuse(`base offset ${batch.baseOffset}, a producer sends 0`);
  if (batch.sizeInBytes > config.maxMessageBytes) {
    throw new KafkaProtocolError(
      "MESSAGE_TOO_LARGE",
      `${where}: batch of ${batch.sizeInBytes} bytes, max.message.bytes is ${config.maxMessageBytes}`,
    );
  }
  if (!batch.hasValidCrc()) throw new KafkaProtocolError("CORRUPT_MESSAGE", `${where}: the batch's checksum is wrong`);
  if (batch.recordCount !== batch.lastOffsetDelta + 1) {
    throw refuse(`${batch.recordCount} records, but the last offset delta is ${batch.lastOffsetDelta}`);
  }
  if (batch.isControl) throw refuse("clients do not write control records");
  if (batch.producerId >= 0 && batch.baseSequence < 0) {
    throw refuse(`sequence ${batch.baseSequence} from producer ${batch.producerId}`);
  }
  checkTimestamps(batch, { config, nowMs, where });
  if (config.cleanupPolicy.includes("compact")) checkKeys(batch, where);
}

function checkTimestamps(
  batch: RecordBatch,
  { config, nowMs, where }: { readonly config: LogConfig; readonly nowMs: number; readonly where: string },
): void {
  if (batch.timestampType === "logAppend") {
    throw new KafkaProtocolError(
      "INVALID_TIMESTAMP",
      `${where}: the batch says LogAppendTime, which only brokers write`,
    );
  }
  if (config.messageTimestampType === "LogAppendTime") return;
  const earliest = nowMs - config.messageTimestampBeforeMaxMs;
  const latest = nowMs + config.messageTimestampAfterMaxMs;
  // The header tells the latest time, so only where old records are refused they have to be looked at.
  const isTooLate = batch.maxTimestamp > latest;
  if (!isTooLate && earliest <= 0) return;
  const isOut = (timestamp: number) => timestamp !== noTimestamp && (timestamp < earliest || timestamp > latest);
  const errors = recordErrors(batch, where, ({ timestamp }) =>
    isOut(timestamp) ? `timestamp ${timestamp} is not within ${earliest} and ${latest}` : undefined,
  );
  if (!isTooLate && errors.length === 0) return;
  const what = `timestamps up to ${batch.maxTimestamp}, not all within ${earliest} and ${latest}`;
  throw new RejectedRecordsError("INVALID_TIMESTAMP", `${where}: ${what}`, errors);
}

function checkKeys(batch: RecordBatch, where: string): void {
  const errors = recordErrors(batch, where, ({ key }) =>
    key === null ? "no key, and the topic is compacted" : undefined,
  );
  const [first] = errors;
  if (first === undefined) return;
  const what = `record ${first.batchIndex} has ${first.batchIndexErrorMessage}`;
  throw new RejectedRecordsError("INVALID_RECORD", `${where}: ${what}`, errors);
}

/** The first records that `problemOf` finds something wrong with. */
function recordErrors(
  batch: RecordBatch,
  where: string,
  problemOf: (record: KafkaRecord) => string | undefined,
): readonly RecordError[] {
  const errors: RecordError[] = [];
  let batchIndex = 0;
  try {
    for (const record of batch.records({ maxBytes: unpackedMaxBytes })) {
      const problem = problemOf(record);
      if (problem !== undefined) errors.push({ batchIndex, batchIndexErrorMessage: problem });
      if (errors.length === mostRecordErrors) break;
      batchIndex += 1;
    }
  } catch (error) {
    throw unreadableRecords(error, where);
  }
  return errors;
}
