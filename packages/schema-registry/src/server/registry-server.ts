import { Kafka, type Logger } from "@ottla/client";
import { nodeWorld, type World } from "@ottla/world";
import { type CompatibilityLevel, compatibilityLevels } from "../compatibility/level.js";
import { type ElectionOptions, joinElection } from "./election/leader-election.js";
import { Leadership } from "./election/leadership.js";
import { registryApp } from "./http/app.js";
import type { ServerAuth } from "./http/auth.js";
import { HttpListener, type ServerTls } from "./http/listen.js";
import type { Health } from "./http/operation-routes.js";
import { type PrometheusModule, RegistryMetrics } from "./http/registry-metrics.js";
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
  /**
   * Has several servers of one topic choose one that writes; the others send writes on to it, and go on reading without it.
   * Default: this server writes, whoever else does. Not with `memory`.
   */
  readonly election?: boolean | ElectionOptions;
  /** HTTPS instead of HTTP. */
  readonly tls?: ServerTls;
  /** `import * as prometheus from "prom-client"`, to have `/metrics`. */
  readonly prometheus?: PrometheusModule;
  /** Connections at a time; more are closed as they come. Default 10,000. */
  readonly maxConnections?: number;
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
  readonly #scheme: "http" | "https";
  readonly #release: () => Promise<void>;
  #closing: Promise<void> | undefined;

  private constructor(listener: HttpListener, host: string, scheme: "http" | "https", release: () => Promise<void>) {
    this.#listener = listener;
    this.#scheme = scheme;
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
    const { store, kafka, clusterId, release } = await openStore(world, state, options);
    const election = options.election === true ? {} : options.election || undefined;
    const leadership = new Leadership(election === undefined ? { kind: "self" } : { kind: "unknown" });
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    try {
      const registry = new Registry(world, state, store, {
        level: options.level ?? "BACKWARD",
        timeoutMs,
        leadership,
      });
      const figures = {
        subjects: () => registry.subjects(":*:", "live").length,
        isLeader: () => leadership.leader.kind === "self",
      };
      const app = registryApp(registry, {
        clusterId,
        version: options.version ?? "",
        maxBodyBytes: options.maxBodyBytes ?? 1024 * 1024,
        auth: options.auth,
        metrics: options.prometheus && new RegistryMetrics(world, options.prometheus, figures),
        health: () => healthOf(store, leadership),
        // The leader gets the time it takes for itself, and some for the way.
        forwarding: { world, timeoutMs: timeoutMs + 1_000 },
        onError: (error, request) => logger?.error(`Registry: ${request} failed`, { error }),
      });
      const listener = await HttpListener.start(world, app, {
        host,
        port: options.port ?? 8081,
        requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
        maxConnections: options.maxConnections ?? 10_000,
        tls: options.tls,
        closeTimeoutMs: options.closeTimeoutMs ?? 5_000,
        onError: (error) => logger?.error("Registry: its port failed", { error }),
      });
      const scheme = options.tls === undefined ? "http" : "https";
      const member =
        election &&
        kafka &&
        joinElection(
          kafka,
          {
            scheme,
            host: election.advertisedHost ?? calledHost(host),
            port: listener.port,
            isEligible: election.isEligible ?? true,
          },
          leadership,
          { ...election, logger },
        );
      const server = new RegistryServer(listener, host, scheme, async () => {
        await member?.close();
        await release();
      });
      // Without a leader it serves reads: nothing is gained by not starting.
      await settled(world, leadership.settled(), options.startTimeoutMs ?? defaultStartTimeoutMs);
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

  /** What to give clients: `http://host:port`, or `https://`. */
  get url(): string {
    const host = calledHost(this.#host);
    return `${this.#scheme}://${host.includes(":") ? `[${host}]` : host}:${this.port}`;
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
const defaultStartTimeoutMs = 60_000;
const wildcards: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);
const calledHost = (host: string): string => (wildcards.has(host) ? "127.0.0.1" : host);

/** Resolves when a promise has, or its time is over. */
function settled({ timers }: Pick<World, "timers">, promise: Promise<void>, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = timers.after(timeoutMs, resolve);
    promise.then(() => {
      timer.cancel();
      resolve();
    }, resolve);
  });
}

/** Reads go on without a leader, and so does the server; it is told who leads. */
function healthOf({ failure }: SchemaStore, { leader }: Leadership): Health {
  if (failure !== undefined) return { isReady: false, reason: failure.message };
  if (leader.kind === "self") return { isReady: true, leader: "self" };
  return { isReady: true, ...(leader.kind === "other" && { leader: leader.url }) };
}

function checkOptions({ bootstrap, kafka, memory, level, election }: RegistryServerOptions): void {
  const stores = [bootstrap !== undefined, kafka !== undefined, memory === true].filter(Boolean).length;
  if (stores !== 1) {
    throw new RegistryStartError("INVALID_OPTIONS", "a registry takes one of bootstrap, kafka and memory: true");
  }
  if (memory === true && election) {
    throw new RegistryStartError("INVALID_OPTIONS", "election: a registry in memory is alone");
  }
  if (level !== undefined && !compatibilityLevels.includes(level)) {
    throw new RegistryStartError("INVALID_OPTIONS", `level: ${level} is none of ${compatibilityLevels.join(", ")}`);
  }
}

interface OpenStore {
  readonly store: SchemaStore;
  /** The cluster that it is on. */
  readonly kafka?: Kafka;
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
  const { startTimeoutMs = defaultStartTimeoutMs, topic = "_schemas", timeoutMs = defaultTimeoutMs, logger } = options;
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
    return { store, kafka, clusterId, release };
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
