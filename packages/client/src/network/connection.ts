import {
  type Api,
  apiVersions,
  FrameSplitter,
  MalformedMessageError,
  peekCorrelationId,
  type RequestInput,
  type ResponseOf,
} from "@ottla/protocol";
import { nextTick, type Socket, type Timer, type World } from "@ottla/world";
import { KafkaAuthenticationError } from "../errors/kafka-authentication-error.js";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import { KafkaConnectionError } from "../errors/kafka-connection-error.js";
import { KafkaTimeoutError } from "../errors/kafka-timeout-error.js";
import { SaslSession, type SaslTransport } from "../security/sasl-session.js";
import { isTlsAlert, tlsFailure } from "../security/tls-failure.js";
import { onAbort } from "../world/on-abort.js";
import type { ApiVersionRanges } from "./api-version-ranges.js";
import { addressText } from "./broker-address.js";
import { connectSocket } from "./connect-socket.js";
import { type ConnectionOptions, clientSoftware } from "./connection-options.js";
import { decodeAnswer, type Exchange, newExchange, settle } from "./exchange.js";
import { negotiateVersions } from "./negotiate-versions.js";

/** How one request is sent. */
export interface SendOptions {
  /** From the call to the answer. When it passes the whole connection is closed: answers come in order, so all behind it are stuck. */
  readonly timeoutMs: number;
  /** Gives up waiting; the request stays sent, and its answer is dropped. */
  readonly signal?: AbortSignal | undefined;
}

type ConnectionWorld = Pick<World, "clock" | "timers" | "random">;

/**
 * One TCP connection to a broker: requests are pipelined, answers are matched in order. Everything written in one turn
 * goes out in one gathered write. It never reconnects: once closed, whoever owns it opens another.
 */
export class Connection {
  readonly #world: ConnectionWorld;
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #frames: FrameSplitter;
  readonly #inFlight: Exchange[] = [];
  readonly #waiting: Exchange[] = [];
  readonly #lostListeners: ((error: Error) => void)[] = [];
  #versions: ApiVersionRanges | undefined;
  #inFlightBytes = 0;
  #nextCorrelationId = 0;
  #isCorked = false;
  #closedBy: Error | undefined;
  #drained: (() => void)[] = [];
  readonly #session: SaslSession | undefined;
  readonly #closing = new AbortController();
  #isRenewing = false;
  /** Until when the broker wants nothing of this client (KIP-219), in monotonic time. */
  #throttledUntil = 0;
  #throttle: Timer | undefined;
  #hasUnanswered = false;
  /** Requests without an answer that wait for the session to be renewed, or the throttle to end. */
  #held: (() => void)[] = [];
  #heard: "nothing" | "versions" | "answers" = "nothing";

  private constructor(world: ConnectionWorld, options: ConnectionOptions, socket: Socket, frames: FrameSplitter) {
    const { sasl, address, connectTimeoutMs } = options;
    this.#world = world;
    this.#session = sasl && new SaslSession(world, sasl, address, connectTimeoutMs);
    this.#options = options;
    this.#socket = socket;
    this.#frames = frames;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("drain", () => this.#releaseDrained());
    // A broker that closes its half will answer nothing more, so a half-open connection is a lost one.
    socket.on("end", () => this.#fail(this.#lost(`the broker ended the connection${this.#hint()}`)));
    socket.on("close", () => this.#fail(this.#lost(`the connection closed${this.#hint()}`)));
    socket.on("error", (error) => {
      const refused = this.#options.tls && tlsFailure(this.text, error);
      const isRefused = refused instanceof KafkaAuthenticationError;
      this.#fail(isRefused ? refused : this.#lost(`${error.message}${this.#hint()}`, error));
    });
  }

  /**
   * Connects, asks the broker which versions it answers, and says who we are.
   *
   * @throws {@link KafkaConnectionError} when that fails, or takes longer than `connectTimeoutMs` at one of these steps;
   * {@link KafkaAuthenticationError} when one side does not let the other in.
   */
  static async open(
    world: Pick<World, "network"> & ConnectionWorld,
    options: ConnectionOptions,
    signal: AbortSignal,
  ): Promise<Connection> {
    const frames = new FrameSplitter(options.maxResponseBytes);
    const socket = await connectSocket(world, options, signal, () => frames.room());
    const connection = new Connection(world, options, socket, frames);
    try {
      connection.#versions = await negotiateVersions(connection.text, (version) =>
        connection.send(apiVersions, version, clientSoftware, { timeoutMs: options.connectTimeoutMs, signal }),
      );
      await connection.#session?.authenticate(connection.#first, signal);
    } catch (error) {
      connection.close();
      if (signal.aborted) throw signal.reason;
      if (error instanceof KafkaAuthenticationError || error instanceof KafkaConfigError) throw error;
      if (connection.#versions !== undefined) throw error;
      throw new KafkaConnectionError(
        "CONNECTION_FAILED",
        `${connection.text}: no answer to ApiVersions: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
    return connection;
  }

  /** `host:port`, for messages. */
  get text(): string {
    return addressText(this.#options.address);
  }

  get isOpen(): boolean {
    return this.#closedBy === undefined;
  }

  /** Requests sent and not answered, or waiting to be sent. */
  get pending(): number {
    return this.#inFlight.length + this.#waiting.length;
  }

  /** The version this connection uses for an API. @throws KafkaProtocolError with `UNSUPPORTED_VERSION`. */
  versionOf(api: Api, cap?: number): number {
    if (this.#versions === undefined) throw new Error(`${this.text}: versions are asked for before they are known`);
    return this.#versions.best(api, cap);
  }

  /** The level of a feature that the broker said is finalized (KIP-584), 0 where it said nothing. */
  featureLevel(feature: string): number {
    return this.#versions?.featureLevel(feature) ?? 0;
  }

  /** Called once, when the connection is lost; not when this side closed it. */
  onLost(listener: (error: Error) => void): void {
    this.#lostListeners.push(listener);
  }

  /**
   * Sends a request and resolves with its answer.
   *
   * @throws {@link KafkaConnectionError} when the connection breaks first, {@link KafkaTimeoutError} when the broker takes
   * longer than `timeoutMs`; a malformed answer closes the connection. TypeError or RangeError when `version` cannot carry the body.
   */
  send<A extends Api>(api: A, version: number, body: RequestInput<A>, options: SendOptions): Promise<ResponseOf<A>> {
    return this.#request(api, version, body, options, false);
  }

  #request<A extends Api>(
    api: A,
    version: number,
    body: RequestInput<A>,
    options: SendOptions,
    isFirst: boolean,
  ): Promise<ResponseOf<A>> {
    return new Promise<ResponseOf<A>>((resolve, reject) => {
      const { signal, timeoutMs } = options;
      if (signal?.aborted) return reject(signal.reason);
      if (this.#closedBy !== undefined) return reject(this.#neverSent(this.#closedBy));
      if (this.#waiting.length >= this.#options.maxWaiting) {
        return reject(
          new KafkaConnectionError("CONNECTION_BUSY", `${this.text}: ${this.#waiting.length} requests are waiting`),
        );
      }
      const exchange = this.#encode(api, version, body, {
        resolve: (response) => {
          release?.();
          resolve(response as ResponseOf<A>);
        },
        reject: (error) => {
          release?.();
          reject(error);
        },
      });
      const release = signal && onAbort(signal, () => settle(exchange, () => reject(signal.reason)));
      const heldMs = Math.max(0, this.#throttledUntil - this.#world.clock.monotonic());
      exchange.timer = this.#world.timers.after(timeoutMs + heldMs, () => this.#timeOut(exchange, timeoutMs));
      if (isFirst) {
        this.#dispatch(exchange);
      } else {
        this.#waiting.push(exchange);
        this.#writeWaiting();
      }
    });
  }

  /**
   * Sends a request that has no answer (Produce with acks 0). Resolves when the socket has room for more.
   *
   * @throws {@link KafkaConnectionError} when the connection is gone.
   */
  async sendUnanswered<A extends Api>(api: A, version: number, body: RequestInput<A>): Promise<void> {
    while (this.#closedBy === undefined && this.#mustHold()) {
      await new Promise<void>((resolve) => this.#held.push(resolve));
    }
    if (this.#closedBy !== undefined) throw this.#neverSent(this.#closedBy);
    const { buffers } = this.#encode(api, version, body, { resolve: () => {}, reject: () => {} });
    this.#hasUnanswered = true;
    this.#write(buffers);
    if (this.#socket.writableLength > this.#options.maxInFlightBytes) {
      await new Promise<void>((resolve) => this.#drained.push(resolve));
    }
    if (this.#closedBy !== undefined) throw this.#closedBy;
  }

  /** Closes at once; what is pending rejects. What was sent without an answer still goes out, in `connectTimeoutMs` at most. */
  close(): void {
    this.#lostListeners.length = 0;
    this.#fail(this.#lost("closed by this client"), () =>
      this.#hasUnanswered ? this.#leave() : this.#socket.destroy(),
    );
  }

  #encode<A extends Api>(
    api: A,
    version: number,
    body: RequestInput<A>,
    outcome: Pick<Exchange, "resolve" | "reject">,
  ): Exchange {
    const correlationId = this.#nextCorrelationId;
    this.#nextCorrelationId = (correlationId + 1) & 0x7fff_ffff;
    return newExchange(api, version, { correlationId, clientId: this.#options.clientId }, body, outcome);
  }

  /** How the session says who we are: before all that waits. */
  get #first(): SaslTransport {
    const timeoutMs = this.#options.connectTimeoutMs;
    return {
      versionOf: (api) => this.versionOf(api),
      send: (api, version, body) => this.#request(api, version, body, { timeoutMs }, true),
    };
  }

  /**
   * Whether requests must wait for the session to be renewed. What is in flight is answered before, and nothing goes out
   * in between, so that the order stays.
   */
  #mustHold(): boolean {
    if (this.#isRenewing || this.#throttle !== undefined) return true;
    if (this.#session?.isDue !== true) return false;
    if (this.#inFlight.length === 0) this.#renew(this.#session);
    return true;
  }

  #renew(session: SaslSession): void {
    this.#isRenewing = true;
    session.authenticate(this.#first, this.#closing.signal).then(
      () => {
        this.#isRenewing = false;
        this.#releaseHeld();
        this.#writeWaiting();
      },
      (error: Error) => this.#fail(error),
    );
  }

  /**
   * The broker has answered at once and reads nothing more from here for as long as it says. What is sent before that would only
   * wait there, and time out.
   */
  #obey(throttleTimeMs: number): void {
    const until = this.#world.clock.monotonic() + throttleTimeMs;
    if (until <= this.#throttledUntil) return;
    this.#throttledUntil = until;
    this.#throttle?.cancel();
    this.#throttle = this.#world.timers.after(throttleTimeMs, () => {
      this.#throttle = undefined;
      this.#releaseHeld();
      this.#writeWaiting();
    });
  }

  #releaseHeld(): void {
    for (const resume of this.#held.splice(0)) resume();
  }

  #writeWaiting(): void {
    // One without an answer may wait for an answer of another.
    if ((this.#waiting.length > 0 || this.#held.length > 0) && this.#mustHold()) return;
    while (this.#waiting.length > 0) {
      const next = this.#waiting[0] as Exchange;
      const hasRoom = this.#inFlightBytes + next.sizeInBytes <= this.#options.maxInFlightBytes;
      if (this.#inFlight.length > 0 && !hasRoom) return;
      this.#waiting.shift();
      if (!next.isSettled) this.#dispatch(next);
    }
  }

  #dispatch(exchange: Exchange): void {
    this.#inFlight.push(exchange);
    this.#inFlightBytes += exchange.sizeInBytes;
    this.#write(exchange.buffers);
    exchange.buffers = [];
  }

  #write(buffers: readonly Buffer[]): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      nextTick(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    for (const buffer of buffers) this.#socket.write(buffer);
  }

  #receive(chunk: Buffer): void {
    if (this.#closedBy !== undefined) return;
    if (this.#heard === "nothing" && this.#options.tls === undefined && isTlsAlert(chunk)) {
      const text = `${this.text}: that listener speaks TLS: give the tls option, or another port`;
      this.#fail(new KafkaAuthenticationError("TLS_FAILED", text));
      return;
    }
    this.#heard = this.#versions === undefined ? "versions" : "answers";
    try {
      for (const frame of this.#frames.push(chunk)) this.#answer(frame);
    } catch (error) {
      this.#fail(this.#lost("its answer could not be read", error));
      return;
    }
    this.#writeWaiting();
  }

  #answer(frame: Buffer): void {
    const correlationId = peekCorrelationId(frame);
    const exchange = this.#inFlight.shift();
    if (exchange?.correlationId !== correlationId) {
      if (exchange !== undefined) this.#inFlight.unshift(exchange);
      throw new MalformedMessageError(
        `answer to request ${correlationId}, expected ${exchange?.correlationId ?? "none"}`,
      );
    }
    this.#inFlightBytes -= exchange.sizeInBytes;
    if (exchange.isSettled) return;
    let response: unknown;
    try {
      response = decodeAnswer(exchange, frame);
    } catch (error) {
      settle(exchange, () => exchange.reject(this.#lost(`${exchange.api.name} answer is malformed`, error)));
      throw error;
    }
    const { throttleTimeMs = 0 } = response as { readonly throttleTimeMs?: number };
    if (throttleTimeMs > 0) this.#obey(throttleTimeMs);
    settle(exchange, () => exchange.resolve(response));
  }

  #timeOut(exchange: Exchange, timeoutMs: number): void {
    const { name } = exchange.api;
    const outcome = exchange.buffers.length === 0 ? "unknown" : "notSent";
    const error = new KafkaTimeoutError("REQUEST_TIMEOUT", `${name} to ${this.text}: no answer in ${timeoutMs} ms`, {
      outcome,
    });
    settle(exchange, () => exchange.reject(error));
    this.#fail(this.#lost(`${name} was not answered in ${timeoutMs} ms`, error));
  }

  #neverSent(error: Error): KafkaConnectionError {
    return new KafkaConnectionError("CONNECTION_LOST", `${this.text}: not sent`, { cause: error });
  }

  #lost(reason: string, cause?: unknown): KafkaConnectionError {
    return new KafkaConnectionError("CONNECTION_LOST", `${this.text}: ${reason}`, { cause, wasSent: true });
  }

  /** Brokers do not say why they hang up on one who does not say who he is, or who speaks another language. */
  #hint(): string {
    if (this.#heard === "answers" || this.#session !== undefined) return "";
    if (this.#heard === "versions") return ": does that listener want SASL?";
    return this.#options.tls === undefined ? ": does that listener want TLS?" : "";
  }

  #fail(error: Error, part: () => unknown = () => this.#socket.destroy()): void {
    if (this.#closedBy !== undefined) return;
    this.#closedBy = error;
    this.#closing.abort(error);
    this.#throttle?.cancel();
    this.#releaseHeld();
    part();
    this.#releaseDrained();
    for (const exchange of this.#inFlight.splice(0)) settle(exchange, () => exchange.reject(error));
    for (const exchange of this.#waiting.splice(0)) {
      settle(exchange, () => exchange.reject(this.#neverSent(error)));
    }
    for (const listener of this.#lostListeners.splice(0)) listener(error);
  }

  /** The broker hangs up when it has read all. */
  #leave(): void {
    const overdue = this.#world.timers.after(this.#options.connectTimeoutMs, () => this.#socket.destroy());
    this.#socket.on("close", () => overdue.cancel());
    this.#socket.end();
  }

  #releaseDrained(): void {
    for (const resume of this.#drained.splice(0)) resume();
  }
}
