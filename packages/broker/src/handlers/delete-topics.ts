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
import { repeatedIn } from "./repeated.js";

// v4 flexible; v5 error messages (KIP-599); v6 topic ids (KIP-516).

type TopicRequest = DeleteTopicsRequest["topics"][number];
type TopicAnswer = DeleteTopicsResponseInput["responses"][number];

const handle: Handler<typeof apis.DeleteTopics> = async ({ broker }, request, version) => {
  const asked =
    version >= 6 ? request.topics : request.topicNames.map((name): TopicRequest => ({ name, topicId: zeroUuid }));
  const { refused, once } = withoutRepeats(broker, asked);
  const responses = once.map(async (topic): Promise<TopicAnswer> => {
    try {
      return await deleteOne(broker, topic, version);
    } catch (failure) {
      return { ...topic, ...errorOf(failure) };
    }
  });
  return { responses: [...refused, ...(await Promise.all(responses))] };
};

const find = ({ topics }: BrokerServices, { name, topicId }: TopicRequest): Topic | undefined =>
  name === null ? topics.byId(topicId) : topics.get(name);

/** Names and ids that are there more than once are refused, and a topic that is named both by its name and by its id. */
function withoutRepeats(
  broker: BrokerServices,
  asked: readonly TopicRequest[],
): { readonly refused: readonly TopicAnswer[]; readonly once: readonly TopicRequest[] } {
  const duplicate = (topic: TopicRequest, text: string) => ({ ...topic, ...errorFields("INVALID_REQUEST", text) });
  const isWrong = ({ name, topicId }: TopicRequest) => (name === null) === (topicId === zeroUuid);
  const valid = asked.filter((topic) => !isWrong(topic));
  const names = valid.flatMap(({ name }) => (name === null ? [] : [name]));
  const ids = valid.flatMap(({ name, topicId }) => (name === null ? [topicId] : []));
  const [repeatedNames, repeatedIds, idsOnce] = [repeatedIn(names), repeatedIn(ids), new Set(ids)];
  const isAlsoNamed = new Set<string>();
  const refused = [
    ...[...repeatedNames].map((name) => duplicate({ name, topicId: zeroUuid }, "Duplicate topic name.")),
    ...[...repeatedIds].map((topicId) => duplicate({ name: null, topicId }, "Duplicate topic id.")),
  ];
  for (const name of names) {
    const topicId = broker.topics.get(name)?.id;
    if (repeatedNames.has(name) || topicId === undefined || !idsOnce.has(topicId)) continue;
    isAlsoNamed.add(topicId);
    refused.push(duplicate({ name, topicId }, "The provided topic name maps to an ID that was already supplied."));
  }
  const once = asked.filter((topic) => {
    if (isWrong(topic)) return true;
    if (topic.name === null) return !repeatedIds.has(topic.topicId) && !isAlsoNamed.has(topic.topicId);
    return !repeatedNames.has(topic.name) && !isAlsoNamed.has(find(broker, topic)?.id ?? "");
  });
  return { refused, once };
}

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
