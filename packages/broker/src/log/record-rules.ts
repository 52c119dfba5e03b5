import type { RecordBatch } from "@ottla/protocol";
import type { LogConfig } from "./log-config.js";
import { unpackedMaxBytes, unreadableRecords } from "./recompress.js";
import { type RecordError, RejectedRecordsError } from "./rejected-records-error.js";

// A client drops those it is told of; an answer larger than the batch would help nobody.
const mostRecordErrors = 100;
const noTimestamp = -1;

/** What the records of a client's batch are held against. */
export interface RecordRules {
  readonly config: LogConfig;
  readonly nowMs: number;
  /** For error texts. */
  readonly where: string;
}

/**
 * Sees that the records of a client's batch are whole, have keys where the topic is compacted, and times within what it allows;
 * then makes the greatest time in the header that of the records. A compressed batch is believed what its header says where
 * that tells enough: unpacking costs many times as much as all else that is done with a batch.
 *
 * @throws KafkaProtocolError `INVALID_RECORD`, `INVALID_TIMESTAMP`, `UNKNOWN_SERVER_ERROR` for what cannot be unpacked.
 */
export function checkRecords(batch: RecordBatch, rules: RecordRules): void {
  const { config, nowMs, where } = rules;
  const isCompacted = config.cleanupPolicy.includes("compact");
  const isCreateTime = config.messageTimestampType === "CreateTime";
  const isMarkedAppended = batch.timestampType === "logAppend";
  const earliest = isCreateTime ? nowMs - config.messageTimestampBeforeMaxMs : Number.NEGATIVE_INFINITY;
  const latest = isCreateTime ? nowMs + config.messageTimestampAfterMaxMs : Number.POSITIVE_INFINITY;
  // The header tells the latest time, so only where old records are refused each has to be asked.
  const isEachAsked = isCompacted || isMarkedAppended || earliest > 0 || batch.maxTimestamp > latest;
  if (batch.compression !== "none" && !isEachAsked) return;

  const errors: RecordError[] = [];
  let isTimeWrong = false;
  const ask = (timestamp: number, hasKey: boolean, batchIndex: number): void => {
    if (errors.length === mostRecordErrors) return;
    if (isCompacted && !hasKey) {
      errors.push({ batchIndex, batchIndexErrorMessage: "no key, and the topic is compacted" });
    } else if (isCreateTime && timestamp !== noTimestamp) {
      if (timestamp >= earliest && timestamp <= latest) return;
      isTimeWrong = true;
      const batchIndexErrorMessage = `timestamp ${timestamp} is not within ${earliest} and ${latest}`;
      errors.push({ batchIndex, batchIndexErrorMessage });
    } else if (isMarkedAppended) {
      isTimeWrong = true;
      errors.push({ batchIndex, batchIndexErrorMessage: "it says LogAppendTime, which only brokers write" });
    }
  };
  let maxTimestamp = greatestTime(batch, where, isEachAsked ? ask : undefined);
  // The header said too little.
  if (!isEachAsked && maxTimestamp > latest) maxTimestamp = greatestTime(batch, where, ask);
  const [first] = errors;
  if (first !== undefined) {
    const code = isTimeWrong ? "INVALID_TIMESTAMP" : "INVALID_RECORD";
    const what = `record ${first.batchIndex}: ${first.batchIndexErrorMessage}`;
    throw new RejectedRecordsError(code, `${where}: ${what}`, errors);
  }
  if (isCreateTime && (isMarkedAppended || maxTimestamp !== batch.maxTimestamp)) batch.stampCreateTime(maxTimestamp);
}

function greatestTime(
  batch: RecordBatch,
  where: string,
  visit: ((timestamp: number, hasKey: boolean, index: number) => void) | undefined,
): number {
  try {
    return batch.checkRecords(
      visit === undefined ? { maxBytes: unpackedMaxBytes } : { maxBytes: unpackedMaxBytes, visit },
    );
  } catch (error) {
    throw unreadableRecords(error, where);
  }
}
