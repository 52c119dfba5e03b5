import { type Topic, topic } from "../../contract/topic.js";
import { KafkaConfigError } from "../../errors/kafka-config-error.js";

/** A time with its unit: `"500ms"`, `"10s"`, `"1m"`, `"2h"`, `"1d"`. */
export type RetryDelay = `${number}${"ms" | "s" | "m" | "h" | "d"}`;

/** Names the topic that holds a group's records of `topic` until `delay` is over. */
export type RetryTopicName = (topic: string, group: string, delay: RetryDelay) => string;

/** A topic whose records are read by the contract of another, each when its time has come. */
export interface RetryTopic extends Topic {
  readonly retryOf: {
    readonly origin: Topic;
    /** How many such topics come before it. */
    readonly stage: number;
    readonly delayMs: number;
  };
}

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @throws KafkaConfigError */
export function retryDelayMs(delay: RetryDelay): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(delay) ?? [];
  const delayMs = Number(number) * unitMs[(unit ?? "ms") as keyof typeof unitMs];
  if (!(delayMs > 0))
    throw new KafkaConfigError(`retryTopics: "${delay}" is not a time such as "500ms", "10s" or "1m"`);
  return delayMs;
}

const defaultName: RetryTopicName = (name, group, delay) =>
  `${name}.${group.replaceAll(/[^a-zA-Z0-9._-]/g, "_")}.retry.${delay}`;

/**
 * The topics through which a group's failed records of `origin` come back, in order: the same key and value, a name of their own,
 * as many partitions as `origin` says. For whoever creates topics ahead of `run`.
 *
 * @throws KafkaConfigError when a delay or a name is not one.
 */
export function retryTopicsOf(
  origin: Topic,
  groupId: string,
  delays: readonly RetryDelay[],
  nameOf: RetryTopicName = defaultName,
): readonly RetryTopic[] {
  const topics = delays.map((delay, stage): RetryTopic => {
    const delayMs = retryDelayMs(delay);
    const { key, value, headers, tombstones, partitions } = origin;
    try {
      const made = topic(nameOf(origin.name, groupId, delay), { key, value, headers, tombstones });
      return { ...made, ...(partitions !== undefined && { partitions }), retryOf: { origin, stage, delayMs } };
    } catch (error) {
      if (error instanceof RangeError) throw new KafkaConfigError(`retryTopics: ${error.message}`);
      throw error;
    }
  });
  const names = new Set([origin.name, ...topics.map(({ name }) => name)]);
  if (names.size <= topics.length)
    throw new KafkaConfigError(`retryTopics: two topics of ${origin.name} have the same name`);
  return topics;
}

/** What a topic is the retry topic of; undefined for one of any other kind. */
export function retryOf(contract: Topic): RetryTopic["retryOf"] | undefined {
  return "retryOf" in contract ? (contract as RetryTopic).retryOf : undefined;
}
