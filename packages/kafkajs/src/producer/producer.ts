import type { Kafka as Client, Producer as ClientProducer, ProducerOptions } from "@ottla/client";
import type { ClientSource } from "../config/client-source.js";
import { ConnectedClient } from "../config/connected-client.js";
import type { RetryOptions } from "../config/kafka-config.js";
import { asKafkaJSError } from "../errors/as-kafkajs-error.js";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";
import { EventEmitter, type RemoveInstrumentationEventListener } from "../events/event-emitter.js";
import type { Logger } from "../log/logger.js";
import { codecNames } from "./compression.js";
import { outgoing } from "./outgoing.js";
import { clientPartitioner } from "./partitioner.js";
import { Partitioners } from "./partitioners.js";
import {
  type ProducerBatch,
  type ProducerConfig,
  type ProducerEventPayloads,
  type ProducerEventTypes,
  type ProducerRecord,
  producerEvents,
  type RecordMetadata,
} from "./producer-types.js";
import { sent } from "./sent.js";
import { Transaction } from "./transaction.js";

// 16 of them, which is what a batch may grow to, stay below the brokers' message.max.bytes.
const batchBytes = 60 * 1024;
const bufferBytes = 32 * 1024 * 1024;
const mostInFlight = 5;

/** Sends messages. Made by `kafka.producer()`; sends once connected. */
export class Producer {
  readonly events = producerEvents;
  readonly #source: ClientSource;
  readonly #config: ProducerConfig;
  readonly #retry: RetryOptions;
  readonly #logger: Logger;
  readonly #emitter: EventEmitter<ProducerEventPayloads>;
  readonly #client: ConnectedClient<"producer">;
  /** By acknowledgement and codec, which are of a producer in the client, and of a send here. */
  readonly #producers = new Map<string, ClientProducer>();
  /** Topics that are known to be there, where none may be created. */
  readonly #topics = new Set<string>();
  #transactional: ClientProducer | undefined;
  #transaction: Transaction | undefined;

  constructor(source: ClientSource, config: ProducerConfig) {
    if (config.idempotent && config.retry?.retries === 0) {
      throw new KafkaJSNonRetriableError("retry.retries: 0; an idempotent producer must be allowed to try again");
    }
    this.#source = source;
    this.#config = config;
    this.#retry = source.retry(config.retry);
    this.#logger = source.logger.namespace("Producer");
    this.#emitter = new EventEmitter(source.world.clock, this.#logger, producerEvents);
    const needs = { metadataMaxAge: config.metadataMaxAge, retry: this.#retry };
    this.#client = new ConnectedClient(source, needs, "producer", this.#emitter);
  }

  /** @throws KafkaJSError when no broker answers, KafkaJSSASLAuthenticationError */
  connect(): Promise<void> {
    return this.#client.connect();
  }

  /** Sends what it was given, then closes its connections; an open transaction is aborted. */
  async disconnect(): Promise<void> {
    await this.#client.settled();
    this.#transaction?.abandon();
    this.#transaction = undefined;
    this.#transactional = undefined;
    this.#producers.clear();
    await this.#client.disconnect();
  }

  isIdempotent(): boolean {
    return this.#config.idempotent ?? false;
  }

  async send({ topic, messages, ...how }: ProducerRecord): Promise<RecordMetadata[]> {
    return this.sendBatch({ ...how, topicMessages: [{ topic, messages }] });
  }

  /** @throws KafkaJSError: that of the first message that failed, once something became of each */
  async sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]> {
    const records = outgoing(batch, this.isIdempotent());
    const producer = this.#producerFor(batch);
    if (this.#config.allowAutoTopicCreation === false) await this.#found(records);
    const metadata = await sent(records.map((record) => producer.sendRaw(record)));
    return batch.acks === 0 ? [] : metadata;
  }

  /** Begins a transaction of the `transactionalId`. @throws KafkaJSError */
  async transaction(): Promise<Transaction> {
    const { transactionalId, transactionTimeout } = this.#config;
    if (transactionalId === undefined) {
      throw new KafkaJSNonRetriableError("transaction: the producer has no transactionalId");
    }
    if (this.#transaction?.isActive()) {
      throw new KafkaJSNonRetriableError("the producer's transaction before has not ended");
    }
    const client = this.#client.current;
    this.#transactional ??= this.#made(client, { transactionalId, transactionTimeoutMs: transactionTimeout });
    this.#transaction = await Transaction.begin(this.#transactional);
    return this.#transaction;
  }

  on<Name extends keyof ProducerEventTypes>(
    eventName: Name,
    listener: (event: ProducerEventTypes[Name]) => void,
  ): RemoveInstrumentationEventListener<Name> {
    return this.#emitter.on(eventName, listener);
  }

  logger(): Logger {
    return this.#logger;
  }

  /** The client's producers have topics created where the broker allows that. @throws KafkaJSProtocolError when one is not there */
  async #found(records: readonly { readonly topic: string }[]): Promise<void> {
    const names = new Set(records.map(({ topic }) => topic).filter((topic) => !this.#topics.has(topic)));
    if (names.size === 0) return;
    const admin = this.#client.current.admin();
    try {
      const described = await admin.topics.describe([...names], { timeoutMs: this.#source.budgetMs(this.#retry) });
      for (const { name, error } of described) {
        if (error !== undefined) throw error;
        this.#topics.add(name);
      }
    } catch (error) {
      throw asKafkaJSError(error);
    } finally {
      await admin.close();
    }
  }

  #producerFor({ acks = -1, compression = 0 }: ProducerBatch): ClientProducer {
    const client = this.#client.current;
    const codec = codecNames[compression];
    if (codec === undefined) throw new KafkaJSNonRetriableError(`compression: ${compression} is no codec`);
    if (acks !== -1 && acks !== 0 && acks !== 1) throw new KafkaJSNonRetriableError(`acks: ${acks} is not -1, 0 or 1`);
    const key = `${acks} ${codec}`;
    const known = this.#producers.get(key);
    if (known !== undefined) return known;
    const made = this.#made(client, { acks: acks === -1 ? "all" : acks, compression: codec });
    this.#producers.set(key, made);
    return made;
  }

  #made(client: Client, options: ProducerOptions): ClientProducer {
    const { createPartitioner = Partitioners.DefaultPartitioner, maxInFlightRequests = mostInFlight } = this.#config;
    const deliveryTimeoutMs = this.#source.budgetMs(this.#retry);
    try {
      return client.producer({
        batchBytes,
        bufferBytes,
        maxRequestBytes: bufferBytes,
        deliveryTimeoutMs,
        maxBlockMs: deliveryTimeoutMs,
        maxInFlight: Math.min(maxInFlightRequests ?? mostInFlight, mostInFlight),
        partitioner: clientPartitioner(createPartitioner),
        ...options,
      });
    } catch (error) {
      throw asKafkaJSError(error);
    }
  }
}
