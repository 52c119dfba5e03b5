import { KafkaProtocolError, type ProtocolErrorCode } from "@ottla/protocol";
import type { Clock, Timer, Timers } from "@ottla/world";
import { StateLog } from "../coordinator/state-log.js";
import type { PartitionLog } from "../log/partition-log.js";
import type { Logger } from "../logger.js";
import { TransactionAges } from "./transaction-ages.js";
import { identityOf, type TransactionEvent } from "./transaction-event.js";
import type { TransactionMarker, TransactionMarkers } from "./transaction-markers.js";
import { decodeTransactionRecord, encodeTransactionRecord, type TransactionRecord } from "./transaction-records.js";
import {
  holds,
  isPrepared,
  type PreparedTransaction,
  type ProducerIdentity,
  partitionsIn,
  partitionsOf,
  type TopicPartition,
  type TransactionState,
} from "./transaction-state.js";
import { step } from "./transaction-step.js";

export interface TransactionShardParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly markers: Pick<TransactionMarkers, "write">;
  readonly nextProducerId: () => Promise<number>;
  /** How long a producer's partitions wait for its last transaction to be over, in milliseconds. */
  readonly admissionWaitMs: () => number;
  /** The level of the cluster's feature, which says how records are written. */
  readonly transactionVersion: () => number;
}

// The log takes no batch that no segment has room for, and ids may be as long as 32 KiB.
const expiredAtOnce = 1_000;

// A partition whose log failed may be back any time; nobody waits for it but its own consumers.
const firstMarkerRetryMs = 50;
const longestMarkerRetryMs = 5_000;

// The partition is gone, or another end of the transaction reached it: this marker has nothing to do there any more.
const obsolete: ReadonlySet<ProtocolErrorCode> = new Set<ProtocolErrorCode>([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "INVALID_PRODUCER_EPOCH",
  "TRANSACTION_COORDINATOR_FENCED",
]);

/**
 * The transactional ids of one partition of `__transaction_state`: runs the steps of their state machines, writes what they
 * change, answers when that is durable, and has the markers of ended transactions written.
 *
 * When the log cannot keep a change, memory is ahead of it. The shard is closed then, as on a fail-over: everybody is sent
 * to find the coordinator again, and a new shard is loaded from the log.
 */
export class TransactionShard {
  readonly #parts: TransactionShardParts;
  readonly #states: Map<string, TransactionState>;
  readonly #log: StateLog;
  // Ids with a change that is not durable, or whose markers are being written: until that is over they take no other.
  readonly #pending = new Map<string, Promise<void>>();
  readonly #retries = new Set<{ readonly timer: Timer; readonly wake: () => void }>();
  readonly #ages: TransactionAges;
  #isClosed = false;

  private constructor(log: StateLog, states: Map<string, TransactionState>, parts: TransactionShardParts) {
    this.#log = log;
    this.#states = states;
    this.#parts = parts;
    this.#ages = new TransactionAges(parts.clock);
    for (const [transactionalId, each] of states) this.#ages.follow(transactionalId, each);
  }

  /** Replays the log. Transactions whose end was decided get their markers written again. */
  static async open(log: PartitionLog, parts: TransactionShardParts): Promise<TransactionShard> {
    const states = new Map<string, TransactionState>();
    const state = await StateLog.open(log, (record) => {
      const change = decodeTransactionRecord(record);
      if (change === undefined) return;
      if (change.state === null) states.delete(change.transactionalId);
      else states.set(change.transactionalId, change.state);
    });
    const shard = new TransactionShard(state, states, parts);
    for (const [transactionalId, each] of states) {
      if (isPrepared(each)) shard.#hold(transactionalId, shard.#finish(transactionalId, each));
    }
    return shard;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Ends what goes on in the background. What was answered stays in the log. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { timer, wake } of this.#retries) {
      timer.cancel();
      wake();
    }
    this.#retries.clear();
  }

  /** Everything that is known, by transactional id. */
  states(): ReadonlyMap<string, TransactionState> {
    return this.#states;
  }

  /** Resolves when everything that can be seen now is durable. */
  async durable(): Promise<void> {
    this.#checkOpen();
    await this.#orClose(this.#log.durable());
  }

  /**
   * Has a transactional id take an event. Resolves, with who the producer is now, when what came of it is durable.
   *
   * @throws {@link KafkaProtocolError} as the step refuses; `CONCURRENT_TRANSACTIONS` while an earlier change is in flight. As a rejection.
   */
  async run(transactionalId: string, event: TransactionEvent): Promise<ProducerIdentity> {
    let freshProducerId: number | undefined;
    for (;;) {
      this.#checkOpen();
      const pending = this.#pending.get(transactionalId);
      if (pending !== undefined) {
        this.#refuseFenced(transactionalId, event);
        if (event.kind !== "addPartitions" || !this.#isEnding(transactionalId)) throw concurrent(transactionalId);
        // Kafka would have the producer come again, which takes it longer than the markers take.
        await this.#waitFor(pending, transactionalId);
        continue;
      }
      const now = this.#parts.clock.now();
      const transition = step(this.#states.get(transactionalId), event, { now, freshProducerId });
      switch (transition.kind) {
        case "refused":
          throw new KafkaProtocolError(transition.error, this.#describe(transactionalId, event));
        case "unchanged":
          await this.durable();
          return transition.producer;
        case "changed":
          await this.#change(transactionalId, transition.next);
          if (transition.isRetriedLater) throw concurrent(transactionalId);
          return transition.producer;
        case "needsProducerId":
          // Somebody else may have changed the state by the time there is one.
          freshProducerId = await this.#parts.nextProducerId();
      }
    }
  }

  /**
   * A producer that another has followed is told so, and not to come again, also while the other's transaction is being ended.
   * One epoch behind may be the end that is in flight, sent again, and the same epoch may be what its answer said (KIP-890).
   */
  #refuseFenced(transactionalId: string, event: TransactionEvent): void {
    if (event.kind !== "end" && event.kind !== "addPartitions") return;
    const state = this.#states.get(transactionalId);
    if (state?.producerId !== event.producer.producerId) return;
    if (event.producer.producerEpoch >= state.producerEpoch - 1) return;
    throw new KafkaProtocolError("PRODUCER_FENCED", this.#describe(transactionalId, event));
  }

  /**
   * Lets records for partitions into a producer's transaction. `undefined` when they are in it, durably; otherwise ask again
   * once the promise resolved: meanwhile the transaction may have ended.
   *
   * @throws {@link KafkaProtocolError} `INVALID_PRODUCER_ID_MAPPING`, `PRODUCER_FENCED`, `CONCURRENT_TRANSACTIONS`
   */
  admit(
    transactionalId: string,
    producer: ProducerIdentity,
    partitions: readonly TopicPartition[],
  ): Promise<void> | undefined {
    this.#checkOpen();
    const state = this.#states.get(transactionalId);
    const pending = this.#pending.get(transactionalId);
    // The producer has heard of its transaction's end before the last marker is written, and goes on with the next one.
    if (pending !== undefined && this.#isEnding(transactionalId)) {
      return this.#waitFor(pending, transactionalId);
    }
    const event: TransactionEvent = { kind: "addPartitions", producer, partitions, version: 2 };
    const now = this.#parts.clock.now();
    const transition = step(state, event, { now, freshProducerId: undefined });
    switch (transition.kind) {
      case "refused":
        throw new KafkaProtocolError(transition.error, this.#describe(transactionalId, event));
      case "unchanged":
        return pending;
      case "changed":
        return this.#change(transactionalId, transition.next);
      case "needsProducerId":
        throw new Error("A partition needs no producer id");
    }
  }

  /**
   * Which of the partitions are not in the producer's transaction.
   *
   * @throws {@link KafkaProtocolError} `INVALID_PRODUCER_ID_MAPPING`, `PRODUCER_FENCED`, `CONCURRENT_TRANSACTIONS`
   */
  missing(
    transactionalId: string,
    producer: ProducerIdentity,
    partitions: readonly TopicPartition[],
  ): readonly TopicPartition[] {
    this.#checkOpen();
    const state = this.#states.get(transactionalId);
    if (state === undefined || state.producerId !== producer.producerId) {
      throw new KafkaProtocolError(
        "INVALID_PRODUCER_ID_MAPPING",
        `${transactionalId}: producer ${producer.producerId}`,
      );
    }
    if (state.producerEpoch !== producer.producerEpoch) {
      throw new KafkaProtocolError(
        "PRODUCER_FENCED",
        `${transactionalId}: producer ${producer.producerId} has epoch ${state.producerEpoch}, not ${producer.producerEpoch}`,
      );
    }
    if (isPrepared(state)) throw concurrent(transactionalId);
    const open = partitionsOf(state);
    return partitions.filter((partition) => !holds(open, partition));
  }

  /** What is being made durable for a transactional id, if anything. */
  pending(transactionalId: string): Promise<void> | undefined {
    return this.#pending.get(transactionalId);
  }

  /** Aborts what has been open for longer than its producer said, and fences the producer. */
  async abortTimedOut(): Promise<void> {
    const late = [...this.#states].filter(
      ([id, { timeoutMs }]) => this.#ages.openForMs(id) > timeoutMs && !this.#pending.has(id),
    );
    await Promise.all(
      late.map(async ([transactionalId]) => {
        await this.run(transactionalId, { kind: "timedOut" });
        this.#parts.logger.info("Aborted a transaction that took too long", { transactionalId });
      }),
    );
  }

  /** Forgets transactional ids nobody has used since `time`. */
  async expireUnusedSince(time: number): Promise<void> {
    this.#checkOpen();
    const unused = [...this.#states].filter(
      ([id, state]) =>
        state.kind !== "ongoing" && !isPrepared(state) && state.lastUpdateTimestamp <= time && !this.#pending.has(id),
    );
    const pieces: Promise<void>[] = [];
    for (let at = 0; at < unused.length; at += expiredAtOnce) {
      const piece = unused.slice(at, at + expiredAtOnce);
      pieces.push(this.#append(piece.map(([transactionalId]) => ({ transactionalId, state: null }))));
    }
    await Promise.all(pieces);
  }

  /** Applies the change at once; the id takes no other until it is durable, and all that follows from it done. */
  #change(transactionalId: string, next: TransactionState): Promise<void> {
    const before = this.#states.get(transactionalId);
    const saved = this.#append([{ transactionalId, state: next }]);
    // What the log refused was not applied. What it took, it keeps without the last epoch.
    if (this.#states.get(transactionalId) !== before) this.#states.set(transactionalId, next);
    this.#ages.follow(transactionalId, this.#states.get(transactionalId));
    const over = isPrepared(next) ? saved.then(() => this.#finish(transactionalId, next)) : saved;
    this.#hold(transactionalId, over);
    return saved;
  }

  #hold(transactionalId: string, over: Promise<void>): void {
    this.#pending.set(transactionalId, over);
    const release = () => {
      if (this.#pending.get(transactionalId) === over) this.#pending.delete(transactionalId);
    };
    over.then(release, (error: unknown) => {
      release();
      // A closed shard has nobody left to tell.
      if (this.#isClosed) return;
      this.close();
      this.#parts.logger.error("Transactions will be loaded again", { partition: this.#log.log.partition, error });
    });
  }

  /** Writes all markers, then that they are written. The next transaction may begin before that is durable: it is behind it in the log. */
  async #finish(transactionalId: string, state: PreparedTransaction): Promise<void> {
    const marker: TransactionMarker = {
      ...identityOf(state),
      coordinatorEpoch: this.#log.log.leaderEpoch,
      result: state.kind === "prepareCommit" ? "commit" : "abort",
      transactionVersion: state.clientTransactionVersion,
    };
    await Promise.all([...partitionsIn(state.partitions)].map((target) => this.#mark(target, marker, transactionalId)));
    if (this.#isClosed) return;
    const now = this.#parts.clock.now();
    const transition = step(state, { kind: "markersWritten" }, { now, freshProducerId: undefined });
    if (transition.kind !== "changed") throw new Error(`${transactionalId} cannot complete from ${state.kind}`);
    const saved = this.#append([{ transactionalId, state: transition.next }]);
    this.#states.set(transactionalId, transition.next);
    // A failure closes the shard.
    saved.catch(() => undefined);
  }

  async #mark(target: TopicPartition, marker: TransactionMarker, transactionalId: string): Promise<void> {
    const { logger, markers } = this.#parts;
    for (let delayMs = firstMarkerRetryMs; !this.#isClosed; delayMs = Math.min(2 * delayMs, longestMarkerRetryMs)) {
      try {
        await markers.write(target, marker);
        return;
      } catch (error) {
        const fields = { transactionalId, ...target, error };
        if (error instanceof KafkaProtocolError && obsolete.has(error.code)) {
          const isGone = error.code === "UNKNOWN_TOPIC_OR_PARTITION";
          logger[isGone ? "info" : "warn"]("A transaction's marker was not needed any more", fields);
          return;
        }
        logger.warn("A transaction's marker could not be written; it is tried again", fields);
        await this.#pause(delayMs);
      }
    }
  }

  #pause(delayMs: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#parts.timers.after(delayMs, () => {
        this.#retries.delete(retry);
        resolve();
      });
      const retry = { timer, wake: resolve };
      this.#retries.add(retry);
    });
  }

  #isEnding(transactionalId: string): boolean {
    const state = this.#states.get(transactionalId);
    return state !== undefined && isPrepared(state);
  }

  #waitFor(pending: Promise<void>, transactionalId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#parts.timers.after(this.#parts.admissionWaitMs(), () => reject(concurrent(transactionalId)));
      const end = () => {
        timer.cancel();
        resolve();
      };
      // Whether it went well is seen by asking again.
      pending.then(end, end);
    });
  }

  async #append(records: readonly TransactionRecord[]): Promise<void> {
    const now = this.#parts.clock.now();
    const version = this.#parts.transactionVersion();
    await this.#orClose(this.#log.append(records.map((record) => encodeTransactionRecord(record, now, version))));
  }

  async #orClose(saved: Promise<void>): Promise<void> {
    try {
      await saved;
    } catch (error) {
      this.close();
      throw new KafkaProtocolError("NOT_COORDINATOR", "The log of the transaction could not be written", {
        cause: error,
      });
    }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new KafkaProtocolError("NOT_COORDINATOR", "The coordinator of this transaction ended");
  }

  #describe(transactionalId: string, event: TransactionEvent): string {
    const state = this.#states.get(transactionalId);
    const asked =
      "producer" in event ? ` for producer ${event.producer.producerId}, epoch ${event.producer.producerEpoch}` : "";
    const known =
      state === undefined
        ? "is not known"
        : `is ${state.kind} with producer ${state.producerId}, epoch ${state.producerEpoch}`;
    return `${event.kind}${asked}: transactional id ${transactionalId} ${known}`;
  }
}

const concurrent = (transactionalId: string): KafkaProtocolError =>
  new KafkaProtocolError("CONCURRENT_TRANSACTIONS", `Transactional id ${transactionalId} is about to change`);
