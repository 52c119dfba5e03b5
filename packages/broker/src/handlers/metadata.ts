import { apis, type MetadataRequest, type MetadataResponseInput, zeroUuid } from "@ottla/protocol";
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
  const { host, port } = broker.advertised(connection.listener);
  return {
    brokers: [{ nodeId: broker.nodeId, host, port, rack: broker.config.get("broker.rack") }],
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    topics: await topicsOf(broker, request, version),
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? clusterOperations : operationsNotAsked,
  };
};

async function topicsOf(broker: BrokerServices, request: MetadataRequest, version: number): Promise<TopicAnswer[]> {
  const { topics, includeTopicAuthorizedOperations } = request;
  const operations = includeTopicAuthorizedOperations ? topicOperations : operationsNotAsked;
  const answer = (topic: Topic) => describeTopic(topic, broker.nodeId, operations);
  if (topics === null || (version === 0 && topics.length === 0)) return [...broker.topics.all()].map(answer);
  const mayCreate = mayCreateMissing(broker, request);
  const answers: Promise<TopicAnswer>[] = [];
  const asked = new Set<string>();
  for (const { name, topicId } of topics) {
    const key = name ?? topicId;
    if (asked.has(key)) continue;
    asked.add(key);
    if (topicId !== zeroUuid || name === null)
      answers.push(Promise.resolve(byId(broker, { name, topicId }, version, answer)));
    else answers.push(byName(broker, name, mayCreate, answer));
  }
  return Promise.all(answers);
}

function mayCreateMissing(broker: BrokerServices, { allowAutoTopicCreation, topics }: MetadataRequest): boolean {
  if (!allowAutoTopicCreation || !broker.config.get("auto.create.topics.enable")) return false;
  const missing = (topics ?? []).filter(({ name }) => name !== null && broker.topics.get(name) === undefined);
  return isWithinRequest(missing.length * broker.config.get("num.partitions"));
}

function byId(
  broker: BrokerServices,
  { name, topicId }: { readonly name: string | null; readonly topicId: string },
  version: number,
  answer: (topic: Topic) => TopicAnswer,
): TopicAnswer {
  if (version < 12) return failed(wireCode("INVALID_REQUEST"), name ?? "", topicId);
  const topic = broker.topics.byId(topicId);
  return topic === undefined ? failed(wireCode("UNKNOWN_TOPIC_ID"), null, topicId) : answer(topic);
}

async function byName(
  broker: BrokerServices,
  name: string,
  mayCreate: boolean,
  answer: (topic: Topic) => TopicAnswer,
): Promise<TopicAnswer> {
  const topic = broker.topics.get(name);
  if (topic !== undefined) return answer(topic);
  if (topicNameProblem(name) !== undefined) return failed(wireCode("INVALID_TOPIC_EXCEPTION"), name);
  if (!mayCreate || !isMadeWhenAskedFor(name)) return failed(wireCode("UNKNOWN_TOPIC_OR_PARTITION"), name);
  // Kafka answers 3 at first and creates meanwhile; the topic is here in a millisecond, so the client need not ask twice.
  try {
    return answer(await broker.topics.ensure(newTopic(broker, name)));
  } catch (failure) {
    return failed(errorOf(failure).errorCode, name);
  }
}

const newTopic = ({ config }: BrokerServices, name: string) =>
  name === offsetsTopicName ? offsetsTopic(config) : { name, partitions: config.get("num.partitions") };

const failed = (errorCode: number, name: string | null, topicId = zeroUuid): TopicAnswer => ({
  errorCode,
  name,
  topicId,
  isInternal: name !== null && internalTopics.has(name),
  partitions: [],
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
