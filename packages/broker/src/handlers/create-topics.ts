import { apis, type CreateTopicsRequest, type CreateTopicsResponseInput, KafkaProtocolError } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { configSources } from "../config/config-source.js";
import { TopicConfig } from "../config/topic-config.js";
import { type TopicConfigName, topicConfigKeys } from "../config/topic-config-keys.js";
import { checkPartitionsOfRequest } from "../topics/partition-limit.js";
import type { NewTopic } from "../topics/topics.js";
import { errorFields, errorOf, noError } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { repeatedIn } from "./repeated.js";

// v4 defaults for partitions and replication factor (KIP-464); v5 flexible, the new topic's configuration (KIP-525); v7 its id.

type TopicRequest = CreateTopicsRequest["topics"][number];
type TopicAnswer = CreateTopicsResponseInput["topics"][number];

const byDefault = -1;

const handle: Handler<typeof apis.CreateTopics> = async ({ broker }, { topics, validateOnly }) => {
  const repeated = repeatedIn(topics.map(({ name }) => name));
  const answers: Promise<TopicAnswer>[] = [];
  for (const name of repeated) {
    answers.push(Promise.resolve({ name, ...errorFields("INVALID_REQUEST", "Duplicate topic name."), configs: [] }));
  }
  const once = topics.filter(({ name }) => !repeated.has(name));
  const partitions = once.reduce((sum, topic) => sum + partitionsOf(broker, topic), 0);
  for (const topic of once) answers.push(createOne(broker, topic, { partitions, validateOnly }));
  return { topics: await Promise.all(answers) };
};

/** How many it asks for, before anybody looked whether it may. */
function partitionsOf({ config }: BrokerServices, { assignments, numPartitions }: TopicRequest): number {
  if (assignments.length > 0) return assignments.length;
  return numPartitions === byDefault ? config.get("num.partitions") : Math.max(numPartitions, 0);
}

async function createOne(
  broker: BrokerServices,
  request: TopicRequest,
  { partitions, validateOnly }: { readonly partitions: number; readonly validateOnly: boolean },
): Promise<TopicAnswer> {
  const { name } = request;
  try {
    checkPartitionsOfRequest(partitions);
    const topic = newTopicOf(broker, request);
    broker.topics.check(topic);
    // Kafka gives the id it would have had, too.
    const topicId = validateOnly ? broker.topics.newId() : (await broker.topics.create(topic)).id;
    return {
      name,
      topicId,
      ...noError,
      numPartitions: topic.partitions,
      replicationFactor: 1,
      configs: configsOf(new TopicConfig(broker.config, topic.configs ?? new Map())),
    };
  } catch (failure) {
    return { name, ...errorOf(failure), configs: [] };
  }
}

function newTopicOf(broker: BrokerServices, request: TopicRequest): NewTopic {
  const { name, assignments } = request;
  broker.topics.checkName(name);
  const configs = new Map<string, string>();
  for (const { name: key, value } of request.configs) {
    if (value === null) {
      throw new KafkaProtocolError("INVALID_CONFIG", `Null value not supported for topic configs: ${key}`);
    }
    configs.set(key, value);
  }
  if (assignments.length > 0) return { name, partitions: assignedPartitions(broker, request), configs };
  const { numPartitions, replicationFactor } = request;
  if (replicationFactor !== byDefault && replicationFactor < 1) {
    throw new KafkaProtocolError(
      "INVALID_REPLICATION_FACTOR",
      "Replication factor must be larger than 0, or -1 to use the default value.",
    );
  }
  if (numPartitions !== byDefault && numPartitions < 1) {
    throw new KafkaProtocolError(
      "INVALID_PARTITIONS",
      "Number of partitions was set to an invalid non-positive value.",
    );
  }
  if (replicationFactor > 1) {
    throw new KafkaProtocolError(
      "INVALID_REPLICATION_FACTOR",
      `The target replication factor of ${replicationFactor} cannot be reached because only 1 broker(s) are registered.`,
    );
  }
  return {
    name,
    partitions: partitionsOf(broker, request),
    configs,
  };
}

/** Partitions of a topic whose replicas the client placed: all on this node, numbered from 0 without a gap. */
function assignedPartitions(
  { nodeId }: BrokerServices,
  { assignments, numPartitions, replicationFactor }: TopicRequest,
): number {
  if (numPartitions !== byDefault || replicationFactor !== byDefault) {
    const field = replicationFactor === byDefault ? "number of partitions" : "replication factor";
    throw new KafkaProtocolError(
      "INVALID_REQUEST",
      `A manual partition assignment was specified, but the ${field} was not set to -1.`,
    );
  }
  const seen = new Set<number>();
  for (const { partitionIndex, brokerIds } of assignments) {
    if (seen.has(partitionIndex)) {
      throw new KafkaProtocolError(
        "INVALID_REPLICA_ASSIGNMENT",
        `Found multiple manual partition assignments for partition ${partitionIndex}`,
      );
    }
    seen.add(partitionIndex);
    checkReplicas(nodeId, brokerIds);
  }
  for (let index = 0; index < assignments.length; index += 1) {
    if (!seen.has(index)) {
      throw new KafkaProtocolError(
        "INVALID_REPLICA_ASSIGNMENT",
        "partitions should be a consecutive 0-based integer sequence",
      );
    }
  }
  return assignments.length;
}

/** @throws {@link KafkaProtocolError} unless a partition is placed on this node and nowhere else. */
export function checkReplicas(nodeId: number, brokerIds: readonly number[]): void {
  if (brokerIds.length === 0) {
    throw new KafkaProtocolError(
      "INVALID_REPLICA_ASSIGNMENT",
      "The manual partition assignment includes an empty replica list.",
    );
  }
  const stranger = brokerIds.find((brokerId) => brokerId !== nodeId);
  if (stranger !== undefined) {
    throw new KafkaProtocolError(
      "INVALID_REPLICA_ASSIGNMENT",
      `The manual partition assignment includes broker ${stranger}, but no such broker is registered.`,
    );
  }
  if (brokerIds.length > 1) {
    throw new KafkaProtocolError(
      "INVALID_REPLICA_ASSIGNMENT",
      `The manual partition assignment includes the broker ${nodeId} more than once.`,
    );
  }
}

const configsOf = (config: TopicConfig): NonNullable<TopicAnswer["configs"]> =>
  (Object.keys(topicConfigKeys) as TopicConfigName[]).map((name) => ({
    name,
    value: config.textOf(name),
    readOnly: false,
    configSource: configSources[config.synonymsOf(name)[0]?.source ?? "default"],
    isSensitive: false,
  }));

export const createTopicsEntry: HandlerEntry<typeof apis.CreateTopics> = { api: apis.CreateTopics, handle };
