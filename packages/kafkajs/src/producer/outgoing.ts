import { KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";
import { OutgoingRecord } from "./outgoing-record.js";
import type { ProducerBatch } from "./producer-types.js";

/** The records of a batch. @throws KafkaJSNonRetriableError when something of it is wrong; then none is sent */
export function outgoing({ acks = -1, topicMessages = [] }: ProducerBatch, isIdempotent: boolean): OutgoingRecord[] {
  if (isIdempotent && acks !== -1) {
    throw new KafkaJSNonRetriableError(`acks: ${acks}; an idempotent producer waits for all in-sync replicas, -1`);
  }
  return topicMessages.flatMap(({ topic, messages }) => {
    if (typeof topic !== "string" || topic === "") throw new KafkaJSNonRetriableError(`"${topic}" is not a topic`);
    if (!Array.isArray(messages)) throw new KafkaJSNonRetriableError(`topic "${topic}": messages is no array`);
    return messages.map((message) => new OutgoingRecord(topic, message));
  });
}
