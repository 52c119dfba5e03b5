import type { TopicPartitions } from "../config/cluster-types.js";
import { asKafkaJSError } from "../errors/as-kafkajs-error.js";
import {
  KafkaJSAggregateError,
  KafkaJSAlterPartitionReassignmentsError,
  KafkaJSNonRetriableError,
} from "../errors/kafkajs-errors.js";
import { type AdminCalls, checkTopics, refusal } from "./admin-calls.js";
import type { ListPartitionReassignmentsResponse, PartitionReassignment } from "./admin-types.js";

const isNumber = (given: unknown): boolean => typeof given === "number" && given >= 0;

export async function alterPartitionReassignments(
  { admin, options }: AdminCalls,
  topics: PartitionReassignment[],
): Promise<void> {
  checkTopics(topics);
  const wanted = topics.flatMap(({ topic, partitionAssignment }) => {
    if (!Array.isArray(partitionAssignment)) {
      throw new KafkaJSNonRetriableError(`topic ${topic}: partitionAssignment is no array`);
    }
    return partitionAssignment.map(({ partition, replicas }) => {
      if (!isNumber(partition)) throw new KafkaJSNonRetriableError(`topic ${topic}: ${partition} is no partition`);
      if (!Array.isArray(replicas) || !replicas.every(isNumber)) {
        throw new KafkaJSNonRetriableError(`topic ${topic}, partition ${partition}: ${replicas} are no replicas`);
      }
      return { topic, partition, replicas };
    });
  });
  const outcomes = await admin.partitions.reassign(wanted, options);
  const errors = outcomes.flatMap(({ topic, partition, error }) =>
    error === undefined ? [] : [new KafkaJSAlterPartitionReassignmentsError(refusal(error), topic, partition)],
  );
  if (errors.length > 0) throw new KafkaJSAggregateError("partitions could not be reassigned", errors);
}

export async function listPartitionReassignments(
  { admin, options }: AdminCalls,
  topics: TopicPartitions[] | null | undefined,
): Promise<ListPartitionReassignmentsResponse> {
  if (topics) checkTopics(topics);
  const wanted = topics?.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
  const ongoing = await admin.partitions.reassignments(wanted, options).catch((error: unknown) => {
    throw asKafkaJSError(error);
  });
  const byTopic = new Map<string, ListPartitionReassignmentsResponse["topics"][number]["partitions"]>();
  for (const { topic, partition, replicas, adding, removing } of ongoing) {
    const entry = {
      partitionIndex: partition,
      replicas: [...replicas],
      addingReplicas: [...adding],
      removingReplicas: [...removing],
    };
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), entry]);
  }
  return { topics: Array.from(byTopic, ([topic, partitions]) => ({ topic, partitions })) };
}
