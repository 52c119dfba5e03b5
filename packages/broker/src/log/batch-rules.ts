import { CorruptBatchError, KafkaProtocolError, type KafkaRecord, RecordBatch } from "@ottla/protocol";
import type { LogConfig } from "./log-config.js";
import type { AppendOrigin } from "./partition-log.js";
import { unpackedMaxBytes, unreadableRecords } from "./recompress.js";
import { type RecordError, RejectedRecordsError } from "./rejected-records-error.js";

// A client drops those it is told of; an answer larger than the batch would help nobody.
const mostRecordErrors = 100;
const noTimestamp = -1;

// Where in a batch, be it of any magic, its length begins, and what that counts; where its magic is, and of magic 2 the rest.
const lengthAt = 8;
const leaderEpochAt = 12;
const magicAt = 16;
const lastOffsetDeltaAt = 23;
const recordCountAt = 57;

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
  if (isCut(bytes)) throw refuse(`${bytes.length} bytes are no whole record batch, exactly one is needed`);
  const magic = bytes[magicAt] ?? 0;
  if (magic < 2) throw refuse(`record batch of magic ${magic}, only 2 is taken`);
  try {
    const batch = RecordBatch.at(bytes);
    // Bytes of a batch that was cut off behind a whole one are dropped, as Kafka does.
    if (!isCut(bytes.subarray(batch.sizeInBytes))) throw refuse("more than one record batch, exactly one is needed");
    return batch;
  } catch (error) {
    if (!(error instanceof CorruptBatchError)) throw error;
    if (hasNegativeCount(bytes)) throw refuse(error.message);
    throw new KafkaProtocolError("CORRUPT_MESSAGE", `${where}: ${error.message}`, { cause: error });
  }
}

const hasNegativeCount = (bytes: Buffer): boolean =>
  bytes.length >= RecordBatch.headerLength &&
  (bytes.readInt32BE(lastOffsetDeltaAt) < 0 || bytes.readInt32BE(recordCountAt) < 0);

/** Whether `bytes` end before the batch does that they begin with. */
const isCut = (bytes: Buffer): boolean =>
  bytes.length <= magicAt || bytes.readInt32BE(lengthAt) + leaderEpochAt > bytes.length;

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
