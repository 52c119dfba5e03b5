import type { Clock } from "@ottla/world";
import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import { positive } from "../cluster/cluster-options.js";
import { encodeRecord } from "../contract/encode-record.js";
import type { RawRecord } from "../contract/raw-record.js";
import type { Sendable } from "../contract/record.js";
import type { Topic } from "../contract/topic.js";
import { KafkaClosedError } from "../errors/kafka-closed-error.js";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import { channels } from "../telemetry/channels.js";
import { tracedSend, withHeaders, withRawHeaders } from "../telemetry/traced-send.js";
import { abortable } from "../world/abortable.js";
import { onAbort } from "../world/on-abort.js";
import { Accumulator } from "./accumulator.js";
import { Contracts } from "./contracts.js";
import type { PartitionQueue } from "./partition-queue.js";
import type { ProducerBatch } from "./producer-batch.js";
import { type ProducerOptions, type ProducerSettings, producerSettings } from "./producer-options.js";
import type { RecordMetadata, SendOutcome } from "./record-metadata.js";
import { PendingBatch, PendingSend, type RecordSink } from "./record-sink.js";
import { recordStream } from "./record-stream.js";
import type { SendOptions } from "./send-options.js";
import { Sender } from "./sender.js";
import type { Transaction } from "./transaction/transaction.js";
import { Transactions } from "./transaction/transactions.js";

/**
 * Sends records. Calls need not be awaited one by one: what is sent while others are on their way travels in batches, and
 * records of one partition are appended in the order of the calls.
 *
 * A record is acknowledged once, retried until `deliveryTimeoutMs`, and neither lost, repeated nor reordered by
 * retries while idempotent (the default). An error with `outcome: "unknown"` says that it may be in the log.
 */
export class Producer {
  /** What the option of this name says: a relay may have many records of one key under way then. */
  readonly failsInOrder: boolean;
  /** Whether retries can neither duplicate nor reorder, with all in-sync replicas and at most five requests under way: a relay asks. */
  readonly isIdempotent: boolean;
  readonly #clock: Clock;
  readonly #cluster: Cluster;
  readonly #contracts: Contracts;
  readonly #sender: Sender;
  readonly #accumulator: Accumulator;
  readonly #transactions: Transactions | undefined;
  readonly #stopping = new AbortController();
  readonly #registry: unknown;
  readonly #signal: AbortSignal | undefined;
  readonly #stopListening: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /** @internal Made by `kafka.producer()`. The cluster becomes the producer's, which closes it. */
  constructor(world: ClientWorld, cluster: Cluster, options: ProducerOptions, registry: unknown) {
    const settings = producerSettings(options, cluster);
    const { signal } = this.#stopping;
    this.failsInOrder = settings.failsInOrder;
    this.isIdempotent = settings.isIdempotent;
    this.#clock = world.clock;
    this.#cluster = cluster;
    this.#registry = registry;
    this.#contracts = new Contracts(registry, signal);
    this.#transactions = this.#transactionsOf(world, settings);
    const senderHost = {
      idRefused: (error: Error) => this.#accumulator.failAll(() => error),
      failed: (queue: PartitionQueue, batch: ProducerBatch, error: Error) =>
        this.#accumulator.failed(queue, batch, error),
    };
    this.#sender = new Sender(world, cluster, settings, senderHost, this.#transactions);
    const parts = { world, cluster, contracts: this.#contracts, sender: this.#sender };
    this.#accumulator = new Accumulator(parts, settings, signal);
    this.#signal = options.signal;
    const abandon = () => {
      this.#closing ??= this.#stop(() => this.#signal?.reason);
    };
    if (this.#signal?.aborted) abandon();
    else this.#stopListening = this.#signal && onAbort(this.#signal, abandon);
  }

  /**
   * Sends one record of a topic's contract; resolves when it is acknowledged.
   *
   * @throws SerializationError when the contract's serdes refuse it; {@link RecordTooLargeError}; KafkaTimeoutError after
   * `maxBlockMs` or `deliveryTimeoutMs`; KafkaProtocolError when the cluster refuses it; {@link KafkaClosedError}.
   */
  send<T extends Topic>(topic: T, record: Sendable<T>, options?: SendOptions): Promise<RecordMetadata> {
    if (channels.send.hasSubscribers) {
      const one = ([each = record]: readonly Sendable<T>[]) => this.#sendOne(topic, each, options);
      return tracedSend(this.#clock, topic.name, [record as Sendable<T> & object], withRawHeaders, one);
    }
    return this.#sendOne(topic, record, options);
  }

  #sendOne<T extends Topic>(topic: T, record: Sendable<T>, options?: SendOptions): Promise<RecordMetadata> {
    const sink = new PendingSend(options?.signal);
    if (this.#transactions === undefined) this.#send(topic, record, sink);
    else sink.failed(outsideOfTransaction());
    return sink.promise;
  }

  /**
   * Sends several records of a topic's contract, in order. Resolves when something became of each: an outcome per record, in
   * the order given. Failures are data here; it rejects only with the signal's reason.
   */
  sendBatch<T extends Topic>(
    topic: T,
    records: readonly Sendable<T>[],
    options?: SendOptions,
  ): Promise<readonly SendOutcome[]> {
    if (channels.send.hasSubscribers) {
      const all = records as readonly (Sendable<T> & object)[];
      return tracedSend(this.#clock, topic.name, all, withRawHeaders, (each) => this.#sendAll(topic, each, options));
    }
    return this.#sendAll(topic, records, options);
  }

  #sendAll<T extends Topic>(
    topic: T,
    records: readonly Sendable<T>[],
    options?: SendOptions,
  ): Promise<readonly SendOutcome[]> {
    const batch = new PendingBatch(records.length, options?.signal);
    for (const [index, record] of records.entries()) {
      if (this.#transactions === undefined) this.#send(topic, record, batch.sink(index));
      else batch.sink(index).failed(outsideOfTransaction());
    }
    return batch.promise;
  }

  /** Sends a record that is bytes already (the `RecordPublisher` of an outbox). @throws as {@link Producer.send} */
  sendRaw(record: RawRecord, options?: SendOptions): Promise<RecordMetadata> {
    if (channels.send.hasSubscribers) {
      const one = ([each = record]: readonly RawRecord[]) => this.#sendBytes(each, options);
      return tracedSend(this.#clock, record.topic, [record], withHeaders, one);
    }
    return this.#sendBytes(record, options);
  }

  #sendBytes(record: RawRecord, options?: SendOptions): Promise<RecordMetadata> {
    const sink = new PendingSend(options?.signal);
    if (this.#transactions === undefined) this.#sendRaw(record, sink);
    else sink.failed(outsideOfTransaction());
    return sink.promise;
  }

  /**
   * A stream that sends what is written to it: `ReadableStream.from(orders).pipeTo(producer.writable(topic))`, or through
   * `Writable.fromWeb` a stream of Node's. It takes records as fast as `bufferBytes` and `maxInFlight` records of its own allow, fails with
   * the first record that does, and closes when all are acknowledged. The producer stays open.
   *
   * @param options.maxInFlight - Records written and not acknowledged. Default 10,000.
   */
  writable<T extends Topic>(
    topic: T,
    options: { readonly maxInFlight?: number | undefined } = {},
  ): WritableStream<Sendable<T>> {
    const maxInFlight = positive("maxInFlight", options.maxInFlight ?? 10_000);
    return recordStream((record, signal) => this.send(topic, record, { signal }), maxInFlight);
  }

  /**
   * Runs `work` in a transaction of the producer's `transactionalId`, one at a time: commits when it resolves and all it sent is
   * acknowledged, aborts when it throws or a record fails. Resolves with what `work` gave, once committed.
   *
   * @throws what `work` threw, once aborted; {@link TransactionError} when something of the transaction failed, with `fatal` when the
   * producer can begin no other, and code `OUTCOME_UNKNOWN` when no coordinator said within `deliveryTimeoutMs` whether it is
   * committed; KafkaTimeoutError when none was found within `maxBlockMs` to begin it; {@link KafkaConfigError} while another is open.
   * @see KIP-98; KIP-890, whose protocol is used where the cluster's `transaction.version` is 2
   */
  async transaction<R>(work: (tx: Transaction) => Promise<R> | R): Promise<R> {
    if (this.#closing !== undefined) throw closedError();
    if (this.#transactions === undefined)
      throw new KafkaConfigError("transaction: the producer has no transactionalId");
    return this.#transactions.run(work);
  }

  /**
   * Readies contracts ahead of their first record: serdes, partitions, the producer's id.
   *
   * @throws what a serde's `prepare` throws, or the cluster says of a topic.
   */
  async prepare(topics: readonly Topic[], options?: SendOptions): Promise<void> {
    if (this.#closing !== undefined) throw closedError();
    const ready = topics.flatMap((topic) => [this.#contracts.prepare(topic), this.#accumulator.prepare(topic.name)]);
    await abortable(Promise.all(ready), options?.signal);
  }

  /** Sends at once what was given so far, and resolves when something became of each record. Later ones do not delay it. */
  async flush(options?: SendOptions): Promise<void> {
    this.#sender.flushing += 1;
    this.#sender.schedule();
    try {
      await abortable(this.#accumulator.settled(), options?.signal);
    } finally {
      this.#sender.flushing -= 1;
    }
  }

  /**
   * Takes no more records, aborts an open transaction, sends what it has, waits for the answers, and closes its connections. Takes `maxBlockMs` and
   * `deliveryTimeoutMs` at most; with a signal that aborts, what is not acknowledged then rejects with {@link KafkaClosedError}. Twice is fine.
   */
  close(options?: SendOptions): Promise<void> {
    this.#closing ??= this.#drain(options?.signal);
    return this.#closing;
  }

  /** As {@link Producer.close}: drains. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #transactionsOf(world: ClientWorld, settings: ProducerSettings): Transactions | undefined {
    if (settings.transactionalId === null) return undefined;
    const host = {
      send: (topic: Topic, record: unknown, sink: RecordSink) => this.#send(topic, record, sink),
      sendRaw: (record: RawRecord, sink: RecordSink) => this.#sendRaw(record, sink),
      schedule: () => this.#sender.schedule(),
      flush: () => this.flush(),
      drop: (error: Error) => {
        this.#accumulator.failAll(() => error);
        return this.#sender.idle();
      },
    };
    const parts = { world, cluster: this.#cluster, host };
    return new Transactions(parts, settings, settings.transactionalId, this.#stopping.signal);
  }

  #sendRaw(record: RawRecord, sink: RecordSink): void {
    if (this.#closing !== undefined) {
      sink.failed(closedError());
    } else if (sink.isWithdrawn !== true) {
      const slot = this.#accumulator.slot(record.topic);
      if (slot.isReady) this.#accumulator.accept(slot, record, sink);
      else this.#accumulator.wait(slot, { encode: () => record, contract: undefined, sink });
    }
  }

  #send(topic: Topic, record: unknown, sink: RecordSink): void {
    if (this.#closing !== undefined) {
      sink.failed(closedError());
      return;
    }
    if (sink.isWithdrawn) return;
    const slot = this.#accumulator.slot(topic.name);
    if (!slot.isReady || !this.#contracts.isPrepared(topic)) {
      this.#accumulator.wait(slot, {
        encode: () => encodeRecord(topic, record, this.#registry),
        contract: topic,
        sink,
      });
      return;
    }
    let raw: RawRecord;
    try {
      raw = encodeRecord(topic, record, this.#registry);
    } catch (error) {
      sink.failed(error as Error);
      return;
    }
    this.#accumulator.accept(slot, raw, sink);
  }

  async #drain(signal: AbortSignal | undefined): Promise<void> {
    if (this.#transactions !== undefined) await abortable(this.#transactions.close(), signal).catch(() => {});
    await this.flush({ signal }).catch(() => {});
    await this.#stop(
      (outcome) => new KafkaClosedError("the producer was closed before the acknowledgement", { outcome }),
    );
  }

  async #stop(errorOf: (outcome: "unknown" | "notSent") => Error): Promise<void> {
    this.#stopListening?.();
    this.#stopping.abort(new KafkaClosedError("the producer was closed"));
    this.#sender.stop();
    this.#accumulator.failAll(errorOf);
    await this.#cluster.close();
    await Promise.all([this.#sender.stopped(), this.#accumulator.stop()]);
  }
}

const outsideOfTransaction = (): KafkaConfigError =>
  new KafkaConfigError(
    "a producer with a transactionalId sends in transactions alone: producer.transaction(async (tx) => …)",
  );

const closedError = (): KafkaClosedError => new KafkaClosedError("the producer is closed");
