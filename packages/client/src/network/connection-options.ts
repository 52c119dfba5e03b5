import type { TlsOptions } from "@ottla/world";
import type { SaslMechanism } from "../security/sasl-mechanism.js";
import type { BrokerAddress } from "./broker-address.js";

/** What one connection is told. */
export interface ConnectionOptions {
  readonly address: BrokerAddress;
  readonly clientId: string;
  /** Plain TCP when absent. */
  readonly tls?: TlsOptions | undefined;
  /** Nobody in particular when absent. */
  readonly sasl?: SaslMechanism | undefined;
  /** Time for connecting and for learning the broker's versions, each (`socket.connection.setup.timeout.ms`). */
  readonly connectTimeoutMs: number;
  /** Longest response accepted. */
  readonly maxResponseBytes: number;
  /** Unanswered request bytes above which further requests wait their turn. */
  readonly maxInFlightBytes: number;
  /** Requests that may wait their turn; one more is refused. */
  readonly maxWaiting: number;
}

/** Sent to brokers with ApiVersions (KIP-511). */
export const clientSoftware = Object.freeze({ clientSoftwareName: "ottla", clientSoftwareVersion: "0.1.0" });
