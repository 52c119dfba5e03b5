import {
  type Compression,
  CorruptBatchError,
  KafkaProtocolError,
  RecordBatch,
  RecordBatchBuilder,
} from "@ottla/protocol";
import type { LogConfig } from "./log-config.js";

/** Where records have to be looked at, a compressed batch is unpacked to no more than this. */
export const unpackedMaxBytes = 128 * 1024 * 1024;

// Kafka takes no smaller segment.bytes.
const leastSegmentBytes = 1024 * 1024;

export interface CodecOptions {
  readonly config: LogConfig;
  readonly where: string;
  /** The time of all records, where the log sets it. */
  readonly logAppendTime: number | undefined;
}

/**
 * The batch as the log keeps it: itself, or where `compression.type` asks for another codec the same records in that, with the
 * producer's id, epoch and sequence. Markers stay as they are.
 *
 * @throws KafkaProtocolError as {@link unreadableRecords} says, `MESSAGE_TOO_LARGE` for a result above `max.message.bytes`,
 * `RECORD_LIST_TOO_LARGE` for one that no segment has room for.
 */
export function inItsCodec(batch: RecordBatch, options: CodecOptions): RecordBatch {
  const { config, where } = options;
  const codec = targetCodec(batch, config);
  const kept = codec === batch.compression ? batch : recompressed(batch, codec, options);
  if (kept !== batch && kept.sizeInBytes > config.maxMessageBytes) {
    throw new KafkaProtocolError(
      "MESSAGE_TOO_LARGE",
      `${where}: batch of ${kept.sizeInBytes} bytes once it is ${codec}, max.message.bytes is ${config.maxMessageBytes}`,
    );
  }
  if (kept.sizeInBytes > Math.max(config.segmentBytes, leastSegmentBytes)) {
    throw new KafkaProtocolError(
      "RECORD_LIST_TOO_LARGE",
      `${where}: batch of ${kept.sizeInBytes} bytes, segment.bytes is ${config.segmentBytes}`,
    );
  }
  return kept;
}

function targetCodec(batch: RecordBatch, { compressionType }: LogConfig): Compression {
  if (compressionType === "producer" || batch.isControl) return batch.compression;
  return compressionType === "uncompressed" ? "none" : compressionType;
}

function recompressed(
  batch: RecordBatch,
  codec: Compression,
  { config, where, logAppendTime }: CodecOptions,
): RecordBatch {
  if (batch.producerId >= 0 && batch.producerEpoch < 0) throw cannotBePacked(where, `epoch ${batch.producerEpoch}`);
  try {
    // One by one: packed well, a batch of some megabytes has millions of records.
    const builder = new RecordBatchBuilder({ compression: codec, level: levelOf(codec, config) });
    for (const record of batch.records({ maxBytes: unpackedMaxBytes })) {
      if (logAppendTime === undefined && record.timestamp < -1) {
        throw cannotBePacked(where, `timestamp ${record.timestamp}`);
      }
      builder.add(logAppendTime === undefined ? record : { ...record, timestamp: logAppendTime });
    }
    const { producerId, producerEpoch, baseSequence, isTransactional } = batch;
    const bytes = builder.build({ producerId, producerEpoch, baseSequence, isTransactional });
    return RecordBatch.at(bytes);
  } catch (error) {
    throw unreadableRecords(error, where);
  }
}

/** As in Kafka, which takes such records as they are but cannot pack them anew. */
const cannotBePacked = (where: string, what: string): KafkaProtocolError =>
  new KafkaProtocolError("UNKNOWN_SERVER_ERROR", `${where}: a batch with ${what} cannot be packed in another codec`);

function levelOf(codec: Compression, config: LogConfig): number | undefined {
  // Kafka says -1 for gzip's own choice.
  if (codec === "gzip") return config.compressionGzipLevel < 0 ? undefined : config.compressionGzipLevel;
  return codec === "zstd" ? config.compressionZstdLevel : undefined;
}

/** What a producer is told whose records cannot be read: what Kafka says, that is nothing in particular where the codec fails. */
export function unreadableRecords(error: unknown, where: string): unknown {
  if (!(error instanceof CorruptBatchError)) return error;
  const code = error.cause === undefined ? "INVALID_RECORD" : "UNKNOWN_SERVER_ERROR";
  return new KafkaProtocolError(code, `${where}: ${error.message}`, { cause: error });
}
