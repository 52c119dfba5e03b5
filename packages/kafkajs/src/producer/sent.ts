import type { RecordMetadata as Acknowledged } from "@ottla/client";
import { asKafkaJSError } from "../errors/as-kafkajs-error.js";
import type { RecordMetadata } from "./producer-types.js";

/**
 * What became of messages: where those of each partition begin, in the order of their first messages. What was sent without asking
 * for an acknowledgement (`acks: 0`) says nothing.
 *
 * @throws KafkaJSError when one failed, once something became of each
 */
export async function sent(sends: readonly Promise<Acknowledged>[]): Promise<RecordMetadata[]> {
  const outcomes = await Promise.allSettled(sends);
  const byPartition = new Map<string, { readonly topic: string; readonly partition: number; base: bigint }>();
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") throw asKafkaJSError(outcome.reason);
    const { topic, partition, offset } = outcome.value;
    const key = `${topic}/${partition}`;
    const known = byPartition.get(key);
    if (known === undefined) byPartition.set(key, { topic, partition, base: offset });
    else if (offset < known.base) known.base = offset;
  }
  return Array.from(byPartition.values(), ({ topic, partition, base }) => ({
    topicName: topic,
    partition,
    errorCode: 0,
    baseOffset: String(base),
    logAppendTime: "-1",
  }));
}
