import { nodeWorld } from "@ottla/world";
import { Admin } from "./admin/admin.js";
import { type ClientWorld, Cluster } from "./cluster/cluster.js";
import { type ClusterOptions, clusterSettings } from "./cluster/cluster-options.js";
import { Consumer } from "./consumer/consumer.js";
import type { ConsumerOptions } from "./consumer/consumer-options.js";
import type { Topic } from "./contract/topic.js";
import { KafkaClosedError } from "./errors/kafka-closed-error.js";
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
  readonly #options: KafkaOptions;
  readonly #world: ClientWorld;
  readonly #open = new Set<{ close(): Promise<void> }>();
  #closing: Promise<void> | undefined;

  /** Opens nothing yet. @throws KafkaConfigError */
  constructor(options: KafkaOptions) {
    clusterSettings(options);
    this.#options = options;
    this.#world = options.world ?? nodeWorld;
  }

  /** @throws KafkaConfigError */
  producer(options: ProducerOptions = {}): Producer {
    const { registry } = this.#options;
    return this.#made(true, (cluster) => new Producer(this.#world, cluster, options, registry));
  }

  /**
   * A member of a group; it joins when records are first asked for. See {@link Consumer}.
   *
   * @throws KafkaConfigError
   */
  consumer<const T extends Topic>(options: ConsumerOptions<T>): Consumer<T> {
    const { registry } = this.#options;
    return this.#made(true, (cluster) => new Consumer(this.#world, cluster, options, registry));
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
