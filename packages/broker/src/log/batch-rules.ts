import { CorruptBatchError, KafkaProtocolError, type ProtocolErrorCode, RecordBatch } from "@ottla/protocol";
import { codecAt } from "./batch-header.js";
import type { LogConfig } from "./log-config.js";
import { checkOneBatch, sizeOf } from "./one-batch.js";
import type { AppendOrigin } from "./partition-log.js";
import { checkRecords, type RecordRules } from "./record-rules.js";

const magicAt = 16;
const lastOffsetDeltaAt = 23;
const recordCountAt = 57;
/** zstd. */
const lastCodec = 4;

/**
 * The one batch that `bytes` are, if a log with this configuration may take it. What its header says of the records' times is
 * made right where the records were looked at.
 *
 * @throws KafkaProtocolError with the code that Apache Kafka gives.
 */
export function checkBatch(bytes: Buffer, rules: RecordRules & { readonly origin: AppendOrigin }): RecordBatch {
  const batch = wholeBatch(bytes, rules);
  if (rules.origin === "client") checkClientBatch(batch, rules);
  return batch;
}

function wholeBatch(bytes: Buffer, { config, where }: RecordRules): RecordBatch {
  checkOneBatch(bytes, where);
  try {
    return RecordBatch.at(bytes);
  } catch (error) {
    if (!(error instanceof CorruptBatchError)) throw error;
    throw new KafkaProtocolError(headerFault(bytes, config), `${where}: ${error.message}`, { cause: error });
  }
}

/** What is wrong with a header that makes no sense, by the first that Kafka comes upon. */
function headerFault(bytes: Buffer, { maxMessageBytes }: LogConfig): ProtocolErrorCode {
  const isTooShort = Math.min(bytes.length, sizeOf(bytes)) < RecordBatch.headerLength;
  if (isTooShort || bytes[magicAt] !== 2) return "CORRUPT_MESSAGE";
  if (bytes.length > maxMessageBytes) return "MESSAGE_TOO_LARGE";
  if (codecAt(bytes) > lastCodec) return "UNKNOWN_SERVER_ERROR";
  const isCountNegative = bytes.readInt32BE(lastOffsetDeltaAt) < 0 || bytes.readInt32BE(recordCountAt) < 0;
  return isCountNegative ? "INVALID_RECORD" : "CORRUPT_MESSAGE";
}

function checkClientBatch(batch: RecordBatch, rules: RecordRules): void {
  const { config, where } = rules;
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
  checkRecords(batch, rules);
}
