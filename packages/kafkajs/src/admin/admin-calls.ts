import type { AdminOptions, Admin as ClientAdmin } from "@ottla/client";
import { KafkaProtocolError, type TopicMetadata } from "@ottla/client";
import type { Timers } from "@ottla/world";
import type { PartitionMetadata } from "../config/cluster-types.js";
import { asKafkaJSError, protocolError } from "../errors/as-kafkajs-error.js";
import { KafkaJSNonRetriableError, type KafkaJSProtocolError } from "../errors/kafkajs-errors.js";
import type { Logger } from "../log/logger.js";

/** What every call of an admin needs. */
export interface AdminCalls {
  readonly admin: ClientAdmin;
  readonly options: AdminOptions;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** An error of an outcome, as kafkajs knows a broker's answer. */
export function refusal(error: Error): KafkaJSProtocolError {
  if (error instanceof KafkaProtocolError) return protocolError(error);
  throw asKafkaJSError(error);
}

/** Throws the first error among outcomes. */
export function throwFirst(outcomes: readonly { readonly error?: Error | undefined }[]): void {
  for (const { error } of outcomes) if (error !== undefined) throw asKafkaJSError(error);
}

/** @throws KafkaJSNonRetriableError unless `given` is an array without two entries for one topic, each with a topic's name */
export function checkTopics(given: readonly { readonly topic: string }[] | undefined): void {
  if (!Array.isArray(given)) throw new KafkaJSNonRetriableError(`not an array of topics: ${given}`);
  const seen = new Set<unknown>();
  for (const { topic } of given as readonly { readonly topic: unknown }[]) {
    checkName("topic", topic);
    if (seen.has(topic)) throw new KafkaJSNonRetriableError(`topic "${topic}" is there twice`);
    seen.add(topic);
  }
}

/** @throws KafkaJSNonRetriableError unless `given` is a text with something in it */
export function checkName(what: string, given: unknown): void {
  if (typeof given !== "string" || given === "") throw new KafkaJSNonRetriableError(`not a ${what}: ${String(given)}`);
}

/** A topic's partitions, in kafkajs's form. @throws KafkaJSProtocolError when it is not there */
export function partitionMetadata({ error, partitions }: TopicMetadata): PartitionMetadata[] {
  if (error !== undefined) throw protocolError(error);
  return partitions.map(({ partition, leader, replicas, inSyncReplicas, offlineReplicas }) => ({
    partitionErrorCode: 0,
    partitionId: partition,
    leader,
    replicas: [...replicas],
    isr: [...inSyncReplicas],
    offlineReplicas: [...offlineReplicas],
  }));
}

/** The partitions of a topic, as the client names them. @throws KafkaJSProtocolError when it is not there */
export async function partitionsOf(
  { admin, options }: Pick<AdminCalls, "admin" | "options">,
  topic: string,
): Promise<readonly { readonly topic: string; readonly partition: number }[]> {
  const [described] = await admin.topics.describe([topic], options);
  if (described === undefined) return [];
  return partitionMetadata(described).map(({ partitionId }) => ({ topic, partition: partitionId }));
}
