import type { Random } from "@ottla/world";
import type { GroupConsumerOptions } from "../consumer/consumer-options.js";
import { type RetryOptions, type RetrySettings, retrySettings } from "../consumer/retry/retry-options.js";
import type { Topic } from "../contract/topic.js";
import type { ProducerOptions } from "../producer/producer-options.js";

/** How `kafka.exactlyOnce` reads, and writes. */
export interface ExactlyOnceOptions<T extends Topic, I extends Topic>
  extends Omit<
    GroupConsumerOptions<T>,
    | "assign"
    | "autoCommit"
    | "autoCommitCount"
    | "autoCommitIntervalMs"
    | "isolation"
    | "onRebalance"
    | "settle"
    | "signal"
  > {
  /** The topics that the transactions may write to. */
  readonly into: readonly I[];
  /**
   * Under which this instance writes: no other may use it at the same time. With one that is the same after a restart, what a
   * crash left open ends when the instance is back, instead of after `transactionTimeoutMs`. Default: the group's id and the
   * `groupInstanceId`, if it has one, else something random.
   */
  readonly transactionalId?: string | undefined;
  /** Records of one transaction at most. Default 500. */
  readonly maxRecords?: number | undefined;
  /** How often `work` is called for the same batch when it throws, each time in a new transaction. Default: once. */
  readonly retry?: RetryOptions | undefined;
  /** How it writes; `transactionTimeoutMs` (one minute) must be longer than a batch takes. */
  readonly producer?:
    | Omit<ProducerOptions, "acks" | "failsInOrder" | "idempotent" | "signal" | "transactionalId">
    | undefined;
  /** Stops: the transaction that is open is ended, and the call resolves. */
  readonly signal?: AbortSignal | undefined;
}

/** What is said of the loop, checked. */
export interface ExactlyOnceSettings {
  readonly maxRecords: number | undefined;
  readonly retry: RetrySettings;
  readonly into: ReadonlySet<string>;
  readonly signal: AbortSignal | undefined;
}

/** What is said of the loop, of its consumer and of its producer. @throws KafkaConfigError */
export function dividedOptions<T extends Topic, I extends Topic>(
  { into, transactionalId, maxRecords, retry, producer, signal, ...consumer }: ExactlyOnceOptions<T, I>,
  random: Random,
): {
  readonly settings: ExactlyOnceSettings;
  readonly consumer: Omit<GroupConsumerOptions<T>, "onRebalance">;
  readonly producer: ProducerOptions;
} {
  const { groupId, groupInstanceId } = consumer;
  const id = transactionalId ?? `${groupId}-${groupInstanceId ?? Buffer.from(random.bytes(12)).toString("hex")}`;
  return {
    settings: { maxRecords, retry: retrySettings(retry), into: new Set(into.map(({ name }) => name)), signal },
    consumer: { ...consumer, autoCommit: false },
    producer: { ...producer, transactionalId: id },
  };
}
