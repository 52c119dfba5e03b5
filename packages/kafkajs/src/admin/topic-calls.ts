import type { TopicMetadata } from "@ottla/client";
import { protocolError } from "../errors/as-kafkajs-error.js";
import {
  KafkaJSAggregateError,
  KafkaJSCreateTopicError,
  KafkaJSDeleteTopicRecordsError,
  KafkaJSNonRetriableError,
  KafkaJSNotImplemented,
  KafkaJSTimeout,
} from "../errors/kafkajs-errors.js";
import { type AdminCalls, checkName, checkTopics, partitionMetadata, refusal, throwFirst } from "./admin-calls.js";
import type { ITopicConfig, ITopicMetadata, ITopicPartitionConfig, SeekEntry } from "./admin-types.js";

const leaderWaitMs = 100;

export interface CreateTopicsOptions {
  validateOnly?: boolean;
  /** Whether to wait until every partition has a leader. Default true. */
  waitForLeaders?: boolean;
  /** Milliseconds, of that wait. Default 5,000. */
  timeout?: number;
  topics: ITopicConfig[];
}

/** False when all are there already. */
export async function createTopics(
  { admin, options, timers }: AdminCalls,
  { topics, validateOnly = false, waitForLeaders = true, timeout = 5_000 }: CreateTopicsOptions,
): Promise<boolean> {
  checkTopics(topics);
  const wanted = topics.map(({ topic, numPartitions, replicationFactor, configEntries = [], replicaAssignment }) => {
    checkEntries(topic, configEntries);
    if (replicaAssignment !== undefined && replicaAssignment.length > 0) {
      throw new KafkaJSNotImplemented("replicaAssignment: create the topic, then alterPartitionReassignments");
    }
    return {
      name: topic,
      partitions: numPartitions === -1 ? undefined : numPartitions,
      replicationFactor: replicationFactor === -1 ? undefined : replicationFactor,
      config: Object.fromEntries(configEntries.map(({ name, value }) => [name, value])),
    };
  });
  const created = await admin.topics.create(wanted, { ...options, validateOnly });
  const errors = created.flatMap(({ name, error }) =>
    error === undefined ? [] : [new KafkaJSCreateTopicError(protocolError(error), name)],
  );
  if (errors.length > 0) {
    if (errors.every(({ type }) => type === "TOPIC_ALREADY_EXISTS")) return false;
    throw new KafkaJSAggregateError("topics could not be created", errors);
  }
  if (!waitForLeaders || validateOnly) return true;
  const names = topics.map(({ topic }) => topic);
  for (let waitedMs = 0; ; waitedMs += leaderWaitMs) {
    const described = await admin.topics.describe(names, options);
    if (described.length === names.length && described.every(isLed)) return true;
    if (waitedMs >= timeout) throw new KafkaJSTimeout(`no leaders for ${names.join(", ")} within ${timeout} ms`);
    await new Promise<void>((resolve) => timers.after(leaderWaitMs, resolve));
  }
}

export async function createPartitions(
  { admin, options }: AdminCalls,
  { topicPartitions, validateOnly = false }: { topicPartitions: ITopicPartitionConfig[]; validateOnly?: boolean },
): Promise<boolean> {
  checkTopics(topicPartitions);
  if (topicPartitions.length === 0) throw new KafkaJSNonRetriableError("topicPartitions is empty");
  if (topicPartitions.some(({ assignments }) => assignments !== undefined && assignments.length > 0)) {
    throw new KafkaJSNotImplemented("assignments: create the partitions, then alterPartitionReassignments");
  }
  const wanted = topicPartitions.map(({ topic, count }) => ({ topic, count }));
  throwFirst(await admin.topics.createPartitions(wanted, { ...options, validateOnly }));
  return true;
}

export async function deleteTopics({ admin, options }: AdminCalls, topics: string[]): Promise<void> {
  if (!Array.isArray(topics)) throw new KafkaJSNonRetriableError(`not an array of topics: ${topics}`);
  for (const topic of topics) checkName("topic", topic);
  throwFirst(await admin.topics.delete(topics, options));
}

export async function listTopics({ admin, options }: AdminCalls): Promise<string[]> {
  const topics = await admin.topics.list({ ...options, internal: true });
  return topics.map(({ name }) => name);
}

export async function fetchTopicMetadata(
  { admin, options }: AdminCalls,
  topics: readonly string[],
): Promise<{ topics: ITopicMetadata[] }> {
  for (const topic of topics) checkName("topic", topic);
  const described =
    topics.length > 0
      ? await admin.topics.describe(topics, options)
      : await admin.topics.list({ ...options, internal: true });
  return { topics: described.map((topic) => ({ name: topic.name, partitions: partitionMetadata(topic) })) };
}

export async function deleteTopicRecords(
  { admin, options }: AdminCalls,
  { topic, partitions }: { topic: string; partitions: SeekEntry[] },
): Promise<void> {
  checkName("topic", topic);
  if (!Array.isArray(partitions) || partitions.length === 0) throw new KafkaJSNonRetriableError("partitions is empty");
  const wanted = partitions.map(({ partition, offset }) => ({
    topic,
    partition,
    before: offset === "-1" ? ("end" as const) : BigInt(offset),
  }));
  const deleted = await admin.topics.deleteRecords(wanted, options);
  const failed = partitions.flatMap(({ partition, offset }, index) => {
    const error = deleted[index]?.error;
    return error === undefined ? [] : [{ partition, offset, error: refusal(error) }];
  });
  if (failed.length > 0) throw new KafkaJSDeleteTopicRecordsError({ topic, partitions: failed });
}

const isLed = ({ error, partitions }: TopicMetadata): boolean =>
  error === undefined && partitions.length > 0 && partitions.every(({ leader }) => leader >= 0);

function checkEntries(topic: string, entries: unknown): void {
  if (!Array.isArray(entries)) throw new KafkaJSNonRetriableError(`topic "${topic}": configEntries is no array`);
  for (const entry of entries as readonly { readonly name?: unknown; readonly value?: unknown }[]) {
    if (typeof entry?.name !== "string" || typeof entry.value !== "string") {
      throw new KafkaJSNonRetriableError(`topic "${topic}": a config entry needs a name and a value, both text`);
    }
  }
}
