import { KafkaProtocolError } from "@ottla/protocol";
import type { PartitionLog } from "../log/partition-log.js";
import type { Topic, Topics } from "../topics/topics.js";

export interface FoundPartition {
  readonly topic: Topic;
  readonly log: PartitionLog;
}

/** @throws {@link KafkaProtocolError} `UNKNOWN_TOPIC_OR_PARTITION` */
export const partitionNamed = (topics: Topics, name: string, index: number): FoundPartition =>
  partitionOf(topics.get(name), name, index);

/** @throws {@link KafkaProtocolError} `UNKNOWN_TOPIC_ID`, `UNKNOWN_TOPIC_OR_PARTITION` */
export function partitionWithId(topics: Topics, topicId: string, index: number): FoundPartition {
  const topic = topics.byId(topicId);
  if (topic === undefined) throw new KafkaProtocolError("UNKNOWN_TOPIC_ID", `No topic has id ${topicId}`);
  return partitionOf(topic, topic.name, index);
}

function partitionOf(topic: Topic | undefined, name: string, index: number): FoundPartition {
  const log = topic?.partitions[index];
  if (topic !== undefined && log !== undefined) return { topic, log };
  throw new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", `There is no ${name}-${index}`);
}
