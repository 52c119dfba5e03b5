import {
  apis,
  type DeleteTopicsRequest,
  type DeleteTopicsResponseInput,
  KafkaProtocolError,
  zeroUuid,
} from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { errorFields, errorOf, noError } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { repeatedIn } from "./repeated.js";

// v4 flexible; v5 error messages (KIP-599); v6 topic ids (KIP-516).

type TopicRequest = DeleteTopicsRequest["topics"][number];
type TopicAnswer = DeleteTopicsResponseInput["responses"][number];

const handle: Handler<typeof apis.DeleteTopics> = async ({ broker }, request, version) => {
  const asked =
    version >= 6 ? request.topics : request.topicNames.map((name): TopicRequest => ({ name, topicId: zeroUuid }));
  const repeated = repeatedIn(asked.map((topic) => nameOf(broker, topic)));
  const responses = asked.map(async (topic): Promise<TopicAnswer> => {
    const { name, topicId } = topic;
    const key = nameOf(broker, topic);
    if (key !== undefined && repeated.has(key))
      return { name, topicId, ...errorFields("INVALID_REQUEST", "Duplicate topic name.") };
    try {
      return await deleteOne(broker, topic, version);
    } catch (failure) {
      return { name, topicId, ...errorOf(failure) };
    }
  });
  return { responses: await Promise.all(responses) };
};

const nameOf = ({ topics }: BrokerServices, { name, topicId }: TopicRequest): string | undefined =>
  name ?? topics.byId(topicId)?.name;

async function deleteOne(
  broker: BrokerServices,
  { name, topicId }: TopicRequest,
  version: number,
): Promise<TopicAnswer> {
  const { topics, config } = broker;
  if (!config.get("delete.topic.enable")) {
    throw new KafkaProtocolError(
      version < 3 ? "INVALID_REQUEST" : "TOPIC_DELETION_DISABLED",
      "Topic deletion is disabled.",
    );
  }
  if (name !== null && topicId !== zeroUuid) {
    throw new KafkaProtocolError("INVALID_REQUEST", "You may not specify both topic name and topic id.");
  }
  const topic = name === null ? topics.byId(topicId) : topics.get(name);
  if (topic === undefined) {
    if (name === null) throw new KafkaProtocolError("UNKNOWN_TOPIC_ID", "This server does not host this topic ID.");
    throw new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", "This server does not host this topic-partition.");
  }
  if (topic.isInternal) {
    throw new KafkaProtocolError(
      "INVALID_TOPIC_EXCEPTION",
      `${topic.name} is this broker's own and cannot be deleted.`,
    );
  }
  await topics.delete(topic.name);
  return { name: topic.name, topicId: topic.id, ...noError };
}

export const deleteTopicsEntry: HandlerEntry<typeof apis.DeleteTopics> = { api: apis.DeleteTopics, handle };
