import { apis, type CreatePartitionsRequest, KafkaProtocolError } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { isWithinRequest } from "../topics/partition-limit.js";
import { checkReplicas } from "./create-topics.js";
import { errorFields, errorOf, noError } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { repeatedIn } from "./repeated.js";

// v2 flexible; v3 the same, for throttling (KIP-599).

type TopicRequest = CreatePartitionsRequest["topics"][number];

const handle: Handler<typeof apis.CreatePartitions> = async ({ broker }, { topics, validateOnly }) => {
  const repeated = repeatedIn(topics.map(({ name }) => name));
  const once = topics.filter(({ name }) => !repeated.has(name));
  let added = 0;
  const results = once.map(async (topic) => {
    try {
      const growth = Math.max(growthOf(broker, topic), 0);
      if (!isWithinRequest(added + growth)) {
        // Kafka fails inside, where CreateTopics has an error of its own.
        throw new KafkaProtocolError("UNKNOWN_SERVER_ERROR", `${topic.name} would be given ${growth} partitions more`);
      }
      added += growth;
      await grow(broker, topic, validateOnly);
      return { name: topic.name, ...noError };
    } catch (failure) {
      return { name: topic.name, ...errorOf(failure) };
    }
  });
  const refused = [...repeated].map((name) => ({ name, ...errorFields("INVALID_REQUEST", "Duplicate topic name.") }));
  return { throttleTimeMs: 0, results: [...refused, ...(await Promise.all(results))] };
};

const growthOf = ({ topics }: BrokerServices, { name, count }: TopicRequest): number =>
  count - (topics.get(name)?.partitions.length ?? count);

async function grow(
  broker: BrokerServices,
  { name, count, assignments }: TopicRequest,
  validateOnly: boolean,
): Promise<void> {
  const topic = broker.topics.get(name);
  if (topic === undefined) {
    throw new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", "This server does not host this topic-partition.");
  }
  const current = topic.partitions.length;
  if (count === current)
    throw new KafkaProtocolError("INVALID_PARTITIONS", `Topic already has ${current} partition(s).`);
  if (count < current) {
    throw new KafkaProtocolError(
      "INVALID_PARTITIONS",
      `The topic ${name} currently has ${current} partition(s); ${count} would not be an increase.`,
    );
  }
  if (topic.isInternal) {
    // Groups are spread over the partitions by a hash modulo their count.
    throw new KafkaProtocolError("INVALID_REQUEST", `${name} is this broker's own and keeps its partitions.`);
  }
  if (assignments !== null) {
    if (assignments.length !== count - current) {
      throw new KafkaProtocolError(
        "INVALID_REPLICA_ASSIGNMENT",
        `Attempted to add ${count - current} additional partition(s), but only ${assignments.length} assignment(s) were specified.`,
      );
    }
    for (const { brokerIds } of assignments) checkReplicas(broker.nodeId, brokerIds);
  }
  if (!validateOnly) await broker.topics.addPartitions(name, count);
}

export const createPartitionsEntry: HandlerEntry<typeof apis.CreatePartitions> = { api: apis.CreatePartitions, handle };
