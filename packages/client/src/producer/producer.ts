import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import { encodeRecord } from "../contract/encode-record.js";
import type { RawRecord } from "../contract/raw-record.js";
import type { Sendable } from "../contract/record.js";
import type { Topic } from "../contract/topic.js";
import { KafkaClosedError } from "../errors/kafka-closed-error.js";
import { abortable } from "../world/abortable.js";
import { onAbort } from "../world/on-abort.js";
import { Accumulator } from "./accumulator.js";
import { Contracts } from "./contracts.js";
import { type ProducerOptions, producerSettings } from "./producer-options.js";
import type { RecordMetadata, SendOutcome } from "./record-metadata.js";
import { PendingBatch, PendingSend, type RecordSink } from "./record-sink.js";
import { Sender } from "./sender.js";

/** What any waiting call of a producer takes. */
export interface SendOptions {
  /**
   * Stops waiting, with the signal's reason. A record that has not left is not sent any more; one that has may be
   * delivered all the same, and is tried again as if nothing had happened.
   */
  readonly signal?: AbortSignal | undefined;
}

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
  readonly #cluster: Cluster;
  readonly #contracts: Contracts;
  readonly #sender: Sender;
  readonly #accumulator: Accumulator;
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
    this.#cluster = cluster;
    this.#registry = registry;
    this.#contracts = new Contracts(registry, signal);
    this.#sender = new Sender(world, cluster, settings, {
      idRefused: (error) => this.#accumulator.failAll(() => error),
      failed: (queue, batch, error) => this.#accumulator.failed(queue, batch, error),
    });
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
    const sink = new PendingSend(options?.signal);
    this.#send(topic, record, sink);
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
    const batch = new PendingBatch(records.length, options?.signal);
    for (const [index, record] of records.entries()) this.#send(topic, record, batch.sink(index));
    return batch.promise;
  }

  /** Sends a record that is bytes already (the `RecordPublisher` of an outbox). @throws as {@link Producer.send} */
  sendRaw(record: RawRecord, options?: SendOptions): Promise<RecordMetadata> {
    const sink = new PendingSend(options?.signal);
    if (this.#closing !== undefined) {
      sink.failed(closedError());
    } else if (!sink.isWithdrawn) {
      const slot = this.#accumulator.slot(record.topic);
      if (slot.isReady) this.#accumulator.accept(slot, record, sink);
      else this.#accumulator.wait(slot, { encode: () => record, contract: undefined, sink });
    }
    return sink.promise;
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
   * Takes no more records, sends what it has, waits for the answers, and closes its connections. Takes `maxBlockMs` and
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

const closedError = (): KafkaClosedError => new KafkaClosedError("the producer is closed");
