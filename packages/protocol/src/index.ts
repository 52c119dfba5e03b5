export { ByteReader } from "./bytes/reader.js";
export { ByteWriter } from "./bytes/writer.js";
export { crc32c } from "./checksum/crc32c.js";
export { murmur2 } from "./checksum/murmur2.js";
export { type Compression, compress, decompress } from "./compression/compression.js";
export {
  type ConsumerAssignment,
  type ConsumerAssignmentInput,
  type ConsumerSubscription,
  type ConsumerSubscriptionInput,
  consumerProtocol,
} from "./consumer-protocol/consumer-protocol.js";
export { CorruptBatchError } from "./errors/corrupt-batch-error.js";
export { KafkaProtocolError } from "./errors/kafka-protocol-error.js";
export { MalformedMessageError } from "./errors/malformed-message.js";
export { errorCodeOf, type ProtocolErrorCode, protocolErrors } from "./errors/protocol-errors.js";
export { FrameSplitter } from "./frames/frame-splitter.js";
export {
  decodeResponse,
  encodeRequest,
  encodeResponse,
  encodeUnsupportedApiVersions,
  peekCorrelationId,
  peekRequest,
  type RequestHeader,
  readRequestHeader,
} from "./frames/header.js";
export * from "./messages/index.js";
export { batchesIn } from "./records/batches-in.js";
export type { ControlRecord } from "./records/control-record.js";
export { encodeBatch, encodeControlBatch } from "./records/encode-batch.js";
export type { KafkaRecord, RecordHeader, RecordInput } from "./records/record.js";
export { RecordBatch } from "./records/record-batch.js";
export {
  type BatchHeaderOptions,
  RecordBatchBuilder,
  type RecordBatchBuilderOptions,
  recordSize,
} from "./records/record-batch-builder.js";
export { emptiedBatch, type RetainedBatch, type RetainOptions, retainRecords } from "./records/retain-records.js";
export { type Api, api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "./schema/api.js";
export { zeroUuid } from "./schema/defaults.js";
export type { Decoded, Encodable, Field, FieldOptions, Fields } from "./schema/field.js";
export { isInVersion } from "./schema/is-in-version.js";
export { Message } from "./schema/message.js";
export {
  array,
  type Bytes,
  bool,
  bytes,
  float64,
  int8,
  int16,
  int32,
  int64,
  records,
  string,
  struct,
  uint16,
  uint32,
  uuid,
} from "./schema/types.js";
export type { VersionRange, VersionRangeText } from "./schema/version-range.js";
