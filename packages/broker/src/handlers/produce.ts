import {
  apis,
  KafkaProtocolError,
  type ProduceRequest,
  type ProduceResponseInput,
  type ProtocolErrorCode,
} from "@ottla/protocol";
import { codecAt } from "../log/batch-header.js";
import { beginsWithBatch, checkOneBatch, isMisshapen } from "../log/one-batch.js";
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
// min.insync.replicas counts as the number of replicas where it is above that, which is 1, so that there are always enough.
//
// timeoutMs is how long to wait for other replicas, of which there are none. A sync is not timed: the client's own timeout ends its
// waiting, and its retry is found to be a duplicate.

type PartitionAnswer = ProduceResponseInput["responses"][number]["partitionResponses"][number];
type TopicRequest = ProduceRequest["topicData"][number];
type PartitionRequest = TopicRequest["partitionData"][number];

/** The one client id that may write to internal topics, as in Kafka. */
const adminClientId = "__admin_client";
const firstVersionWithTopicIds = 13;
const zstdFromVersion = 7;
const zstd = 4;
const emptyBatch = Buffer.alloc(0);

const handle: Handler<typeof apis.Produce> = (context, sent, version) => {
  const request = { ...sent, topicData: eachOnce(sent.topicData, version) };
  const refusal = refusalOfAll(request);
  if (refusal !== undefined) return finish(refuseAll(request, refusal), request);
  const begun = whenAdmitted(context.broker, request, batchesOf(context, request, version), version, (admitted) =>
    begin(context, request, version, admitted),
  );
  if (!(begun instanceof Promise)) return finish(begun, request);
  // The next batch of the producer must not be written before these.
  context.hold(begun);
  return begun.then((answers) => finish(answers, request));
};

/** What Kafka comes upon while it looks for transactional batches, before it does anything else with a request. */
function refusalOfAll({ topicData, transactionalId }: ProduceRequest): KafkaProtocolError | undefined {
  for (const { partitionData } of topicData) {
    for (const { records } of partitionData) {
      const bytes = toBuffer(records ?? emptyBatch);
      if (isMisshapen(bytes)) {
        return new KafkaProtocolError("CORRUPT_MESSAGE", "A batch is of a magic or a length that there is not");
      }
      if (!isMarkedTransactional(bytes)) continue;
      if (transactionalId !== null) return undefined;
      const what = "Transactional records in a request without a transactional id";
      return new KafkaProtocolError("TRANSACTIONAL_ID_AUTHORIZATION_FAILED", what);
    }
  }
  return undefined;
}

const refuseAll = ({ topicData }: ProduceRequest, refusal: KafkaProtocolError): BegunAnswers =>
  topicData.map((topicRequest) => ({
    topicRequest,
    partitionResponses: topicRequest.partitionData.map(({ index }) => failed(index, refusal)),
  }));

/** Each partition once, with what stands in the request last, as in Kafka; no topic without partitions. */
function eachOnce(topicData: TopicRequest[], version: number): TopicRequest[] {
  if (topicData.length === 1 && topicData[0]?.partitionData.length === 1) return topicData;
  const topics = new Map<
    string,
    { readonly topic: TopicRequest; readonly partitions: Map<number, PartitionRequest> }
  >();
  for (const topic of topicData) {
    const key = version >= firstVersionWithTopicIds ? topic.topicId : topic.name;
    const partitions = topics.get(key)?.partitions ?? new Map<number, PartitionRequest>();
    for (const partition of topic.partitionData) partitions.set(partition.index, partition);
    if (partitions.size > 0) topics.set(key, { topic, partitions });
  }
  return Array.from(topics.values(), ({ topic, partitions }) => ({
    ...topic,
    partitionData: [...partitions.values()],
  }));
}

/** The transactional batches of the request that are for partitions there are. */
function batchesOf({ broker }: RequestContext, { topicData }: ProduceRequest, version: number): RequestedBatch[] {
  return topicData.flatMap(({ name, topicId, partitionData }) => {
    const topic = version >= firstVersionWithTopicIds ? broker.topics.byId(topicId) : broker.topics.get(name);
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
  const { name, topicId } = topicRequest;
  const { topics } = context.broker;
  const { topic, log } =
    version >= firstVersionWithTopicIds ? partitionWithId(topics, topicId, index) : partitionNamed(topics, name, index);
  const batch = toBuffer(records);
  const where = `${topic.name}-${index}`;
  checkBatch(batch, version, where);
  if (acks !== 0 && acks !== 1 && acks !== -1) {
    throw new KafkaProtocolError("INVALID_REQUIRED_ACKS", `acks is ${acks}, not 0, 1 or -1`);
  }
  const refusal = admitted.refusalOf(topic.name, index, batch);
  if (refusal !== undefined) throw refusal;
  if (topic.isInternal && context.clientId !== adminClientId) {
    throw new KafkaProtocolError("INVALID_TOPIC_EXCEPTION", `Cannot append to internal topic ${topic.name}`);
  }
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
function checkBatch(records: Buffer, version: number, where: string): void {
  if (records.length === 0) {
    throw new KafkaProtocolError(
      "INVALID_RECORD",
      `Produce requests with version ${version} must have exactly one batch of records in each partition`,
    );
  }
  if (version < zstdFromVersion && beginsWithBatch(records)) checkCodec(records, version, where);
  checkOneBatch(records, where);
}

function checkCodec(records: Buffer, version: number, where: string): void {
  const codec = codecAt(records);
  if (codec === zstd) {
    throw new KafkaProtocolError(
      "UNSUPPORTED_COMPRESSION_TYPE",
      `${where}: zstd needs Produce v${zstdFromVersion}, not v${version}`,
    );
  }
  if (codec > zstd) throw new KafkaProtocolError("UNKNOWN_SERVER_ERROR", `${where}: there is no codec ${codec}`);
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
