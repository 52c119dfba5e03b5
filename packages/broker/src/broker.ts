import { resolve } from "node:path";
import { nodeWorld, type Timer, type World } from "@ottla/world";
import { type BrokerMetrics, MetricCounters } from "./broker-metrics.js";
import { type BrokerLimits, type BrokerOptions, BrokerStartError } from "./broker-options.js";
import type { BrokerServices } from "./broker-services.js";
import { BrokerConfig } from "./config/broker-config.js";
import { FaultList } from "./faults/fault-list.js";
import type { Faults } from "./faults/faults.js";
import { FaultyHandlers } from "./faults/faulty-handlers.js";
import { FetchSessions } from "./fetch-session/fetch-sessions.js";
import { GroupCoordinator } from "./group/group-coordinator.js";
import { handlerTable } from "./handlers/handler-table.js";
import { ResponseMemory } from "./handlers/response-memory.js";
import { type Logger, silent } from "./logger.js";
import { actingAs, checkRelease } from "./releases/release.js";
import type { KafkaRelease } from "./releases/release-versions.js";
import { type Address, checkListeners, type ListenerOptions } from "./server/listener-options.js";
import { ReadBuffers } from "./server/read-buffers.js";
import { Server } from "./server/server.js";
import { CleanerLoop } from "./storage/cleaner-loop.js";
import type { LogStore } from "./storage/log-store.js";
import { openLogStore } from "./storage/open-log-store.js";
import { MetadataLog } from "./topics/metadata-log.js";
import { metadataLogConfig, metadataTopic, metadataTopicId } from "./topics/metadata-topic.js";
import { ProducerIds } from "./topics/producer-ids.js";
import { Topics } from "./topics/topics.js";
import { TransactionCoordinator } from "./txn/transaction-coordinator.js";
import { TransactionMarkers } from "./txn/transaction-markers.js";

const defaultLimits: BrokerLimits = Object.freeze({
  requestMaxElements: 100_000,
  unsentMaxBytes: 4 * 1024 * 1024,
  fetchMemoryMaxBytes: 256 * 1024 * 1024,
  fetchSessionMaxPartitions: 200_000,
  firstRequestTimeoutMs: 30_000,
  closeTimeoutMs: 5_000,
});

/**
 * A Kafka broker in this process: one node that leads every partition.
 *
 * ```ts
 * const broker = await Broker.start({ memory: true });
 * // … any Kafka client with bootstrap servers broker.bootstrap …
 * await broker.close();
 * ```
 */
export class Broker implements AsyncDisposable {
  readonly #services: BrokerServices;
  readonly #server: Server;
  readonly #store: LogStore;
  readonly #limits: BrokerLimits;
  /** Errors, delays and lost answers of a test's choice. */
  readonly faults: Faults;
  readonly #cleaner: CleanerLoop;
  #retention: Timer | undefined;
  #retaining: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(services: BrokerServices, server: Server, store: LogStore, limits: BrokerLimits, faults: Faults) {
    this.#services = services;
    this.#server = server;
    this.#store = store;
    this.#limits = limits;
    this.faults = faults;
    this.#cleaner = new CleanerLoop(store, services);
  }

  /**
   * Opens the data folder, recovers what a crash left, and listens. Resolves when clients can connect.
   *
   * @throws {@link BrokerStartError} when a listener cannot be bound or options contradict each other;
   * {@link InvalidConfigError} for a configuration value; the store's error when the folder is in use or unreadable.
   */
  static async start(options: BrokerOptions): Promise<Broker> {
    const { world = nodeWorld, logger = silent } = options;
    const listeners = listenersOf(options);
    const config = configOf(options);
    const limits = { ...defaultLimits, ...options.limits };
    const release = releaseOf(options);
    const store = await openLogStore(world, {
      ...(options.dataDir === undefined ? {} : { dataDir: resolve(options.dataDir) }),
      durability: options.memory === true ? "memory" : (options.durability ?? "sync"),
      nodeId: config.get("node.id"),
      ...(options.clusterId === undefined ? {} : { clusterId: options.clusterId }),
      producerIdExpirationMs: config.get("producer.id.expiration.ms"),
      onEvent: ({ kind, ...fields }) => logger.warn(`Storage: ${kind}`, fields),
    });
    try {
      const broker = await Broker.#assemble(store, config, limits, world, logger, release);
      await broker.#listen(listeners);
      return broker;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  static async #assemble(
    store: LogStore,
    config: BrokerConfig,
    limits: BrokerLimits,
    world: World,
    logger: Logger,
    release: KafkaRelease | undefined,
  ): Promise<Broker> {
    const { clusterId, nodeId } = store;
    const metadata = await MetadataLog.open(
      store.create(metadataTopic, metadataTopicId, 0, metadataLogConfig),
      world.clock,
    );
    for (const [name, value] of metadata.image.brokerConfigs("")) config.setDynamic("default", name, value);
    for (const [name, value] of metadata.image.brokerConfigs(String(nodeId))) config.setDynamic("broker", name, value);
    const topics = Topics.open({ metadata, store, config, random: world.random, nodeId });
    // An empty metadata log names no topic: where there are folders nevertheless, it is the log that was lost.
    if (!metadata.isEmpty) store.removeUnclaimed();
    const groups = await GroupCoordinator.open({ world, config, topics, logger });
    const producerIds = new ProducerIds(metadata, nodeId);
    const markers = new TransactionMarkers({ topics, groups, clock: world.clock });
    const transactions = await TransactionCoordinator.open({
      world,
      config,
      topics,
      metadata,
      producerIds,
      markers,
      logger,
    });
    const metrics = new MetricCounters(() => store.cleanerMetrics);
    const faults = new FaultList();
    const served = release === undefined ? handlerTable : actingAs(release, handlerTable);
    const services: BrokerServices = {
      world,
      clusterId,
      nodeId,
      release,
      config,
      topics,
      producerIds,
      groups,
      transactions,
      markers,
      fetchSessions: new FetchSessions(world, {
        sessions: config.get("max.incremental.fetch.session.cache.slots"),
        partitions: limits.fetchSessionMaxPartitions,
      }),
      handlers: new FaultyHandlers(served, faults, world.timers).table,
      advertised: (listener) => server.advertised(listener),
      logger,
      metrics,
      memory: new ResponseMemory(limits.fetchMemoryMaxBytes, metrics),
      readBuffers: new ReadBuffers(),
    };
    const requestMaxBytes = config.get("socket.request.max.bytes");
    const queuedBytes = config.get("queued.max.request.bytes");
    const server = new Server(services, {
      requestMaxBytes,
      requestMaxElements: limits.requestMaxElements,
      queuedMaxRequests: config.get("queued.max.requests"),
      queuedMaxBytes: queuedBytes < 0 ? requestMaxBytes : queuedBytes,
      unsentMaxBytes: limits.unsentMaxBytes,
      firstRequestTimeoutMs: limits.firstRequestTimeoutMs,
    });
    return new Broker(services, server, store, limits, faults);
  }

  async #listen(listeners: readonly ListenerOptions[]): Promise<void> {
    try {
      await this.#server.listen(listeners);
    } catch (error) {
      this.#services.transactions.close();
      await this.#services.groups.close();
      throw error;
    }
    this.#scheduleRetention();
    this.#cleaner.start();
    this.#services.logger.info("Broker started", { bootstrap: this.bootstrap, clusterId: this.clusterId });
  }

  /** Port of the first listener. */
  get port(): number {
    return this.#firstAddress.port;
  }

  /** `host:port` of the first listener as clients are told it: what to give them as bootstrap servers. */
  get bootstrap(): string {
    const { host, port } = this.#firstAddress;
    return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  }

  get #firstAddress(): Address {
    const [first] = this.#server.listenerNames;
    return this.#server.advertised(first ?? "");
  }

  /** Where each listener's clients are told to connect, by its name. */
  get listeners(): ReadonlyMap<string, Address> {
    return new Map(this.#server.listenerNames.map((name) => [name, this.#server.advertised(name)]));
  }

  get clusterId(): string {
    return this.#services.clusterId;
  }

  get nodeId(): number {
    return this.#services.nodeId;
  }

  /** Counters, live. */
  get metrics(): BrokerMetrics {
    return this.#services.metrics;
  }

  #scheduleRetention(): void {
    const intervalMs = this.#services.config.get("log.retention.check.interval.ms");
    this.#retention = this.#services.world.timers.idle(intervalMs, () => {
      this.#retaining = this.#retain();
    });
  }

  async #retain(): Promise<void> {
    try {
      await this.#store.retain();
    } catch (error) {
      this.#services.logger.error("Retention failed", { error });
    }
    if (this.#closing === undefined) this.#scheduleRetention();
  }

  /**
   * Stops accepting, answers what was begun (a waiting fetch with what there is, a waiting JoinGroup with an error), syncs, and
   * leaves the mark of a clean shutdown. Calling it again gives the same promise.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#retention?.cancel();
    this.faults.clear();
    const stopped = this.#server.close(this.#limits.closeTimeoutMs);
    try {
      this.#services.transactions.close();
      await this.#services.groups.close();
      await stopped;
      await this.#retaining;
    } finally {
      const cleaned = this.#cleaner.stop();
      await this.#store.close();
      await cleaned;
    }
    this.#services.logger.info("Broker stopped", { clusterId: this.clusterId });
  }

  /** The same as {@link Broker.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function listenersOf({ listeners, host, port = 0, advertised }: BrokerOptions): readonly ListenerOptions[] {
  const chosen = listeners ?? [
    {
      name: "PLAINTEXT",
      port,
      ...(host === undefined ? {} : { host }),
      ...(advertised === undefined ? {} : { advertised }),
    },
  ];
  try {
    checkListeners(chosen);
  } catch (error) {
    throw new BrokerStartError("INVALID_OPTIONS", error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
  return chosen;
}

function releaseOf({ actAs }: BrokerOptions): KafkaRelease | undefined {
  if (actAs === undefined) return undefined;
  try {
    checkRelease(actAs);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new BrokerStartError("INVALID_OPTIONS", `actAs: ${message}`, { cause: error });
  }
  return actAs;
}

function configOf({ dataDir, memory, nodeId, config = {} }: BrokerOptions): BrokerConfig {
  if ((dataDir === undefined) !== (memory === true)) {
    throw new BrokerStartError("INVALID_OPTIONS", "A broker takes either dataDir or memory: true");
  }
  return new BrokerConfig({
    // Tests make groups all the time and wait for no second member.
    ...(memory === true ? { "group.initial.rebalance.delay.ms": 0 } : { "log.dirs": dataDir }),
    "node.id": nodeId ?? config["broker.id"],
    ...config,
  });
}
