import { CorruptBatchError, crc32c, KafkaProtocolError, type ProtocolErrorCode, RecordBatch } from "@ottla/protocol";
import { checkedBytes, codecAt, crcAt } from "./batch-header.js";
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

function wholeBatch(bytes: Buffer, rules: RecordRules & { readonly origin: AppendOrigin }): RecordBatch {
  const { where } = rules;
  checkOneBatch(bytes, where);
  if (rules.origin === "client") checkHeader(bytes.subarray(0, sizeOf(bytes)), rules);
  try {
    return RecordBatch.at(bytes);
  } catch (error) {
    if (!(error instanceof CorruptBatchError)) throw error;
    throw new KafkaProtocolError("CORRUPT_MESSAGE", `${where}: ${error.message}`, { cause: error });
  }
}

/** What Kafka looks at before it makes anything of a batch, in its order. */
function checkHeader(bytes: Buffer, { config, where }: RecordRules): void {
  if (bytes.length < RecordBatch.headerLength || bytes[magicAt] !== 2) return;
  const refuse = (code: ProtocolErrorCode, what: string) => new KafkaProtocolError(code, `${where}: ${what}`);
  if (bytes.readInt32BE(0) !== 0 || bytes.readInt32BE(4) !== 0) {
    throw refuse("INVALID_RECORD", `base offset ${bytes.readBigInt64BE(0)}, a producer sends 0`);
  }
  if (bytes.length > config.maxMessageBytes) {
    const what = `batch of ${bytes.length} bytes, max.message.bytes is ${config.maxMessageBytes}`;
    throw refuse("MESSAGE_TOO_LARGE", what);
  }
  if (crc32c(checkedBytes(bytes, 0, bytes.length)) !== crcAt(bytes, 0)) {
    throw refuse("CORRUPT_MESSAGE", "the batch's checksum is wrong");
  }
  const codec = codecAt(bytes);
  if (codec > lastCodec) throw refuse("UNKNOWN_SERVER_ERROR", `there is no codec ${codec}`);
  const lastOffsetDelta = bytes.readInt32BE(lastOffsetDeltaAt);
  const recordCount = bytes.readInt32BE(recordCountAt);
  if (lastOffsetDelta < 0 || recordCount !== lastOffsetDelta + 1) {
    throw refuse("INVALID_RECORD", `${recordCount} records, but the last offset delta is ${lastOffsetDelta}`);
  }
}

function checkClientBatch(batch: RecordBatch, rules: RecordRules): void {
  const refuse = (what: string) => new KafkaProtocolError("INVALID_RECORD", `${rules.where}: ${what}`);
  if (batch.isControl) throw refuse("clients do not write control records");
  if (batch.producerId >= 0 && batch.baseSequence < 0) {
    throw refuse(`sequence ${batch.baseSequence} from producer ${batch.producerId}`);
  }
  checkRecords(batch, rules);
}
