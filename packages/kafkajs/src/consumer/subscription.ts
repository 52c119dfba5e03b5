import { bytes, topic as contract, nullable, type RawTopic } from "@ottla/client";
import type { TopicPartition, TopicPartitionOffset } from "../config/cluster-types.js";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";
import type { ConsumerSubscribeTopic, ConsumerSubscribeTopics } from "./consumer-types.js";

/** The topics that a subscription names, or that there are by its patterns. @throws KafkaJSNonRetriableError */
export async function subscribedTo(
  subscription: ConsumerSubscribeTopics | ConsumerSubscribeTopic,
  allTopics: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const { topic, topics } = subscription as Partial<ConsumerSubscribeTopic & ConsumerSubscribeTopics>;
  if (topics !== undefined && topics !== null && !Array.isArray(topics)) {
    throw new KafkaJSNonRetriableError("topics: it is no array");
  }
  const wanted = topics ?? (topic ? [topic] : []);
  if (topics === undefined && !topic) throw new KafkaJSNonRetriableError("topics: it is missing");
  for (const each of wanted) {
    if (typeof each !== "string" && !(each instanceof RegExp)) {
      throw new KafkaJSNonRetriableError(`topics: ${String(each)} is neither text nor a RegExp`);
    }
  }
  const known = wanted.some((each) => each instanceof RegExp) ? await allTopics() : [];
  return wanted.flatMap((each) => (typeof each === "string" ? [each] : known.filter((name) => matches(each, name))));
}

// Not `test`, which goes on behind the last match where the pattern is global or sticky.
const matches = (pattern: RegExp, name: string): boolean => name.search(pattern) >= 0;

/** A place in a partition. @throws KafkaJSNonRetriableError */
export function checkedPlace(given: TopicPartitionOffset): TopicPartition & { readonly offset: bigint } {
  const { topic, partition, offset } = given as {
    readonly topic: unknown;
    readonly partition: unknown;
    readonly offset: unknown;
  };
  if (typeof topic !== "string" || topic === "") throw new KafkaJSNonRetriableError(`not a topic: ${String(topic)}`);
  const number = Number(partition);
  if (partition === null || !Number.isInteger(number) || number < 0) {
    throw new KafkaJSNonRetriableError(`topic ${topic}: not a partition: ${String(partition)}`);
  }
  const text = typeof offset === "number" || typeof offset === "bigint" ? String(offset) : offset;
  if (typeof text !== "string" || !/^-?\d+$/.test(text)) {
    throw new KafkaJSNonRetriableError(`topic ${topic}, partition ${number}: not an offset: ${String(offset)}`);
  }
  return { topic, partition: number, offset: BigInt(text) };
}

/** A topic of bytes. @throws KafkaJSNonRetriableError when the name is not one that Kafka takes */
export function rawTopic(name: string): RawTopic {
  try {
    return contract(name, { key: nullable(bytes()), value: nullable(bytes()) });
  } catch (error) {
    throw new KafkaJSNonRetriableError(error instanceof Error ? error : String(error));
  }
}
