import { nodeWorld } from "@ottla/world";
import { Admin } from "./admin/admin.js";
import { type ClientWorld, Cluster } from "./cluster/cluster.js";
import { type ClusterOptions, clusterSettings } from "./cluster/cluster-options.js";
import { Consumer } from "./consumer/consumer.js";
import type { ConsumerOptions } from "./consumer/consumer-options.js";
import type { RawTopic } from "./consumer/subscription.js";
import type { Topic } from "./contract/topic.js";
import { ContractAdmin } from "./contracts/contract-admin.js";
import { CoordinatedMember, type CoordinatedMemberOptions } from "./coordinated/coordinated-member.js";
import { KafkaClosedError } from "./errors/kafka-closed-error.js";
import { ExactlyOnce, type ExactlyOnceWork } from "./exactly-once/exactly-once.js";
import { dividedOptions, type ExactlyOnceOptions } from "./exactly-once/exactly-once-options.js";
import { Producer } from "./producer/producer.js";
import type { ProducerOptions } from "./producer/producer-options.js";
import type { ReaderOptions } from "./reader/reader-options.js";
import { TopicReader } from "./reader/topic-reader.js";

/** How to reach a cluster, and what its producers and consumers share. */
export interface KafkaOptions extends Omit<ClusterOptions, "allowAutoTopicCreation"> {
  /** Given to serdes when they are prepared: the registry that theirs need. */
  readonly registry?: unknown;
  /** Clock, timers, sockets and randomness; the real ones when absent. Simulations bring their own. */
  readonly world?: ClientWorld | undefined;
}

/**
 * A Kafka cluster. Makes producers, consumers and admins, each with connections of its own, opened when first needed.
 *
 * ```ts
 * const kafka = new Kafka({ brokers: ["127.0.0.1:9092"] });
 * ```
 */
export class Kafka {
  /** Holds contracts against the cluster and the registry, and makes these as they say. */
  readonly contracts: ContractAdmin;
  readonly #options: KafkaOptions;
  readonly #world: ClientWorld;
  readonly #open = new Set<{ close(): Promise<void> }>();
  #closing: Promise<void> | undefined;

  /** Opens nothing yet. @throws KafkaConfigError */
  constructor(options: KafkaOptions) {
    clusterSettings(options);
    this.#options = options;
    this.#world = options.world ?? nodeWorld;
    this.contracts = new ContractAdmin(() => this.admin(), options.registry);
  }

  /** @throws KafkaConfigError */
  producer(options: ProducerOptions = {}): Producer {
    const { registry } = this.#options;
    return this.#made(true, (cluster) => new Producer(this.#world, cluster, options, registry));
  }

  /**
   * A member of a group, or with `assign` a reader of the partitions it is told; it begins when records are first asked for. See
   * {@link Consumer}.
   *
   * @param options - Their `topics` are asked for twice, so that the compiler knows the contracts, and says what is wrong, also where
   * other options are missing or misspelt.
   * @throws KafkaConfigError
   */
  consumer<const T extends Topic = RawTopic>(
    options: ConsumerOptions<T> & Pick<ConsumerOptions<T>, "topics">,
  ): Consumer<T> {
    const { registry } = this.#options;
    // The consumer's own: it is closed after the records that are being handled, and not with the other producers.
    const openPublisher = () => {
      const cluster = new Cluster(this.#world, { ...this.#options, allowAutoTopicCreation: true });
      return new Producer(this.#world, cluster, {}, registry);
    };
    return this.#made(true, (cluster) => new Consumer(this.#world, cluster, options, registry, openPublisher));
  }

  /**
   * Reads whole topics outside any group. See {@link TopicReader}.
   *
   * @throws KafkaConfigError
   */
  reader<const T extends Topic>(options: ReaderOptions<T>): TopicReader<T> {
    const { registry } = this.#options;
    return this.#made(false, (cluster) => new TopicReader(this.#world, cluster, options, registry));
  }

  /**
   * Reads batches of `topics` as a member of a group, calls `work` for each in a transaction, and commits the batch's offsets with what it
   * wrote `into` other topics: whoever reads those with `read_committed` (the default here) sees the result of every record once, whatever
   * fails or is killed. Side effects outside the transaction may happen again. Several instances share the group's partitions.
   *
   * A transaction that could not be committed is aborted, and the batch goes into another, with a backoff. Resolves when the signal aborts
   * or this `Kafka` is closed, once the open transaction has ended.
   *
   * @throws HandlerError when `work` has thrown as often as `retry` allows; TransactionError when what it sends is refused for good, and
   * with `fatal` when another instance has the same `transactionalId`, the cluster refuses it, or a batch took longer than
   * `transactionTimeoutMs`; and what a loop over a {@link Consumer} throws.
   * @see KIP-98, KIP-447
   */
  async exactlyOnce<const T extends Topic, const I extends Topic>(
    options: ExactlyOnceOptions<T, I>,
    work: ExactlyOnceWork<T, I>,
  ): Promise<void> {
    const divided = dividedOptions(options, this.#world.random);
    const producer = this.producer(divided.producer);
    const consumer: Consumer<T> = this.consumer({
      ...divided.consumer,
      onRebalance: (change) => loop.rebalanced(change),
    });
    const parts = { consumer, producer, openAdmin: () => this.admin(), onEvent: options.onEvent ?? (() => {}) };
    const loop = new ExactlyOnce<T, I>(this.#world, parts, divided.settings, work);
    await loop.run(options.into);
  }

  /**
   * A member of a classic group whose assignments are not partitions: leader election, sharing out work. It joins at once, and
   * stays in the group until it is closed. See {@link CoordinatedMember}.
   */
  coordinatedMember(options: CoordinatedMemberOptions): CoordinatedMember {
    return this.#made(false, (cluster) => new CoordinatedMember(this.#world, cluster, options));
  }

  admin(): Admin {
    return this.#made(false, (cluster) => new Admin(this.#world, cluster));
  }

  /** Closes all it made, each as its own `close` does: producers drain, consumers commit and leave. Twice is fine. */
  close(): Promise<void> {
    this.#closing ??= Promise.all([...this.#open].map((each) => each.close())).then(() => {});
    return this.#closing;
  }

  /** As {@link Kafka.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #made<T extends { close(): Promise<void> }>(allowAutoTopicCreation: boolean, make: (cluster: Cluster) => T): T {
    if (this.#closing !== undefined) throw new KafkaClosedError("this Kafka was closed");
    const options = { ...this.#options, allowAutoTopicCreation };
    const made = make(new Cluster(this.#world, options, () => this.#open.delete(made)));
    this.#open.add(made);
    return made;
  }
}
