import { Kafka, type Logger } from "@ottla/client";
import { nodeWorld, type World } from "@ottla/world";
import { type CompatibilityLevel, compatibilityLevels } from "../compatibility/level.js";
import { registryApp } from "./http/app.js";
import type { ServerAuth } from "./http/auth.js";
import { HttpListener } from "./http/listen.js";
import { Registry } from "./registry.js";
import { RegistryStartError } from "./registry-start-error.js";
import { RegistryState } from "./state/registry-state.js";
import { KafkaStore } from "./store/kafka-store.js";
import { MemoryStore } from "./store/memory-store.js";
import type { SchemaStore } from "./store/schema-store.js";

/** Where schemas are kept: exactly one of the three. */
type StoreOptions =
  /** Brokers of the cluster that holds the topic: `host:port,host:port`. */
  | { readonly bootstrap: string; readonly kafka?: undefined; readonly memory?: false }
  /** A client for it, which stays the caller's. */
  | { readonly kafka: Kafka; readonly bootstrap?: undefined; readonly memory?: false }
  /** Nowhere: all is gone with the process. */
  | { readonly memory: true; readonly bootstrap?: undefined; readonly kafka?: undefined };

/** How a registry is started. Times in milliseconds, sizes in bytes. */
export type RegistryServerOptions = StoreOptions & {
  /** Default 8081; 0 picks a free one. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** The topic of the schemas, made when it is missing. Default `_schemas` (`kafkastore.topic`). */
  readonly topic?: string;
  /** The level of subjects without one. Default `BACKWARD` (`schema.compatibility.level`). */
  readonly level?: CompatibilityLevel;
  /** Who may use it; everybody by default. */
  readonly auth?: ServerAuth;
  /** How long a write may take before it is answered 50002. Default 5,000 (`kafkastore.timeout.ms`, there 500). */
  readonly timeoutMs?: number;
  /** How long the cluster may take until the whole topic is read. Default 60,000 (`kafkastore.init.timeout.ms`). */
  readonly startTimeoutMs?: number;
  /** For a request to arrive whole. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** How long {@link RegistryServer.close} lets requests that were begun end. Default 5,000. */
  readonly closeTimeoutMs?: number;
  /** Longest body of a request. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Told by `/v1/metadata/version`. */
  readonly version?: string;
  /** Silent by default. */
  readonly logger?: Logger;
  /** For the store; HTTP is Node's own. */
  readonly world?: World;
};

/**
 * A schema registry with Confluent's HTTP API in this process.
 *
 * ```ts
 * const server = await RegistryServer.start({ bootstrap: "127.0.0.1:9092" });
 * // … any registry client with server.url …
 * await server.close();
 * ```
 */
export class RegistryServer implements AsyncDisposable {
  readonly #listener: HttpListener;
  readonly #host: string;
  readonly #release: () => Promise<void>;
  #closing: Promise<void> | undefined;

  private constructor(listener: HttpListener, host: string, release: () => Promise<void>) {
    this.#listener = listener;
    this.#host = host;
    this.#release = release;
  }

  /**
   * Reads the topic to its end and listens. Resolves when clients can connect.
   *
   * @throws {@link RegistryStartError}
   */
  static async start(options: RegistryServerOptions): Promise<RegistryServer> {
    checkOptions(options);
    const { world = nodeWorld, host = "127.0.0.1", logger } = options;
    const state = new RegistryState();
    const { store, clusterId, release } = await openStore(world, state, options);
    try {
      const registry = new Registry(world, state, store, {
        level: options.level ?? "BACKWARD",
        timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
      });
      const app = registryApp(registry, {
        clusterId,
        version: options.version ?? "",
        maxBodyBytes: options.maxBodyBytes ?? 1024 * 1024,
        auth: options.auth,
        onError: (error, request) => logger?.error(`Registry: ${request} failed`, { error }),
      });
      const listener = await HttpListener.start(world, app, {
        host,
        port: options.port ?? 8081,
        requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
        closeTimeoutMs: options.closeTimeoutMs ?? 5_000,
        onError: (error) => logger?.error("Registry: its port failed", { error }),
      });
      const server = new RegistryServer(listener, host, release);
      logger?.info("Registry started", { url: server.url });
      return server;
    } catch (error) {
      await release();
      throw error;
    }
  }

  get port(): number {
    return this.#listener.port;
  }

  /** What to give clients: `http://host:port`. */
  get url(): string {
    const host = wildcards.has(this.#host) ? "127.0.0.1" : this.#host;
    return `http://${host.includes(":") ? `[${host}]` : host}:${this.port}`;
  }

  /** Accepts nothing more, lets requests that were begun end, and leaves the cluster. Twice is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#listener.close().then(() => this.#release());
    return this.#closing;
  }

  /** As {@link RegistryServer.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const defaultTimeoutMs = 5_000;
const wildcards: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

function checkOptions({ bootstrap, kafka, memory, level }: RegistryServerOptions): void {
  const stores = [bootstrap !== undefined, kafka !== undefined, memory === true].filter(Boolean).length;
  if (stores !== 1) {
    throw new RegistryStartError("INVALID_OPTIONS", "a registry takes one of bootstrap, kafka and memory: true");
  }
  if (level !== undefined && !compatibilityLevels.includes(level)) {
    throw new RegistryStartError("INVALID_OPTIONS", `level: ${level} is none of ${compatibilityLevels.join(", ")}`);
  }
}

interface OpenStore {
  readonly store: SchemaStore;
  readonly clusterId: string;
  release(): Promise<void>;
}

async function openStore(world: World, state: RegistryState, options: RegistryServerOptions): Promise<OpenStore> {
  if (options.memory === true) {
    return { store: new MemoryStore(world, state), clusterId: "", release: async () => {} };
  }
  const kafka = options.kafka ?? connect(world, options.bootstrap ?? "", options.logger);
  const leave = async () => {
    if (options.kafka === undefined) await kafka.close();
  };
  const { startTimeoutMs = 60_000, topic = "_schemas", timeoutMs = defaultTimeoutMs, logger } = options;
  const controller = new AbortController();
  const overdue = world.timers.after(startTimeoutMs, () =>
    controller.abort(new Error(`the cluster took more than ${startTimeoutMs} ms`)),
  );
  try {
    const { signal } = controller;
    const clusterId = await clusterIdOf(kafka, signal);
    const store = await KafkaStore.open(world, kafka, state, { topic, timeoutMs, logger, signal });
    const release = async () => {
      await store.close();
      await leave();
    };
    return { store, clusterId, release };
  } catch (cause) {
    await leave();
    if (cause instanceof RegistryStartError) throw cause;
    throw new RegistryStartError("STORE_UNREACHABLE", `topic "${topic}": ${(cause as Error).message}`, { cause });
  } finally {
    overdue.cancel();
  }
}

function connect(world: World, bootstrap: string, logger: Logger | undefined): Kafka {
  const brokers = bootstrap.split(",").map((broker) => broker.trim());
  const reconnectBackoffMs = { base: 20, max: 500 };
  try {
    return new Kafka({ brokers, clientId: "schema-registry", reconnectBackoffMs, world, logger });
  } catch (cause) {
    throw new RegistryStartError("INVALID_OPTIONS", `bootstrap: ${(cause as Error).message}`, { cause });
  }
}

async function clusterIdOf(kafka: Kafka, signal: AbortSignal): Promise<string> {
  const admin = kafka.admin();
  try {
    return (await admin.describeCluster({ signal })).clusterId ?? "";
  } finally {
    await admin.close();
  }
}
