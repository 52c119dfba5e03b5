import {
  type Api,
  errorCodeOf,
  KafkaProtocolError,
  type RequestInput,
  type ResponseOf,
  saslAuthenticate,
  saslHandshake,
} from "@ottla/protocol";
import type { World } from "@ottla/world";
import { KafkaAuthenticationError } from "../errors/kafka-authentication-error.js";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import { KafkaConnectionError } from "../errors/kafka-connection-error.js";
import { addressText, type BrokerAddress } from "../network/broker-address.js";
import { abortable } from "../world/abortable.js";
import { onAbort } from "../world/on-abort.js";
import type { SaslMechanism } from "./sasl-mechanism.js";

/** What a session needs of its connection: requests that go before all others. */
export interface SaslTransport {
  versionOf(api: Api): number;
  send<A extends Api>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>>;
}

/** Who a connection is for the broker, and for how long (KIP-43, 152, 368). */
export class SaslSession {
  readonly #world: Pick<World, "clock" | "timers" | "random">;
  readonly #mechanism: SaslMechanism;
  readonly #address: BrokerAddress;
  readonly #timeoutMs: number;
  #renewAt = Number.POSITIVE_INFINITY;

  constructor(
    world: Pick<World, "clock" | "timers" | "random">,
    mechanism: SaslMechanism,
    address: BrokerAddress,
    timeoutMs: number,
  ) {
    this.#world = world;
    this.#mechanism = mechanism;
    this.#address = address;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether it ends soon: then nothing else may be sent before it is renewed. */
  get isDue(): boolean {
    return this.#renewAt !== Number.POSITIVE_INFINITY && this.#world.clock.monotonic() >= this.#renewAt;
  }

  /**
   * Goes through the mechanism, the first time or again.
   *
   * @throws {@link KafkaAuthenticationError}, {@link KafkaConfigError} for what cannot be said in the mechanism, {@link KafkaConnectionError} when the
   * connection breaks, a token cannot be had, or it takes too long.
   */
  async authenticate(transport: SaslTransport, signal: AbortSignal): Promise<void> {
    const { timers } = this.#world;
    const stop = new AbortController();
    const overdue = new Error(`not done in ${this.#timeoutMs} ms`);
    const timer = timers.after(this.#timeoutMs, () => stop.abort(overdue));
    const release = onAbort(signal, () => stop.abort(signal.reason));
    try {
      await abortable(this.#converse(transport, stop.signal), stop.signal);
    } catch (error) {
      throw signal.aborted ? signal.reason : this.#failure(error);
    } finally {
      release();
      timer.cancel();
    }
  }

  async #converse(transport: SaslTransport, signal: AbortSignal): Promise<void> {
    await this.#handshake(transport);
    const { clock, random } = this.#world;
    const version = transport.versionOf(saslAuthenticate);
    const { host, port } = this.#address;
    let lifetimeMs = 0;
    let askedAt = clock.monotonic();
    await this.#mechanism.authenticate({
      host,
      port,
      signal,
      randomBytes: (length) => random.bytes(length),
      send: async (message) => {
        askedAt = clock.monotonic();
        const answer = await transport.send(saslAuthenticate, version, { authBytes: message });
        const code = errorCodeOf(answer.errorCode);
        if (code === "SASL_AUTHENTICATION_FAILED") throw new KafkaAuthenticationError(code, answer.errorMessage ?? "");
        if (code !== "NONE") throw new KafkaProtocolError(code, answer.errorMessage ?? "SaslAuthenticate");
        lifetimeMs = answer.sessionLifetimeMs;
        return Buffer.from(answer.authBytes);
      },
    });
    // As Java's client: spread, so that connections made together are not renewed together, and early enough for the way.
    const share = 0.85 + 0.1 * random.next();
    this.#renewAt = lifetimeMs > 0 ? askedAt + lifetimeMs * share : Number.POSITIVE_INFINITY;
  }

  async #handshake(transport: SaslTransport): Promise<void> {
    const { mechanism } = this.#mechanism;
    let version: number;
    try {
      version = transport.versionOf(saslHandshake);
    } catch (cause) {
      throw new KafkaAuthenticationError("UNSUPPORTED_SASL_MECHANISM", "the broker knows no SASL", { cause });
    }
    const { errorCode, mechanisms } = await transport.send(saslHandshake, version, { mechanism });
    const code = errorCodeOf(errorCode);
    if (code === "UNSUPPORTED_SASL_MECHANISM") {
      throw new KafkaAuthenticationError(code, `the broker enables ${mechanisms.join(", ") || "none"}`);
    }
    if (code === "ILLEGAL_SASL_STATE") {
      throw new KafkaAuthenticationError(code, "this listener does not use SASL: another port, or no sasl option");
    }
    if (code !== "NONE") throw new KafkaProtocolError(code, "SaslHandshake");
  }

  #failure(error: unknown): Error {
    const where = `${addressText(this.#address)}: SASL ${this.#mechanism.mechanism}`;
    if (error instanceof KafkaAuthenticationError) {
      const reason = error.message.replace(/^\[[A-Z_]+\] /, "");
      return new KafkaAuthenticationError(error.code, `${where}: ${reason}`, { cause: error.cause });
    }
    if (error instanceof KafkaConfigError) return error;
    const reason = error instanceof Error ? error.message : "it was not given a reason";
    if (typeof error === "object" && error !== null && "retriable" in error && error.retriable === false) {
      return new KafkaAuthenticationError("SASL_AUTHENTICATION_FAILED", `${where}: ${reason}`, { cause: error });
    }
    return new KafkaConnectionError("CONNECTION_FAILED", `${where}: ${reason}`, { cause: error });
  }
}
