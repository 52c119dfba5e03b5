import { CorruptBatchError, KafkaProtocolError, RecordBatch } from "@ottla/protocol";
import type { LogConfig } from "./log-config.js";
import type { AppendOrigin } from "./partition-log.js";

/** A compressed batch is only unpacked for compacted topics, and then to no more than this. */
const unpackedMaxBytes = 128 * 1024 * 1024;

/**
 * The one batch that `bytes` are, if a log with this configuration may take it. Records are not decoded unless the topic is
 * compacted, where each needs a key.
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
  const refuse = (what: string) => new KafkaProtocolError("INVALID_TIMESTAMP", `${where}: ${what}`);
  if (batch.timestampType === "logAppend") throw refuse("the batch says LogAppendTime, which only brokers write");
  if (config.messageTimestampType === "LogAppendTime") return;
  const { maxTimestamp } = batch;
  if (maxTimestamp > nowMs + config.messageTimestampAfterMaxMs) {
    throw refuse(`timestamp ${maxTimestamp} is more than ${config.messageTimestampAfterMaxMs} ms after ${nowMs}`);
  }
  if (maxTimestamp >= 0 && maxTimestamp < nowMs - config.messageTimestampBeforeMaxMs) {
    throw refuse(`timestamp ${maxTimestamp} is more than ${config.messageTimestampBeforeMaxMs} ms before ${nowMs}`);
  }
}

function checkKeys(batch: RecordBatch, where: string): void {
  try {
    for (const { key, offset } of batch.records({ maxBytes: unpackedMaxBytes })) {
      if (key === null) {
        throw new KafkaProtocolError(
          "INVALID_RECORD",
          `${where}: record ${offset} has no key, and the topic is compacted`,
        );
      }
    }
  } catch (error) {
    if (!(error instanceof CorruptBatchError)) throw error;
    throw new KafkaProtocolError("CORRUPT_MESSAGE", `${where}: ${error.message}`, { cause: error });
  }
}
