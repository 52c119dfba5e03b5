import { Admin } from "./admin/admin.js";
import type { AdminConfig } from "./admin/admin-types.js";
import { ClientSource } from "./config/client-source.js";
import type { KafkaConfig } from "./config/kafka-config.js";
import { Consumer } from "./consumer/consumer.js";
import type { ConsumerConfig } from "./consumer/consumer-types.js";
import type { Logger } from "./log/logger.js";
import { Producer } from "./producer/producer.js";
import type { ProducerConfig } from "./producer/producer-types.js";

/** A cluster: makes producers, consumers and admins, each with connections of its own, opened by its `connect`. */
export class Kafka {
  readonly #source: ClientSource;

  /** @throws KafkaJSNonRetriableError */
  constructor(config: KafkaConfig) {
    this.#source = new ClientSource(config);
  }

  /** @throws KafkaJSNonRetriableError */
  producer(config: ProducerConfig = {}): Producer {
    return new Producer(this.#source, config);
  }

  /** @throws KafkaJSNonRetriableError */
  consumer(config: ConsumerConfig): Consumer {
    return new Consumer(this.#source, config);
  }

  admin(config: AdminConfig = {}): Admin {
    return new Admin(this.#source, config);
  }

  logger(): Logger {
    return this.#source.logger;
  }
}
