import {
  apis,
  type DeleteTopicsRequest,
  type DeleteTopicsResponseInput,
  KafkaProtocolError,
  zeroUuid,
} from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import type { Topic } from "../topics/topics.js";
import { errorFields, errorOf, noError } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v4 flexible; v5 error messages (KIP-599); v6 topic ids (KIP-516).

type TopicRequest = DeleteTopicsRequest["topics"][number];
type TopicAnswer = DeleteTopicsResponseInput["responses"][number];

const handle: Handler<typeof apis.DeleteTopics> = async ({ broker }, request, version) => {
  const asked =
    version >= 6 ? request.topics : request.topicNames.map((name): TopicRequest => ({ name, topicId: zeroUuid }));
  // One answer for each topic, however often and by whichever of its names it was asked for.
  const byTopic = new Map<string, TopicRequest[]>();
  for (const topic of asked) {
    const key = find(broker, topic)?.id ?? `${topic.name} ${topic.topicId}`;
    byTopic.set(key, [...(byTopic.get(key) ?? []), topic]);
  }
  const responses = [...byTopic.values()].map(async (requests): Promise<TopicAnswer> => {
    const [first = noTopic] = requests;
    const known = find(broker, first);
    if (requests.length > 1) {
      const name = requests.find((each) => each.name !== null)?.name ?? null;
      const text = name === null ? "Duplicate topic id." : "Duplicate topic name.";
      return { name, topicId: known?.id ?? first.topicId, ...errorFields("INVALID_REQUEST", text) };
    }
    const { name, topicId } = first;
    try {
      return await deleteOne(broker, first, version);
    } catch (failure) {
      return { name, topicId, ...errorOf(failure) };
    }
  });
  return { responses: await Promise.all(responses) };
};

const noTopic: TopicRequest = { name: null, topicId: zeroUuid };

const find = ({ topics }: BrokerServices, { name, topicId }: TopicRequest): Topic | undefined =>
  name === null ? topics.byId(topicId) : topics.get(name);

async function deleteOne(broker: BrokerServices, request: TopicRequest, version: number): Promise<TopicAnswer> {
  const { name, topicId } = request;
  if (!broker.config.get("delete.topic.enable")) {
    const code = version < 3 ? "INVALID_REQUEST" : "TOPIC_DELETION_DISABLED";
    throw new KafkaProtocolError(code, "Topic deletion is disabled.");
  }
  if (name !== null && topicId !== zeroUuid) {
    throw new KafkaProtocolError("INVALID_REQUEST", "You may not specify both topic name and topic id.");
  }
  if (name === null && topicId === zeroUuid) {
    throw new KafkaProtocolError("INVALID_REQUEST", "Neither topic name nor id were specified.");
  }
  const topic = find(broker, request);
  if (topic === undefined) {
    if (name === null) throw new KafkaProtocolError("UNKNOWN_TOPIC_ID", "This server does not host this topic ID.");
    throw new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", "This server does not host this topic-partition.");
  }
  if (topic.isInternal) {
    throw new KafkaProtocolError("INVALID_TOPIC_EXCEPTION", `${topic.name} is this broker's own and stays.`);
  }
  await broker.topics.delete(topic.name);
  await broker.groups.topicDeleted(topic.name);
  return { name: topic.name, topicId: topic.id, ...noError };
}

export const deleteTopicsEntry: HandlerEntry<typeof apis.DeleteTopics> = { api: apis.DeleteTopics, handle };
