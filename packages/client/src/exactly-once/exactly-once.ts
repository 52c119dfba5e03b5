import { KafkaProtocolError, type ProtocolErrorCode } from "@ottla/protocol";
import type { Admin } from "../admin/admin.js";
import type { ClientWorld } from "../cluster/cluster.js";
import type { Consumer } from "../consumer/consumer.js";
import { HandlerError, NotAssignedError } from "../consumer/consumer-errors.js";
import type { ConsumerEvent, RebalanceChange } from "../consumer/consumer-events.js";
import type { TopicPartition } from "../consumer/topic-partition.js";
import type { ConsumedRecord, ReceivedRecord } from "../contract/record.js";
import type { Topic } from "../contract/topic.js";
import { isRetriable } from "../errors/is-retriable.js";
import { TransactionError } from "../errors/transaction-error.js";
import { type Backoff, backoffMs } from "../network/backoff.js";
import type { Producer } from "../producer/producer.js";
import { delay } from "../world/delay.js";
import { onAbort } from "../world/on-abort.js";
import type { ExactlyOnceSettings } from "./exactly-once-options.js";
import { OutgoingTransaction } from "./outgoing-transaction.js";

/** What is done with a batch: records of one partition, in order. */
export type ExactlyOnceWork<T extends Topic, I extends Topic> = (
  batch: readonly ConsumedRecord<T>[],
  tx: OutgoingTransaction<I>,
) => void | Promise<void>;

/** What the loop works with; all of it becomes the loop's, which closes it. */
interface ExactlyOnceParts<T extends Topic> {
  readonly consumer: Consumer<T>;
  readonly producer: Producer;
  readonly openAdmin: () => Admin;
  readonly onEvent: (event: ConsumerEvent) => void;
}

/** A batch of one partition, while it is worked on. */
interface Current<T extends Topic> extends TopicPartition {
  readonly records: readonly ConsumedRecord<T>[];
  readonly firstOffset: bigint;
  readonly nextOffset: bigint;
  /** The partition was given to others, or will be: nothing of the batch may be committed any more. */
  isLost: boolean;
}

type Outcome =
  /** Committed, or another member's: on with the next batch. */
  | "over"
  /** Nobody said whether it is committed. */
  | "unknown"
  /** Everything is being closed. */
  | "stopped";

const backoff: Backoff = { baseMs: 100, maxMs: 10_000 };

// The group no longer knows the member in the generation that it committed for. The member learns of it by its next heartbeat.
const groupFences: ReadonlySet<ProtocolErrorCode> = new Set<ProtocolErrorCode>([
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
  "REBALANCE_IN_PROGRESS",
]);

/**
 * Reads batches, has each worked on in a transaction, and commits the offsets of the batch with what was written.
 *
 * A batch whose transaction was aborted is still in hand and goes into another. Where nobody said whether one was committed: (1) the
 * producer begins anew, which the coordinator refuses until it has decided; (2) the group is asked how far it is; (3) the consumer
 * goes there.
 */
export class ExactlyOnce<T extends Topic, I extends Topic> {
  readonly #world: ClientWorld;
  readonly #parts: ExactlyOnceParts<T>;
  readonly #settings: ExactlyOnceSettings;
  readonly #work: ExactlyOnceWork<T, I>;
  readonly #stopping = new AbortController();
  #current: Current<T> | undefined;

  constructor(
    world: ClientWorld,
    parts: ExactlyOnceParts<T>,
    settings: ExactlyOnceSettings,
    work: ExactlyOnceWork<T, I>,
  ) {
    this.#world = world;
    this.#parts = parts;
    this.#settings = settings;
    this.#work = work;
  }

  /** The consumer tells it of partitions that go, before it has a generation in which others may have them. */
  rebalanced({ kind, partitions }: RebalanceChange): void {
    const current = this.#current;
    if (kind === "assigned" || current === undefined) return;
    const isIt = ({ topic, partition }: TopicPartition) => topic === current.topic && partition === current.partition;
    if (partitions.some(isIt)) current.isLost = true;
  }

  /** Resolves when it was stopped, or its consumer closed. @throws as `Kafka.exactlyOnce` */
  async run(into: readonly Topic[]): Promise<void> {
    const { consumer, producer } = this.#parts;
    const { signal } = this.#settings;
    const stop = () => {
      this.#stopping.abort(signal?.reason);
      void consumer.close();
    };
    if (signal?.aborted) stop();
    const stopListening = signal?.aborted ? undefined : signal && onAbort(signal, stop);
    try {
      await producer.prepare(into, { signal: this.#stopping.signal });
      // What an earlier run of this instance left open holds the offsets that are asked for next.
      await this.#beginAnew();
      for (let left = await this.#read(); left !== undefined; left = await this.#read()) await this.#reposition(left);
    } catch (error) {
      if (!this.#isEnd(error)) throw error;
    } finally {
      stopListening?.();
      await consumer.close();
      await producer.close();
    }
  }

  /** Works through batches; answers the one of which nobody knows whether it is committed, undefined at the end. */
  async #read(): Promise<Current<T> | undefined> {
    const { maxRecords } = this.#settings;
    for await (const { topic, partition, records: delivered } of this.#parts.consumer.batches({ maxRecords })) {
      const records = delivered as readonly ConsumedRecord<T>[];
      // Whatever the contracts are, a record has an offset.
      const [first, last] = [delivered[0], delivered.at(-1)] as readonly (ReceivedRecord | undefined)[];
      const firstOffset = first?.offset ?? 0n;
      const nextOffset = (last?.offset ?? 0n) + 1n;
      const current = { topic, partition, records, firstOffset, nextOffset, isLost: false };
      this.#current = current;
      const outcome = await this.#settle(current);
      this.#current = undefined;
      if (outcome === "stopped") return undefined;
      if (outcome === "unknown") return current;
    }
    return undefined;
  }

  /** Goes on until the batch is committed, is another member's, or its fate is unknown. @throws what is not worth another try */
  async #settle(current: Current<T>): Promise<Outcome> {
    const { retry } = this.#settings;
    const { topic, partition, firstOffset } = current;
    let failures = 0;
    for (let aborts = 1; !current.isLost; aborts += 1) {
      const failed = await this.#attempt(current);
      if (failed === undefined) return "over";
      const { error, isOfWork } = failed;
      if (this.#isEnd(error)) return "stopped";
      let waitMs = backoffMs(backoff, aborts, this.#world.random);
      if (isOfWork) {
        failures += 1;
        if (failures >= retry.attempts || !retry.isWorthIt(error)) {
          throw new HandlerError({ topic, partition, offset: firstOffset }, failures, error);
        }
        const event = { topic, partition, offset: firstOffset, attempt: failures, error };
        this.#parts.onEvent({ kind: "handlerRetry", ...event });
        waitMs = retry.delayMs(failures, this.#world.random);
      } else {
        const isUnknown = error instanceof TransactionError && error.code === "OUTCOME_UNKNOWN";
        if (!isUnknown && !isPassing(error) && !current.isLost) throw error;
        this.#parts.onEvent({
          kind: "retrying",
          doing: `transaction of ${topic}-${partition} from ${firstOffset}`,
          error,
        });
        if (isUnknown) return "unknown";
      }
      if (current.isLost) break;
      if (!(await this.#waited(waitMs))) return "stopped";
    }
    return "over";
  }

  /** One transaction; undefined when it is committed. */
  async #attempt(current: Current<T>): Promise<{ readonly error: unknown; readonly isOfWork: boolean } | undefined> {
    const { consumer, producer } = this.#parts;
    const { topic, partition, records, nextOffset } = current;
    let thrown: { readonly error: unknown } | undefined;
    try {
      await producer.transaction(async (tx) => {
        try {
          await this.#work(records, new OutgoingTransaction<I>(tx, this.#settings.into));
        } catch (error) {
          thrown = { error };
          throw error;
        }
        // Asked together: whoever has lost the partition may be in the group again, in a generation that commits.
        if (current.isLost)
          throw new KafkaProtocolError("ILLEGAL_GENERATION", `${topic}-${partition} is another member's`);
        void tx.commitOffsets(consumer.groupMetadata(), [{ topic, partition, offset: nextOffset }]);
      });
      return undefined;
    } catch (error) {
      if (thrown !== undefined && error === thrown.error) return { error, isOfWork: true };
      return { error, isOfWork: false };
    }
  }

  /** Ends what is open under the id, and waits until what is being ended has. */
  async #beginAnew(): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        await this.#parts.producer.transaction(() => {});
        return;
      } catch (error) {
        if (this.#isEnd(error) || !isRetriable(error)) throw error;
        this.#parts.onEvent({ kind: "retrying", doing: "begin transactions", error });
        await delay(this.#world.timers, backoffMs(backoff, failures, this.#world.random), this.#stopping.signal);
      }
    }
  }

  /** Goes where the group stands, once it is known whether the batch is committed. */
  async #reposition({ topic, partition, firstOffset }: Current<T>): Promise<void> {
    const { consumer, openAdmin } = this.#parts;
    await this.#beginAnew();
    const { groupId } = consumer.groupMetadata();
    const admin = openAdmin();
    try {
      const options = { partitions: [{ topic, partition }], signal: this.#stopping.signal };
      const [committed] = await admin.offsets.committed(groupId, options);
      if (committed?.error !== undefined) throw committed.error;
      await consumer.seek({ topic, partition, to: committed?.offset ?? firstOffset });
    } catch (error) {
      // Whoever has it now begins where the group stands.
      if (!(error instanceof NotAssignedError)) throw error;
    } finally {
      await admin.close();
    }
  }

  async #waited(waitMs: number): Promise<boolean> {
    try {
      await delay(this.#world.timers, waitMs, this.#stopping.signal);
      return true;
    } catch {
      return false;
    }
  }

  /** Whether an error says no more than that everything is being closed. */
  #isEnd(error: unknown): boolean {
    if (this.#stopping.signal.aborted && error === this.#stopping.signal.reason) return true;
    for (let each = error; each instanceof Error; each = each.cause) {
      if ("code" in each && each.code === "CLOSED") return true;
    }
    return false;
  }
}

/** Whether the same in another transaction may succeed. */
function isPassing(error: unknown): boolean {
  if (isRetriable(error)) return true;
  if (!(error instanceof TransactionError) || error.fatal) return false;
  return error.cause instanceof KafkaProtocolError && groupFences.has(error.cause.code);
}
