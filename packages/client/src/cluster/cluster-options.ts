import type { TlsOptions } from "@ottla/world";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import type { Logger } from "../logger.js";
import { type BrokerAddress, parseBrokerAddress } from "../network/broker-address.js";
import type { ConnectionPoolOptions } from "../network/connection-pool.js";
import { type SaslOptions, saslMechanism } from "../security/sasl-options.js";

/** How to reach a cluster. Times in milliseconds, sizes in bytes. */
export interface ClusterOptions {
  /** Where to begin: `host:port` each, any of them suffices (`bootstrap.servers`). */
  readonly brokers: readonly string[];
  /**
   * TLS to every broker: `true` trusts the platform's authorities, an object says more (`security.protocol`, `ssl.*`).
   * Default: none.
   */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Who this client is, for listeners that ask (`sasl.*`). */
  readonly sasl?: SaslOptions | undefined;
  /** Name in the brokers' logs and quotas. Default `"ottla"` (`client.id`). */
  readonly clientId?: string | undefined;
  /** How long a broker may take for an answer. Default 30,000 (`request.timeout.ms`). */
  readonly requestTimeoutMs?: number | undefined;
  /** How long connecting may take. Default 10,000 (`socket.connection.setup.timeout.ms`). */
  readonly connectTimeoutMs?: number | undefined;
  /** First and longest wait before reconnecting to a broker. Default 50 and 1,000 (`reconnect.backoff.ms`, `reconnect.backoff.max.ms`). */
  readonly reconnectBackoffMs?: { readonly base: number; readonly max: number } | undefined;
  /** Age after which metadata is asked for again. Default 300,000 (`metadata.max.age.ms`). */
  readonly metadataMaxAgeMs?: number | undefined;
  /**
   * What happens when no broker of the metadata answers: `"rebootstrap"` (the default) also asks those of `brokers`, and takes nothing
   * for known once none has answered for `rebootstrapTriggerMs` or one says so; `"none"` asks only those that the cluster has named
   * (`metadata.recovery.strategy`, KIP-899, KIP-1102).
   */
  readonly metadataRecovery?: "rebootstrap" | "none" | undefined;
  /** Default 300,000 (`metadata.recovery.rebootstrap.trigger.ms`). */
  readonly rebootstrapTriggerMs?: number | undefined;
  /** Connections unused for this long are replaced. Default 540,000 (`connections.max.idle.ms`). */
  readonly maxIdleMs?: number | undefined;
  /** Unanswered request bytes per connection above which further requests wait. Default 64 MiB. */
  readonly maxInFlightBytes?: number | undefined;
  /** Longest answer accepted. Default 256 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /** Whether asking for a topic may create it, where the broker allows that. Default true (`allow.auto.create.topics`). */
  readonly allowAutoTopicCreation?: boolean | undefined;
  /** Told of connections that fail; silent when absent. */
  readonly logger?: Logger | undefined;
}

/** Options with their defaults, checked. */
export interface ClusterSettings {
  readonly bootstrap: readonly BrokerAddress[];
  readonly requestTimeoutMs: number;
  readonly metadataMaxAgeMs: number;
  readonly allowAutoTopicCreation: boolean;
  readonly rebootstraps: boolean;
  readonly rebootstrapTriggerMs: number;
  readonly pool: ConnectionPoolOptions;
}

/** @throws KafkaConfigError */
export function clusterSettings(options: ClusterOptions): ClusterSettings {
  if (options.brokers.length === 0) throw new KafkaConfigError("brokers: at least one is needed");
  const backoff = options.reconnectBackoffMs ?? { base: 50, max: 1_000 };
  return {
    bootstrap: options.brokers.map((text) => parseBrokerAddress(text)),
    requestTimeoutMs: positive("requestTimeoutMs", options.requestTimeoutMs ?? 30_000),
    metadataMaxAgeMs: positive("metadataMaxAgeMs", options.metadataMaxAgeMs ?? 300_000),
    rebootstraps: options.metadataRecovery !== "none",
    rebootstrapTriggerMs: positive("rebootstrapTriggerMs", options.rebootstrapTriggerMs ?? 300_000),
    allowAutoTopicCreation: options.allowAutoTopicCreation ?? true,
    pool: {
      logger: options.logger,
      clientId: options.clientId ?? "ottla",
      tls: options.tls === true ? {} : options.tls || undefined,
      sasl: options.sasl && saslMechanism(options.sasl),
      connectTimeoutMs: positive("connectTimeoutMs", options.connectTimeoutMs ?? 10_000),
      reconnectBackoff: {
        baseMs: positive("reconnectBackoffMs.base", backoff.base),
        maxMs: positive("reconnectBackoffMs.max", backoff.max),
      },
      maxIdleMs: positive("maxIdleMs", options.maxIdleMs ?? 540_000),
      maxInFlightBytes: positive("maxInFlightBytes", options.maxInFlightBytes ?? 64 * 1024 * 1024),
      maxResponseBytes: positive("maxResponseBytes", options.maxResponseBytes ?? 256 * 1024 * 1024),
      maxWaiting: 10_000,
    },
  };
}

/** `value`, if it is a finite number above zero. @throws KafkaConfigError */
export function positive(name: string, value: number): number {
  if (!(value > 0 && Number.isFinite(value))) throw new KafkaConfigError(`${name}: ${value} is not a number above 0`);
  return value;
}
