import { positive } from "../../cluster/cluster-options.js";
import type { Topic } from "../../contract/topic.js";
import { KafkaConfigError } from "../../errors/kafka-config-error.js";
import type { ConsumerPoisonPolicy } from "../consumer-options.js";
import type { DeliveredRecord } from "../consumer-record.js";
import { deadLetterNames } from "../dead-letter/dead-letter-names.js";
import type { DeadLetterTopic } from "../dead-letter/dead-letter-of.js";
import { type RetryOptions, type RetrySettings, retrySettings } from "../retry/retry-options.js";
import { type RetryDelay, type RetryTopicName, retryDelayMs } from "../retry/retry-topics.js";

/** A handler for each topic, by its name. A record is done when its handler returns, or what it returns resolves. */
export type Handlers<T extends Topic> = HandlersOf<T["name"], T>;

/** As {@link Handlers}, with the names of topics said first: so the compiler's messages begin with them. */
export type HandlersOf<Names extends string, T extends Topic> = {
  readonly [Name in Names]: (record: Extract<DeliveredRecord<T>, { readonly topic: Name }>) => void | Promise<void>;
};

/** A record whose handler has failed for good. */
export interface FailedRecord<T extends Topic = Topic> {
  readonly record: DeliveredRecord<T>;
  /** What the handler threw last. */
  readonly error: unknown;
  /** How often it was called for the record, over all retry topics. */
  readonly attempts: number;
}

/**
 * What becomes of a record whose handler has failed for good. `"stop"` rejects `run` and stays before the record; `"deadLetter"`
 * writes it to its dead-letter topic and goes on once that is acknowledged; a function is given it, and `run` goes on when it
 * resolves and stops when it throws.
 */
export type FailurePolicy<T extends Topic = Topic> =
  | "stop"
  | "deadLetter"
  | ((failed: FailedRecord<T>) => void | Promise<void>);

declare const misuse: unique symbol;

/** What no value is of: where something cannot be given, the compiler's message is the text. */
export interface Misuse<Text extends string> {
  readonly [misuse]: Text;
}

interface AnyRun<T extends Topic> {
  /** Records handled at the same time, over all partitions. Default 1. */
  readonly concurrency?: number | undefined;
  /**
   * How often a handler that throws is called for the same record (default once), and how long it waits in between. Only what is
   * ordered after the record waits with it, and its place is another's meanwhile. Heartbeats go on, and a wait does not count towards
   * `maxPollIntervalMs`: each call counts by itself. A revoke, `close` or the signal end the wait at once; the record comes again.
   */
  readonly retry?: RetryOptions | undefined;
  /** After the last attempt. Default `"stop"`. */
  readonly onFailure?: FailurePolicy<T> | undefined;
  /** As the consumer's `onPoison`, and before it, for this run. */
  readonly onPoison?: ConsumerPoisonPolicy | undefined;
  /** Where `"deadLetter"` writes, made by `deadLetterOf`. Topics that none is named for have `deadLetterOf(topic)`. */
  readonly deadLetter?: DeadLetterTopic | readonly DeadLetterTopic[] | undefined;
  /** Whether retry and dead-letter topics that are not there are created, with the partitions of their origin. Default true. */
  readonly createTopics?: boolean | undefined;
  /** Stops: no further records are handled, and `run` resolves when those being handled are done. */
  readonly signal?: AbortSignal | undefined;
}

/** Failed records hold up what is ordered after them. */
export interface RunInOrder<T extends Topic> extends AnyRun<T> {
  /**
   * What is handled one after the other: records of one partition (the default), or records with equal keys in one partition,
   * where records without a key wait for nobody; or nothing. By key, or by nothing, a record can be done before one ahead of it in its
   * partition; if the partition is given up then, it comes again.
   */
  readonly orderBy?: "partition" | "key" | "none" | undefined;
  readonly retryTopics?:
    | Misuse<"retryTopics give up the order by key: use `retry`, which waits in place, or another orderBy">
    | undefined;
}

/** Failed records wait in topics of their own, and those behind them go on: there is no order by key. */
export interface RunWithRetryTopics<T extends Topic> extends AnyRun<T> {
  /** What is handled one after the other at the first attempt. With retry topics a key's later records overtake a failed one. */
  readonly orderBy?: "partition" | "none" | undefined;
  /**
   * Waits between attempts, each in a topic of its own that this run reads as well: after `retry`, a failed record is written to
   * `<topic>.<group>.retry.<delay>` of the first delay, handled again when that is over, and so on; after the last comes `onFailure`.
   * It keeps its key, value and headers, and to its handler it shows the topic, partition and offset where it was read first. Its offset
   * is done when the retry topic has acknowledged it: at least once.
   */
  readonly retryTopics: readonly RetryDelay[];
  /** How retry topics are named. */
  readonly retryTopicName?: RetryTopicName | undefined;
}

/** How `run` calls handlers. */
export type RunOptions<T extends Topic = Topic> = RunInOrder<T> | RunWithRetryTopics<T>;

/** Options with their defaults, checked. */
export interface RunSettings {
  readonly concurrency: number;
  readonly orderBy: "partition" | "key" | "none";
  readonly retry: RetrySettings;
  readonly onFailure: FailurePolicy;
  readonly retryDelays: readonly RetryDelay[];
  readonly retryTopicName: RetryTopicName | undefined;
  /** Named dead-letter topics by origin. */
  readonly deadLetters: ReadonlyMap<string, DeadLetterTopic>;
  readonly createsTopics: boolean;
}

/** @throws KafkaConfigError */
export function runSettings<T extends Topic>(options: RunOptions<T>): RunSettings {
  // No value is a `Misuse`.
  const { retryTopics, retryTopicName } = options as Partial<RunWithRetryTopics<T>>;
  const retryDelays = retryTopics ?? [];
  const orderBy: string = options.orderBy ?? "partition";
  if (retryDelays.length > 0 && orderBy === "key") {
    throw new KafkaConfigError(
      'retryTopics: a record that waits in a retry topic is overtaken by later ones of its key, so orderBy cannot be "key"; ' +
        "use `retry`, which waits in place",
    );
  }
  if (orderBy !== "partition" && orderBy !== "key" && orderBy !== "none") {
    throw new KafkaConfigError(`orderBy: "${orderBy}" is not "partition", "key" or "none"`);
  }
  for (const delay of retryDelays) retryDelayMs(delay);
  return {
    concurrency: positive("concurrency", options.concurrency ?? 1),
    orderBy,
    retry: retrySettings(options.retry),
    // A handler of failures is given records of the topics that are read, and their types are those.
    onFailure: (options.onFailure ?? "stop") as FailurePolicy,
    retryDelays,
    retryTopicName: retryTopics === undefined ? undefined : retryTopicName,
    deadLetters: deadLetterNames(options.deadLetter),
    createsTopics: options.createTopics ?? true,
  };
}
