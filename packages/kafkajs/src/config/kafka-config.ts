import type { ClientWorld } from "@ottla/client";
import type { logLevel } from "../log/log-level.js";
import type { Logger, logCreator } from "../log/logger.js";

/** Asked for the bootstrap list when a producer, consumer or admin connects. */
export type BrokersFunction = () => string[] | Promise<string[]>;

/** How long failures are put up with: the sum of the waits between `retries`, and one `requestTimeout`. */
export interface RetryOptions {
  /** Longest wait between two attempts. Default 30,000. */
  maxRetryTime?: number;
  /** First wait. Default 300. */
  initialRetryTime?: number;
  /** Taken and not used: waits are spread by the client's own rule. */
  factor?: number;
  /** How much longer each wait is than the one before. Default 2. */
  multiplier?: number;
  /** Default 5. */
  retries?: number;
  /** Asked when a consumer has crashed with an error that may pass; false leaves it down. */
  restartOnFailure?: (e: Error) => Promise<boolean>;
}

export interface OauthbearerProviderResponse {
  value: string;
}

interface SASLMechanismOptionsMap {
  plain: { username: string; password: string };
  "scram-sha-256": { username: string; password: string };
  "scram-sha-512": { username: string; password: string };
  aws: { authorizationIdentity: string; accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  oauthbearer: { oauthBearerProvider: () => Promise<OauthbearerProviderResponse> };
}

export type SASLMechanism = keyof SASLMechanismOptionsMap;

/** Who this client is. */
export type SASLOptions = { [M in SASLMechanism]: { mechanism: M } & SASLMechanismOptionsMap[M] }[SASLMechanism];

/** One message to the broker, and how its answer is read. */
export interface SaslAuthenticateArgs<ParseResult> {
  request: { encode: () => Buffer | Promise<Buffer> };
  response?: {
    decode: (rawResponse: Buffer) => Buffer | Promise<Buffer>;
    parse: (data: Buffer) => ParseResult;
  };
}

export interface AuthenticationProviderArgs {
  host: string;
  port: number;
  logger: Logger;
  saslAuthenticate: <ParseResult>(args: SaslAuthenticateArgs<ParseResult>) => Promise<ParseResult | undefined>;
}

export interface Authenticator {
  authenticate: () => Promise<void>;
}

/** A mechanism of one's own. */
export interface Mechanism {
  mechanism: string;
  authenticationProvider: (args: AuthenticationProviderArgs) => Authenticator;
}

type Pem = string | Uint8Array;

/** What is taken of the options of Node's `tls.connect`. Others are refused, since nothing would come of them. */
export interface SslOptions {
  /** Authorities to trust instead of the platform's. */
  ca?: Pem | readonly Pem[] | undefined;
  /** One; an array is refused. */
  cert?: unknown;
  /** As `cert`. */
  key?: unknown;
  passphrase?: string | undefined;
  /** The name that the certificate must have. Default: the host. */
  servername?: string | undefined;
  rejectUnauthorized?: boolean | undefined;
}

/** How to reach a cluster. Times in milliseconds. */
export interface KafkaConfig {
  brokers: string[] | BrokersFunction;
  ssl?: SslOptions | boolean;
  sasl?: SASLOptions | Mechanism;
  clientId?: string;
  /** Default 1,000. Together with `authenticationTimeout`, how long all may take until a connection can be used. */
  connectionTimeout?: number;
  /** Default 10,000. */
  authenticationTimeout?: number;
  /** Taken and not used: sessions are renewed before they end (KIP-368). */
  reauthenticationThreshold?: number;
  /** How long a broker may take for an answer. Default 30,000. */
  requestTimeout?: number;
  /** Taken and not used: timeouts are always enforced. */
  enforceRequestTimeout?: boolean;
  retry?: RetryOptions;
  /** Refused: sockets are opened by `world.network`. */
  socketFactory?: unknown;
  logLevel?: logLevel;
  logCreator?: logCreator;
  /** Clock, timers, sockets and randomness; the real ones when absent. Not in kafkajs. */
  world?: ClientWorld;
}
