import { Kafka as Client, type Logger as ClientLogger, type ClientWorld, type KafkaOptions } from "@ottla/client";
import { nodeWorld } from "@ottla/world";
import { afterRetries, asKafkaJSError } from "../errors/as-kafkajs-error.js";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";
import { observedNetwork, type RequestObserver } from "../events/observed-network.js";
import { createLogger, type Logger } from "../log/logger.js";
import type { KafkaConfig, RetryOptions } from "./kafka-config.js";
import { initialRetryMs, mergedRetry, retryBudgetMs } from "./retry.js";
import { saslOptions } from "./sasl.js";
import { tlsOptions } from "./tls.js";

/** What a producer, consumer or admin says of its client. */
export interface ClientNeeds {
  readonly metadataMaxAge?: number | undefined;
  readonly retry: RetryOptions;
}

/** Makes clients of `@ottla/client` by kafkajs's configuration. */
export class ClientSource {
  readonly logger: Logger;
  readonly world: ClientWorld;
  readonly requestTimeoutMs: number;
  readonly clientId: string;
  readonly #config: KafkaConfig;
  readonly #options: Omit<KafkaOptions, "brokers" | "world">;
  readonly #connectTimeoutMs: number;

  /** @throws KafkaJSNonRetriableError */
  constructor(config: KafkaConfig) {
    if (config.socketFactory !== undefined) {
      throw new KafkaJSNonRetriableError(
        "socketFactory: sockets are opened by the client; give `world.network` instead",
      );
    }
    if (typeof config.brokers !== "function" && !(Array.isArray(config.brokers) && config.brokers.length > 0)) {
      throw new KafkaJSNonRetriableError("brokers: at least one is needed, or a function that gives them");
    }
    const { world = nodeWorld, logLevel, logCreator, ssl, sasl, clientId = "kafkajs" } = config;
    this.world = world;
    this.logger = createLogger(world.clock, process.env, logLevel, logCreator);
    this.clientId = clientId;
    this.requestTimeoutMs = config.requestTimeout ?? 30_000;
    this.#connectTimeoutMs = (config.connectionTimeout ?? 1_000) + (config.authenticationTimeout ?? 10_000);
    this.#config = config;
    this.#options = {
      clientId,
      tls: tlsOptions(ssl),
      sasl: sasl && saslOptions(sasl, this.logger),
      requestTimeoutMs: this.requestTimeoutMs,
      connectTimeoutMs: this.#connectTimeoutMs,
      logger: clientLogger(this.logger.namespace("Client")),
    };
  }

  /** The retry options of a producer, consumer or admin. */
  retry(own: RetryOptions | undefined): RetryOptions {
    return mergedRetry(this.#config.retry, own);
  }

  /** How long failures of requests are put up with. */
  budgetMs(retry: RetryOptions): number {
    return retryBudgetMs(retry, this.requestTimeoutMs);
  }

  /** How long failures to connect are put up with. */
  connectBudgetMs(retry: RetryOptions): number {
    return retryBudgetMs(retry, this.#connectTimeoutMs);
  }

  /**
   * Opens a client, and asks the cluster who it is: whoever connects wants to know that it is there.
   *
   * @throws KafkaJSError
   */
  async open({ metadataMaxAge, retry }: ClientNeeds, observer: RequestObserver): Promise<Client> {
    const { brokers } = this.#config;
    const { clock, timers, random, network } = this.world;
    const { clientId, requestTimeoutMs } = this;
    const observed = observedNetwork(network, clock, { clientId, requestTimeoutMs, ...observer });
    const world = { clock, timers, random, network: observed };
    const metadata = metadataMaxAge === undefined ? {} : { metadataMaxAgeMs: metadataMaxAge };
    let client: Client | undefined;
    try {
      const addresses = typeof brokers === "function" ? await brokers() : brokers;
      client = new Client({ ...this.#options, ...metadata, world, brokers: addresses });
      const admin = client.admin();
      await admin.describeCluster({ timeoutMs: this.connectBudgetMs(retry) });
      await admin.close();
      return client;
    } catch (error) {
      await client?.close();
      if (typeof brokers === "function" && client === undefined) throw asKafkaJSError(error);
      throw afterRetries(error, retry.retries ?? 5, initialRetryMs(retry));
    }
  }
}

const clientLogger = (logger: Logger): ClientLogger => ({
  debug: (message, fields) => logger.debug(message, fields),
  info: (message, fields) => logger.info(message, fields),
  warn: (message, fields) => logger.warn(message, fields),
  error: (message, fields) => logger.error(message, fields),
});
