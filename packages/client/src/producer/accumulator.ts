import { KafkaProtocolError, RecordBatch, type RecordInput, recordSize } from "@ottla/protocol";
import type { Timer } from "@ottla/world";
import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import type { RawRecord } from "../contract/raw-record.js";
import { recordInput } from "../contract/record-input.js";
import { isRetriable } from "../errors/is-retriable.js";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import { KafkaTimeoutError } from "../errors/kafka-timeout-error.js";
import { PredecessorFailedError } from "../errors/predecessor-failed-error.js";
import { RecordTooLargeError } from "../errors/record-too-large-error.js";
import { backoffMs } from "../network/backoff.js";
import { delay } from "../world/delay.js";
import { ByteBudget } from "./byte-budget.js";
import type { Contracts } from "./contracts.js";
import { Latch } from "./latch.js";
import type { PartitionQueue } from "./partition-queue.js";
import { partitionOfKey, StickyPartition } from "./partitioner.js";
import type { ProducerBatch } from "./producer-batch.js";
import type { ProducerSettings } from "./producer-options.js";
import { type RecordSink, withdrawn } from "./record-sink.js";
import type { Sender } from "./sender.js";
import { TopicSlot, type WaitingRecord } from "./topic-slot.js";

/** A record with a size and no room yet. */
interface Unroomed {
  readonly slot: TopicSlot;
  readonly raw: RawRecord;
  readonly record: RecordInput;
  readonly deadline: number;
  sink: RecordSink;
}

/** Puts records into the batches of their partitions, within the byte budget, and sees that none waits past its deadline. */
export class Accumulator {
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ProducerSettings;
  readonly #contracts: Contracts;
  readonly #sender: Sender;
  readonly #signal: AbortSignal;
  readonly #slots = new Map<string, TopicSlot>();
  readonly #budget: ByteBudget<Unroomed>;
  readonly #running = new Set<Promise<void>>();
  #sweep: Timer | undefined;
  #sweepAt = never;

  constructor(
    parts: {
      readonly world: ClientWorld;
      readonly cluster: Cluster;
      readonly contracts: Contracts;
      readonly sender: Sender;
    },
    settings: ProducerSettings,
    signal: AbortSignal,
  ) {
    this.#world = parts.world;
    this.#cluster = parts.cluster;
    this.#contracts = parts.contracts;
    this.#sender = parts.sender;
    this.#settings = settings;
    this.#signal = signal;
    this.#budget = new ByteBudget(settings.bufferBytes, (entry, bytes) => this.#enter(entry, bytes));
  }

  slot(topic: string): TopicSlot {
    let slot = this.#slots.get(topic);
    if (slot === undefined) {
      slot = new TopicSlot(topic, new StickyPartition(this.#world.random, this.#settings.batchBytes));
      this.#slots.set(topic, slot);
      this.#sender.warmUp();
    }
    return slot;
  }

  /** Learns a topic's partitions ahead of its first record. @throws what the cluster says */
  prepare(topic: string): Promise<void> {
    return this.#load(this.slot(topic), this.#world.clock.monotonic() + this.#settings.maxBlockMs);
  }

  /** Takes a record whose topic is ready. */
  accept(slot: TopicSlot, raw: RawRecord, sink: RecordSink, looks = 0): void {
    const { partition } = raw;
    if (partition !== undefined && partition !== null && !(partition < slot.partitions.length && partition >= 0)) {
      this.#missing(slot, raw, partition, sink, looks);
      return;
    }
    let record: RecordInput;
    let bytes: number;
    try {
      record = recordInput(raw, this.#world.clock);
      bytes = recordSize(record);
    } catch (error) {
      sink.failed(new KafkaConfigError(`a record for "${raw.topic}" cannot be written`, { cause: error }));
      return;
    }
    const alone = bytes + RecordBatch.headerLength;
    if (Number.isNaN(alone)) {
      sink.failed(new KafkaConfigError(`a record for "${raw.topic}": key and values must be Uint8Array or null`));
    } else if (alone > this.#settings.maxRequestBytes) {
      sink.failed(new RecordTooLargeError(raw.topic, alone, this.#settings.maxRequestBytes));
    } else if (this.#budget.tryTake(bytes)) {
      if (!this.#append(slot, raw, record, bytes, sink)) this.#budget.release(bytes);
    } else {
      this.#budget.wait(bytes, { slot, raw, record, sink, deadline: this.#armedDeadline() });
    }
  }

  /** Takes a record whose topic or contract is not ready; records of a topic keep their order. */
  wait(slot: TopicSlot, entry: Pick<WaitingRecord, "encode" | "contract" | "sink">): void {
    slot.isReady = false;
    slot.waiting.push({ ...entry, deadline: this.#armedDeadline(), looks: 0 });
    this.#pump(slot);
  }

  /** Resolves when everything that waits or is on its way now was told what became of it. */
  settled(): Promise<void> {
    const latch = new Latch();
    for (const slot of this.#slots.values()) {
      for (const entry of slot.waiting) entry.sink = latch.tap(entry.sink);
      for (const queue of slot.partitions) {
        for (const batch of queue.unsettled) {
          latch.up();
          batch.whenSettled(() => latch.down());
        }
      }
    }
    for (const entry of this.#budget.waiting) entry.sink = latch.tap(entry.sink);
    latch.down();
    return latch.promise;
  }

  /** Tells everything that waits or is on its way that it failed. */
  failAll(errorOf: (outcome: "unknown" | "notSent") => Error): void {
    for (const slot of this.#slots.values()) {
      this.#failWaiting(slot, errorOf("notSent"));
      for (const queue of slot.partitions) {
        for (const batch of queue.unsettled) batch.fail(errorOf(batch.attempts > 0 ? "unknown" : "notSent"));
        queue.giveUp(() => true);
      }
    }
    this.#budget.drop(({ sink }) => {
      sink.failed(errorOf("notSent"));
      return true;
    });
  }

  /** With `failsInOrder`: whatever was sent to a partition after `batch`, which failed, and has no outcome yet, fails as well. */
  failed(queue: PartitionQueue, { ordinal }: ProducerBatch, cause: unknown): void {
    if (!this.#settings.failsInOrder) return;
    const { topic } = queue;
    // First, since each follower that fails makes room, which those that wait would take.
    this.#failBehind(topic, cause);
    queue.giveUp(
      (follower) => follower.ordinal >= ordinal,
      (follower) => {
        const outcome = follower.attempts > 0 ? "unknown" : "notSent";
        follower.fail(new PredecessorFailedError(topic, outcome, cause));
      },
    );
  }

  /** Stops its timer and waits for what it began. */
  async stop(): Promise<void> {
    this.#sweep?.cancel();
    await Promise.allSettled(this.#running);
  }

  #enter({ slot, raw, record, sink }: Unroomed, bytes: number): void {
    if (sink.isWithdrawn) sink.failed(withdrawn());
    else if (this.#append(slot, raw, record, bytes, sink)) this.#budget.take(bytes);
  }

  #append(slot: TopicSlot, raw: RawRecord, record: RecordInput, bytes: number, sink: RecordSink): boolean {
    let batch: ProducerBatch;
    let queue: PartitionQueue;
    try {
      queue = this.#queueFor(slot, raw, bytes);
      batch = queue.append(record, bytes, sink, this.#world.clock);
    } catch (error) {
      sink.failed(error instanceof Error ? error : new KafkaConfigError(String(error)));
      return false;
    }
    if (batch.count === 1) this.#begun(slot, batch);
    this.#sender.touch(queue);
    return true;
  }

  #queueFor(slot: TopicSlot, raw: RawRecord, bytes: number): PartitionQueue {
    const { partitions } = slot;
    const partition = raw.partition ?? this.#choose(slot, raw, bytes);
    const queue = partitions[partition];
    if (queue !== undefined) return queue;
    throw new KafkaConfigError(
      `partitioner: ${partition} for "${slot.topic}", which has ${partitions.length} partitions`,
    );
  }

  #choose(slot: TopicSlot, raw: RawRecord, bytes: number): number {
    const { length } = slot.partitions;
    const { partitioner } = this.#settings;
    if (partitioner !== undefined) {
      return partitioner(raw, length, (each) => this.#cluster.leaderOf(slot.topic, each)?.nodeId ?? -1);
    }
    if (raw.key !== null) return partitionOfKey(raw.key, length);
    return slot.sticky.next(
      bytes,
      length,
      (each) => this.#cluster.leaderOf(slot.topic, each) !== undefined,
      (each) => slot.partitions[each]?.waitingBatches ?? 0,
    );
  }

  /** Once per batch, what would cost too much once per record. */
  #begun(slot: TopicSlot, batch: ProducerBatch): void {
    batch.whenSettled(() => this.#budget.release(batch.reservedBytes));
    this.#armSweep(batch.deadline);
    slot.grow(this.#cluster.topic(slot.topic)?.partitions.length ?? 0, this.#settings);
    if (!this.#cluster.isFresh(slot.topic)) this.#sender.lookFor(slot.topic);
  }

  // Partitions are added rarely, and brokers hear of them one after the other: a number beyond those known is a mistake once some
  // looks have not found it.
  #missing(slot: TopicSlot, raw: RawRecord, partition: number, sink: RecordSink, looks: number): void {
    if (looks === maxLooks || !Number.isInteger(partition) || partition < 0) {
      const context = `"${slot.topic}" has ${slot.partitions.length} partitions, not ${partition}`;
      sink.failed(new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", context));
      return;
    }
    const deadline = this.#armedDeadline();
    slot.isReady = false;
    slot.waiting.unshift({ encode: () => raw, contract: undefined, sink, deadline, looks: looks + 1 });
    this.#startLoading(slot, looks);
  }

  #pump(slot: TopicSlot): void {
    if (slot.isLoading) return;
    for (;;) {
      const entry = slot.waiting[0];
      if (entry === undefined) break;
      const { contract, sink } = entry;
      if (slot.partitions.length === 0) this.#startLoading(slot);
      else if (contract !== undefined && !this.#contracts.isPrepared(contract)) this.#startPreparing(slot, contract);
      if (slot.isLoading) return;
      slot.waiting.shift();
      if (sink.isWithdrawn) {
        sink.failed(withdrawn());
        continue;
      }
      let raw: RawRecord;
      try {
        raw = entry.encode();
      } catch (error) {
        sink.failed(error as Error);
        continue;
      }
      this.accept(slot, raw, sink, entry.looks);
      if (slot.isLoading) return;
    }
    slot.isReady = slot.partitions.length > 0;
  }

  #startLoading(slot: TopicSlot, looks?: number): void {
    if (slot.isLoading) return;
    slot.isLoading = true;
    this.#run(
      (looks === undefined ? this.#load(slot) : this.#lookAgain(slot, looks)).then(
        () => this.#loaded(slot),
        (error: Error) => {
          this.#failWaiting(slot, error);
          this.#loaded(slot);
        },
      ),
    );
  }

  #loaded(slot: TopicSlot): void {
    slot.isLoading = false;
    this.#pump(slot);
  }

  #startPreparing(slot: TopicSlot, contract: NonNullable<WaitingRecord["contract"]>): void {
    slot.isLoading = true;
    this.#run(
      this.#contracts.prepare(contract).then(
        () => this.#loaded(slot),
        (error: Error) => {
          const failed = slot.waiting.filter((entry) => entry.contract === contract);
          slot.waiting.splice(0, slot.waiting.length, ...slot.waiting.filter((entry) => entry.contract !== contract));
          for (const { sink } of failed) sink.failed(error);
          this.#loaded(slot);
        },
      ),
    );
  }

  /** Learns a topic's partitions, while trying again may help and anything waits, or until then. @throws what the cluster says */
  async #load(slot: TopicSlot, until = this.#world.clock.monotonic()): Promise<void> {
    for (let failures = 1; ; failures++) {
      try {
        const found = (await this.#cluster.topics([slot.topic], { signal: this.#signal })).get(slot.topic);
        if (found?.error !== undefined) throw found.error;
        slot.grow(found?.partitions.length ?? 0, this.#settings);
        return;
      } catch (error) {
        slot.lastError = error;
        const isWanted = slot.waiting.length > 0 || this.#world.clock.monotonic() < until;
        if (!isRetriable(error) || !isWanted) throw error;
        const waitMs = backoffMs(this.#settings.retryBackoff, failures, this.#world.random);
        await delay(this.#world.timers, waitMs, this.#signal);
      }
    }
  }

  /** Asks for a topic's partitions though they are known. @throws what the cluster says */
  async #lookAgain(slot: TopicSlot, looks: number): Promise<void> {
    const { retryBackoff } = this.#settings;
    const { timers, random } = this.#world;
    if (looks > 0) await delay(timers, backoffMs(retryBackoff, looks, random), this.#signal);
    this.#cluster.invalidate(slot.topic);
    await this.#load(slot);
  }

  /** With `failsInOrder`: what has no place in a batch yet comes after what has, and may be for the same partition. */
  #failBehind(topic: string, cause: unknown): void {
    const error = new PredecessorFailedError(topic, "notSent", cause);
    this.#failWaiting(this.slot(topic), error);
    this.#budget.drop(({ slot, sink }) => {
      if (slot.topic !== topic) return false;
      sink.failed(error);
      return true;
    });
  }

  #failWaiting(slot: TopicSlot, error: Error): void {
    for (const { sink } of slot.waiting.splice(0)) sink.failed(error);
  }

  #run(promise: Promise<void>): void {
    const running = promise.finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #armedDeadline(): number {
    const deadline = this.#world.clock.monotonic() + this.#settings.maxBlockMs;
    this.#armSweep(deadline);
    return deadline;
  }

  #armSweep(deadline: number): void {
    if (this.#signal.aborted || deadline >= this.#sweepAt) return;
    this.#sweep?.cancel();
    this.#sweepAt = deadline;
    this.#sweep = this.#world.timers.idle(deadline - this.#world.clock.monotonic(), () => {
      this.#sweepAt = never;
      this.#expire(this.#world.clock.monotonic());
    });
  }

  #expire(now: number): void {
    const { maxBlockMs, deliveryTimeoutMs } = this.#settings;
    let next = never;
    const blocked = new Map<string, Error>();
    const expired: { readonly queue: PartitionQueue; readonly batch: ProducerBatch; readonly error: Error }[] = [];
    const isLate = (entry: { deadline: number; sink: RecordSink }, slot: TopicSlot, why: string, cause?: unknown) => {
      if (entry.deadline > now) {
        next = Math.min(next, entry.deadline);
        return false;
      }
      const context = `a record for "${slot.topic}" waited ${maxBlockMs} ms for ${why}`;
      const error = new KafkaTimeoutError("DELIVERY_TIMEOUT", context, { outcome: "notSent", cause });
      entry.sink.failed(error);
      blocked.set(slot.topic, error);
      return true;
    };
    for (const slot of this.#slots.values()) {
      const kept = slot.waiting.filter((entry) => !isLate(entry, slot, slot.waitsFor, slot.lastError));
      slot.waiting.splice(0, slot.waiting.length, ...kept);
      for (const queue of slot.partitions) {
        queue.giveUp(
          ({ deadline }) => deadline <= now,
          (batch, isInFlight) => expired.push({ queue, batch, error: batch.expire(isInFlight, deliveryTimeoutMs) }),
        );
        next = Math.min(next, queue.nextDeadline);
      }
    }
    this.#budget.drop((entry) => isLate(entry, entry.slot, `room in ${this.#settings.bufferBytes} bytes`));
    for (const { queue, batch, error } of expired) this.failed(queue, batch, error);
    if (this.#settings.failsInOrder) for (const [topic, error] of blocked) this.#failBehind(topic, error);
    this.#armSweep(next);
    this.#sender.schedule();
  }
}

const never = Number.POSITIVE_INFINITY;
/** With the default backoff they take two seconds and a half. */
const maxLooks = 6;
