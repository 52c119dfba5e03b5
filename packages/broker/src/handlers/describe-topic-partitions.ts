import {
  apis,
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponseInput,
  type ProtocolErrorCode,
  zeroUuid,
} from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { topicNameProblem } from "../topics/topic-name.js";
import type { Topic } from "../topics/topics.js";
import { operationsNotAsked, topicOperations } from "./authorized-operations.js";
import { wireCode } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// KIP-966: topics by name, so many partitions at a time; the cursor says where to go on.

type TopicAnswer = DescribeTopicPartitionsResponseInput["topics"][number];

const handle: Handler<typeof apis.DescribeTopicPartitions> = ({ broker }, request) => {
  const { cursor } = request;
  const names = namesOf(broker, request);
  if (names.includes("")) return refused(request, "UNKNOWN_SERVER_ERROR");
  if (
    cursor !== null &&
    (cursor.partitionIndex < 0 || !(request.topics.length === 0 || names.includes(cursor.topicName)))
  ) {
    return refused(request, "INVALID_REQUEST");
  }
  const most = broker.config.get("max.request.partition.size.limit");
  let room = Math.max(Math.min(request.responsePartitionLimit, most), 1);
  const topics: TopicAnswer[] = [];
  for (const name of names) {
    if (room === 0) return { throttleTimeMs: 0, topics, nextCursor: { topicName: name, partitionIndex: 0 } };
    const topic = broker.topics.get(name);
    if (topic === undefined) {
      const isName = topicNameProblem(name) === undefined;
      topics.push(failed(name, isName ? "UNKNOWN_TOPIC_OR_PARTITION" : "INVALID_TOPIC_EXCEPTION", topicOperations));
      continue;
    }
    const from = cursor?.topicName === name ? cursor.partitionIndex : 0;
    const logs = topic.partitions.slice(from, from + room);
    topics.push(describe(topic, logs, broker.nodeId));
    room -= logs.length;
    const next = from + logs.length;
    if (next < topic.partitions.length) {
      return { throttleTimeMs: 0, topics, nextCursor: { topicName: name, partitionIndex: next } };
    }
  }
  return { throttleTimeMs: 0, topics };
};

function refused(
  { topics }: DescribeTopicPartitionsRequest,
  code: ProtocolErrorCode,
): DescribeTopicPartitionsResponseInput {
  const asked = [...new Set(topics.map(({ name }) => name))];
  return { throttleTimeMs: 0, topics: asked.map((name) => failed(name, code, operationsNotAsked)) };
}

/** Sorted, each once, from the cursor on. None asked for are all. */
function namesOf(broker: BrokerServices, { topics, cursor }: DescribeTopicPartitionsRequest): readonly string[] {
  const asked = topics.length === 0 ? [...broker.topics.all()].map(({ name }) => name) : topics.map(({ name }) => name);
  const sorted = [...new Set(asked)].sort();
  return cursor === null ? sorted : sorted.filter((name) => name >= cursor.topicName);
}

const failed = (name: string, code: ProtocolErrorCode, operations: number): TopicAnswer => ({
  errorCode: wireCode(code),
  name,
  topicId: zeroUuid,
  partitions: [],
  topicAuthorizedOperations: operations,
});

const describe = ({ name, id, isInternal }: Topic, logs: Topic["partitions"], nodeId: number): TopicAnswer => ({
  errorCode: 0,
  name,
  topicId: id,
  isInternal,
  partitions: logs.map(({ partition, leaderEpoch }) => ({
    errorCode: 0,
    partitionIndex: partition,
    leaderId: nodeId,
    leaderEpoch,
    replicaNodes: [nodeId],
    isrNodes: [nodeId],
    eligibleLeaderReplicas: [],
    lastKnownElr: [],
    offlineReplicas: [],
  })),
  topicAuthorizedOperations: topicOperations,
});

export const describeTopicPartitionsEntry: HandlerEntry<typeof apis.DescribeTopicPartitions> = {
  api: apis.DescribeTopicPartitions,
  handle,
};
