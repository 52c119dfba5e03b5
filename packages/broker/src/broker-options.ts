import type { World } from "@ottla/world";
import type { ConfigValues } from "./config/broker-config.js";
import type { BrokerConfigName } from "./config/broker-config-keys.js";
import type { Logger } from "./logger.js";
import type { KafkaRelease } from "./releases/release-versions.js";
import type { Address, ListenerOptions } from "./server/listener-options.js";

/** Bounds that Kafka has no configuration for. */
export interface BrokerLimits {
  /**
   * Array elements in one request, all arrays together. Default 100,000: a request of 100 MB may hold a hundred million empty
   * names, and an answer to each would not fit into memory.
   */
  readonly requestMaxElements: number;
  /** Bytes of responses a peer may leave unread before its next requests wait. Default 4 MiB. */
  readonly unsentMaxBytes: number;
  /** Bytes of records on their way to all peers; over it, fetches get one batch at a time. Default 256 MiB. */
  readonly fetchMemoryMaxBytes: number;
  /**
   * Partitions that all incremental fetch sessions together remember (KIP-227). Default 200,000, of some 500 bytes each; over it,
   * clients are answered in full.
   */
  readonly fetchSessionMaxPartitions: number;
  /** A connection that sent no whole request by then is closed. Default 30 s. */
  readonly firstRequestTimeoutMs: number;
  /** How long {@link Broker.close} lets requests that were begun end. Default 5 s. */
  readonly closeTimeoutMs: number;
}

interface CommonOptions {
  /** Port of the one listener when no `listeners` are given; 0, the default, picks a free one. */
  readonly port?: number;
  /** Address of that listener, default `127.0.0.1`. */
  readonly host?: string;
  /** What clients of that listener are told, where it differs from what it is bound to. */
  readonly advertised?: Partial<Address>;
  /** Several listeners, in place of `port`, `host` and `advertised`. */
  readonly listeners?: readonly ListenerOptions[];
  /** This broker's number, default 1. A data folder keeps the one it was made with. */
  readonly nodeId?: number;
  /** Random when not given. A data folder keeps the one it was made with. */
  readonly clusterId?: string;
  /** Broker configuration under Kafka's names: `{ "num.partitions": 4 }`. */
  readonly config?: ConfigValues<BrokerConfigName>;
  readonly limits?: Partial<BrokerLimits>;
  /**
   * The release of Kafka to act as, `"2.8"`: what it did not serve is not served, what it did not tell is not told. Default: all that
   * this broker can do, which is what Kafka 4.3 does. Versions that Kafka 4 no longer has come back with no release.
   */
  readonly actAs?: KafkaRelease;
  /** Where the broker says what happens; silent by default. */
  readonly logger?: Logger;
  /** Clock, timers, files, sockets, randomness and worker threads; the real ones by default. */
  readonly world?: World;
}

/** How a broker is started: on a data folder, or in memory. */
export type BrokerOptions = CommonOptions &
  (
    | {
        /** Folder of the logs, made when it is not there. One broker at a time. */
        readonly dataDir: string;
        readonly memory?: false;
        /**
         * What an acknowledgement means: `sync` (the default), that records survive a power loss; `os`, that they survive the
         * end of the process, as in Kafka.
         */
        readonly durability?: "sync" | "os";
      }
    | {
        /** Keeps everything in memory and nothing after {@link Broker.close}. */
        readonly memory: true;
        readonly dataDir?: undefined;
        readonly durability?: undefined;
      }
  );

/** The broker could not start. `cause` is what was in the way. */
export class BrokerStartError extends Error {
  override readonly name = "BrokerStartError";
  /** `ADDRESS_IN_USE`, `ADDRESS_REFUSED`: the listener; `INVALID_OPTIONS`: what was asked for. */
  readonly code: "ADDRESS_IN_USE" | "ADDRESS_REFUSED" | "INVALID_OPTIONS";

  constructor(code: BrokerStartError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
