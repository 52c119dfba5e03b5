import {
  apis,
  CorruptBatchError,
  KafkaProtocolError,
  type ProduceRequest,
  type ProduceResponseInput,
  type ProtocolErrorCode,
  RecordBatch,
} from "@ottla/protocol";
import type { AppendResult } from "../log/partition-log.js";
import { RejectedRecordsError } from "../log/rejected-records-error.js";
import { errorOf } from "./error-code.js";
import { partitionNamed, partitionWithId } from "./find-partition.js";
import type { Handler, HandlerEntry, RequestContext } from "./handler.js";
import {
  type Admitted,
  isMarkedTransactional,
  type RequestedBatch,
  transactionVersionOf,
  whenAdmitted,
} from "./produce-admission.js";

// v3 record batches v2 and nothing older; v5 log start offset; v7 zstd; v8 record errors and messages (KIP-467); v9 flexible;
// v10 leader hints (KIP-951), never sent: this node always leads; v11 and v12 transactions v2 (KIP-890); v13 topic ids (KIP-516).
//
// timeoutMs is how long to wait for other replicas, of which there are none. A sync is not timed: the client's own timeout ends its
// waiting, and its retry is found to be a duplicate.

type PartitionAnswer = ProduceResponseInput["responses"][number]["partitionResponses"][number];
type TopicRequest = ProduceRequest["topicData"][number];

/** The one client id that may write to internal topics, as in Kafka. */
const adminClientId = "__admin_client";
const zstdFromVersion = 7;
const emptyBatch = Buffer.alloc(0);

const handle: Handler<typeof apis.Produce> = (context, request, version) => {
  const begun = whenAdmitted(context.broker, request, batchesOf(context, request, version), version, (admitted) =>
    begin(context, request, version, admitted),
  );
  if (!(begun instanceof Promise)) return finish(begun, request);
  // The next batch of the producer must not be written before these.
  context.hold(begun);
  return begun.then((answers) => finish(answers, request));
};

/** The transactional batches of the request that are for partitions there are. */
function batchesOf({ broker }: RequestContext, { topicData }: ProduceRequest, version: number): RequestedBatch[] {
  return topicData.flatMap(({ name, topicId, partitionData }) => {
    const topic = version >= 13 ? broker.topics.byId(topicId) : broker.topics.get(name);
    return partitionData.flatMap(({ index, records }) =>
      topic?.partitions[index] === undefined || records === null || !isMarkedTransactional(records)
        ? []
        : [{ topic: topic.name, partition: index, records: toBuffer(records) }],
    );
  });
}

/** Answers, some of which only wait for their batches to be written or durable. */
type BegunAnswers = readonly {
  readonly topicRequest: TopicRequest;
  readonly partitionResponses: readonly (PartitionAnswer | Promise<PartitionAnswer>)[];
}[];

function begin(context: RequestContext, request: ProduceRequest, version: number, admitted: Admitted): BegunAnswers {
  return request.topicData.map((topicRequest) => {
    const partitionResponses = topicRequest.partitionData.map(({ index, records }) => {
      try {
        return produceTo(context, request, version, topicRequest, index, records ?? emptyBatch, admitted);
      } catch (failure) {
        return failed(index, failure);
      }
    });
    return { topicRequest, partitionResponses };
  });
}

const finish = (answers: BegunAnswers, { acks }: ProduceRequest): Promise<ProduceResponseInput | undefined> =>
  acks === 0
    ? finishSilently(answers.flatMap(({ partitionResponses }) => partitionResponses))
    : finishAnswered(answers);

/** Checks and appends one batch, all at once; what is returned only waits for it to be written or durable. */
function produceTo(
  context: RequestContext,
  { acks }: ProduceRequest,
  version: number,
  topicRequest: TopicRequest,
  index: number,
  records: Uint8Array,
  admitted: Admitted,
): Promise<PartitionAnswer> {
  if (acks !== 0 && acks !== 1 && acks !== -1) {
    throw new KafkaProtocolError("INVALID_REQUIRED_ACKS", `acks is ${acks}, not 0, 1 or -1`);
  }
  const { name, topicId } = topicRequest;
  const { topics } = context.broker;
  const { topic, log } = version >= 13 ? partitionWithId(topics, topicId, index) : partitionNamed(topics, name, index);
  if (topic.isInternal && context.clientId !== adminClientId) {
    throw new KafkaProtocolError("INVALID_TOPIC_EXCEPTION", `Cannot append to internal topic ${topic.name}`);
  }
  if (acks === -1 && topic.config.get("min.insync.replicas") > 1) {
    throw new KafkaProtocolError(
      "NOT_ENOUGH_REPLICAS",
      `${topic.name}-${index} has 1 replica in sync, min.insync.replicas is ${topic.config.get("min.insync.replicas")}`,
    );
  }
  const refusal = admitted.refusalOf(topic.name, index, records);
  if (refusal !== undefined) throw refusal;
  const batch = toBuffer(records);
  checkBatch(batch, version);
  let appended: AppendResult;
  try {
    appended = log.append(batch, "client", { transactionVersion: transactionVersionOf(version) });
  } catch (failure) {
    const answer = failed(index, failure);
    return Promise.resolve(isOfTheBatch(failure) ? { ...answer, logStartOffset: log.logStartOffset } : answer);
  }
  const { baseOffset, lastOffset, logAppendTime, logStartOffset } = appended;
  const answer = { index, errorCode: 0, baseOffset, logAppendTimeMs: logAppendTime, logStartOffset };
  const done = acks === -1 ? log.whenDurable(lastOffset + 1) : log.whenWritten(lastOffset + 1);
  return done.then(
    () => answer,
    (failure: unknown) => failed(index, failure),
  );
}

const toBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** What depends on the request rather than on the log. */
function checkBatch(records: Buffer, version: number): void {
  if (records.length === 0) {
    throw new KafkaProtocolError(
      "INVALID_RECORD",
      `Produce requests with version ${version} must have exactly one batch of records in each partition`,
    );
  }
  if (version < zstdFromVersion && compressionOf(records) === "zstd") {
    throw new KafkaProtocolError(
      "UNSUPPORTED_COMPRESSION_TYPE",
      `zstd needs Produce v${zstdFromVersion}, not v${version}`,
    );
  }
}

/** `undefined` for bytes that are no batch: those are the log's to refuse. */
function compressionOf(records: Buffer): RecordBatch["compression"] | undefined {
  try {
    return RecordBatch.at(records).compression;
  } catch (error) {
    if (error instanceof CorruptBatchError) return undefined;
    throw error;
  }
}

/** Of these Kafka tells no log start offset; of whatever else is wrong with a batch it does. */
const withoutLogStart: ReadonlySet<ProtocolErrorCode> = new Set<ProtocolErrorCode>([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "CORRUPT_MESSAGE",
  "KAFKA_STORAGE_ERROR",
]);

const isOfTheBatch = (failure: unknown): boolean =>
  failure instanceof KafkaProtocolError && !withoutLogStart.has(failure.code);

function failed(index: number, failure: unknown): PartitionAnswer {
  const { errorCode, errorMessage } = errorOf(failure);
  const recordErrors = failure instanceof RejectedRecordsError ? failure.recordErrors : [];
  return { index, errorCode, baseOffset: -1, recordErrors, errorMessage };
}

async function finishAnswered(answers: BegunAnswers): Promise<ProduceResponseInput> {
  const responses = [];
  for (const { topicRequest, partitionResponses } of answers) {
    const { name, topicId } = topicRequest;
    responses.push({ name, topicId, partitionResponses: await Promise.all(partitionResponses) });
  }
  return { responses };
}

/** With `acks=0` there is no response to carry an error, so the connection ends: that makes a client look again. */
async function finishSilently(answers: readonly (PartitionAnswer | Promise<PartitionAnswer>)[]): Promise<undefined> {
  for (const { index, errorCode, errorMessage } of await Promise.all(answers)) {
    if (errorCode !== 0) {
      throw new KafkaProtocolError(
        "NETWORK_EXCEPTION",
        `acks=0 to partition ${index} failed: ${errorMessage ?? errorCode}`,
      );
    }
  }
  return undefined;
}

/** Old librdkafka turns features off where version 0 is missing, so it is told; nobody that speaks only 0-2 is left. */
export const produceEntry: HandlerEntry<typeof apis.Produce> = {
  api: apis.Produce,
  advertisedMinVersion: 0,
  isPipelined: true,
  handle,
};
