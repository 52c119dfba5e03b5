import {
  apis,
  type MetadataRequest,
  type MetadataResponseInput,
  type ProtocolErrorCode,
  zeroUuid,
} from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { internalTopics, isMadeWhenAskedFor, offsetsTopic, offsetsTopicName } from "../topics/internal-topics.js";
import { isWithinRequest } from "../topics/partition-limit.js";
import { topicNameProblem } from "../topics/topic-name.js";
import type { Topic } from "../topics/topics.js";
import { clusterOperations, operationsNotAsked, topicOperations } from "./authorized-operations.js";
import { errorOf, wireCode } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 null asks for all, empty for none; v4 allowAutoTopicCreation; v7 leader epochs (KIP-320); v8 authorized operations
// (KIP-430); v10 topic ids (KIP-516), v12 asking by them; v11 drops the cluster's operations; v13 top-level error (KIP-1102).

type TopicAnswer = MetadataResponseInput["topics"][number];

const handle: Handler<typeof apis.Metadata> = async (context, request, version) => {
  const { broker, connection } = context;
  if (version < 12 && (namesNone(request) || asksById(request))) return refused(request, "INVALID_REQUEST");
  if (namesNone(request) && !asksById(request)) return refused(request, "UNKNOWN_SERVER_ERROR");
  const { host, port } = broker.advertised(connection.listener);
  return {
    brokers: [{ nodeId: broker.nodeId, host, port, rack: broker.config.get("broker.rack") }],
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    topics: await topicsOf(broker, request, version),
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? clusterOperations : operationsNotAsked,
  };
};

const asksById = ({ topics }: MetadataRequest): boolean => topics?.some(({ topicId }) => topicId !== zeroUuid) ?? false;

const namesNone = ({ topics }: MetadataRequest): boolean => topics?.some(({ name }) => name === null) ?? false;

/** Ids were on the wire for two versions before they could be asked by; nothing at all is answered then, nor where one has neither id nor name. */
const refused = ({ topics }: MetadataRequest, code: ProtocolErrorCode): MetadataResponseInput => ({
  brokers: [],
  clusterId: null,
  controllerId: -1,
  topics: (topics ?? []).map(({ name, topicId }) => failed(wireCode(code), name ?? "", { topicId })),
  errorCode: wireCode(code),
});

async function topicsOf(broker: BrokerServices, request: MetadataRequest, version: number): Promise<TopicAnswer[]> {
  const { topics, includeTopicAuthorizedOperations } = request;
  const operations = includeTopicAuthorizedOperations ? topicOperations : operationsNotAsked;
  const answer = (topic: Topic) => describeTopic(topic, broker.nodeId, operations);
  if (topics === null || (version === 0 && topics.length === 0)) return [...broker.topics.all()].map(answer);
  const mayCreate = mayCreateMissing(broker, request);
  const answers: Promise<TopicAnswer>[] = [];
  const asked = new Set<string>();
  // Where any are asked for by id, those by name are passed over.
  const isById = asksById(request);
  for (const { name, topicId } of topics) {
    if (isById && topicId === zeroUuid) continue;
    const key = isById ? topicId : name;
    if (key === null || asked.has(key)) continue;
    asked.add(key);
    if (isById) answers.push(Promise.resolve(byId(broker, topicId, answer)));
    else answers.push(byName(broker, key, { mayCreate, operations }, answer));
  }
  return Promise.all(answers);
}

function mayCreateMissing(broker: BrokerServices, { allowAutoTopicCreation, topics }: MetadataRequest): boolean {
  if (!allowAutoTopicCreation || !broker.config.get("auto.create.topics.enable")) return false;
  const missing = (topics ?? []).filter(({ name }) => name !== null && broker.topics.get(name) === undefined);
  return isWithinRequest(missing.length * broker.config.get("num.partitions"));
}

function byId(broker: BrokerServices, topicId: string, answer: (topic: Topic) => TopicAnswer): TopicAnswer {
  const topic = broker.topics.byId(topicId);
  return topic === undefined ? failed(wireCode("UNKNOWN_TOPIC_ID"), null, { topicId }) : answer(topic);
}

async function byName(
  broker: BrokerServices,
  name: string,
  { mayCreate, operations }: { readonly mayCreate: boolean; readonly operations: number },
  answer: (topic: Topic) => TopicAnswer,
): Promise<TopicAnswer> {
  const topic = broker.topics.get(name);
  if (topic !== undefined) return answer(topic);
  if (topicNameProblem(name) !== undefined) return failed(wireCode("INVALID_TOPIC_EXCEPTION"), name, { operations });
  if (!mayCreate || !isMadeWhenAskedFor(name)) {
    return failed(wireCode("UNKNOWN_TOPIC_OR_PARTITION"), name, { operations });
  }
  // Kafka answers 3 at first and creates meanwhile; the topic is here in a millisecond, so the client need not ask twice.
  try {
    return answer(await broker.topics.ensure(newTopic(broker, name)));
  } catch (failure) {
    const { errorCode } = errorOf(failure);
    // Kafka finds what is wrong with it, as that it is too much like another, when it has answered.
    const isInvalid = errorCode === wireCode("INVALID_TOPIC_EXCEPTION");
    return failed(isInvalid ? wireCode("UNKNOWN_TOPIC_OR_PARTITION") : errorCode, name, { operations });
  }
}

const newTopic = ({ config }: BrokerServices, name: string) =>
  name === offsetsTopicName ? offsetsTopic(config) : { name, partitions: config.get("num.partitions") };

const failed = (
  errorCode: number,
  name: string | null,
  { topicId = zeroUuid, operations = operationsNotAsked }: { topicId?: string; operations?: number } = {},
): TopicAnswer => ({
  errorCode,
  name,
  topicId,
  isInternal: name !== null && internalTopics.has(name),
  partitions: [],
  topicAuthorizedOperations: operations,
});

const describeTopic = (
  { name, id, isInternal, partitions }: Topic,
  nodeId: number,
  operations: number,
): TopicAnswer => ({
  errorCode: 0,
  name,
  topicId: id,
  isInternal,
  partitions: partitions.map(({ partition, leaderEpoch }) => ({
    errorCode: 0,
    partitionIndex: partition,
    leaderId: nodeId,
    leaderEpoch,
    replicaNodes: [nodeId],
    isrNodes: [nodeId],
  })),
  topicAuthorizedOperations: operations,
});

export const metadataEntry: HandlerEntry<typeof apis.Metadata> = { api: apis.Metadata, handle };
