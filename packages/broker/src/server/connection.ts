import {
  type Api,
  ByteReader,
  encodeResponse,
  FrameSplitter,
  KafkaProtocolError,
  MalformedMessageError,
  peekRequest,
  type ResponseInput,
  readRequestHeader,
} from "@ottla/protocol";
import { nextTick, type Socket } from "@ottla/world";
import type { BrokerServices } from "../broker-services.js";
import { refuseApiVersions } from "../handlers/api-versions.js";
import { type ConnectionInfo, CutResponse, type HandlerEntry, type HandlerTable } from "../handlers/handler.js";
import { ResponseQueue } from "./response-queue.js";

/** Bounds of one connection, in bytes and requests. */
export interface ConnectionLimits {
  readonly requestMaxBytes: number;
  /** Of all arrays of a request together. */
  readonly requestMaxElements: number;
  /** Requests read ahead of the one that is being handled. */
  readonly queuedMaxRequests: number;
  readonly queuedMaxBytes: number;
  /** Responses the peer has not taken; beyond it no further request is begun. */
  readonly unsentMaxBytes: number;
}

interface QueuedRequest {
  readonly entry: HandlerEntry;
  readonly version: number;
  readonly correlationId: number;
  readonly frame: Buffer;
}

/** The beginning of a response, and the end of its connection. */
class LastBytes {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

type Answer = readonly Buffer[] | LastBytes | undefined;

// Responses that are ready at the same time go out together; small ones are copied into one buffer, which costs less than
// telling the system about each.
const copiedUpToBytes = 16 * 1024;

/**
 * One client's connection. Requests are begun in the order they came, one at a time but for pipelined ones, and
 * answered in that order. When too much waits on either side the socket is not read, so that TCP holds the peer back.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #broker: BrokerServices;
  readonly #table: HandlerTable;
  readonly #limits: ConnectionLimits;
  readonly #info: ConnectionInfo;
  readonly #splitter: FrameSplitter;
  readonly #closing = new AbortController();
  readonly #responses = new ResponseQueue((buffers) => this.#write(buffers));
  readonly #onClose: () => void;
  #queue: QueuedRequest[] = [];
  #inFlight = 0;
  #exclusive = false;
  // Requests whose effects are yet to come.
  #holds = 0;
  #pendingBytes = 0;
  #unsentBytes = 0;
  #outgoing: Buffer[] = [];
  #outgoingBytes = 0;
  #isPaused = false;
  #isDraining = false;
  #isEnding = false;
  #isClosed = false;
  #hasSpoken = false;
  readonly #openedAt: number;
  #lastActivity: number;

  constructor(
    socket: Socket,
    options: {
      readonly broker: BrokerServices;
      readonly table: HandlerTable;
      readonly limits: ConnectionLimits;
      readonly listener: string;
      readonly onClose: () => void;
    },
  ) {
    this.#socket = socket;
    this.#broker = options.broker;
    this.#table = options.table;
    this.#limits = options.limits;
    this.#onClose = options.onClose;
    this.#splitter = new FrameSplitter(options.limits.requestMaxBytes);
    this.#openedAt = this.#broker.world.clock.monotonic();
    this.#lastActivity = this.#openedAt;
    this.#info = { listener: options.listener, host: socket.remoteAddress ?? "", signal: this.#closing.signal };
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("drain", () => this.#drained());
    socket.on("end", () => this.#drainAndClose());
    socket.on("error", () => this.destroy());
    socket.on("close", () => this.destroy());
  }

  /** Milliseconds on the monotonic clock since when nothing moved; `undefined` while the peer waits for an answer. */
  get idleSince(): number | undefined {
    return this.#responses.length > 0 && this.#socket.writableLength === 0 ? undefined : this.#lastActivity;
  }

  /** When it was opened, as long as no whole request came. */
  get silentSince(): number | undefined {
    return this.#hasSpoken ? undefined : this.#openedAt;
  }

  /** Takes no further request, answers those begun, and closes. */
  shutDown(): void {
    this.#queue = [];
    this.#drainAndClose();
  }

  /** Closes at once. What is parked for this peer ends; what its requests changed stays. */
  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue = [];
    this.#countUnsent(0);
    this.#socket.destroy();
    this.#closing.abort();
    this.#onClose();
  }

  #drainAndClose(): void {
    if (this.#isClosed || this.#isDraining) return;
    this.#isDraining = true;
    this.#socket.pause();
    this.#closing.abort();
    this.#closeWhenDrained();
  }

  #closeWhenDrained(): void {
    const isDrained = this.#responses.length === 0 && this.#queue.length === 0 && this.#outgoing.length === 0;
    if (!this.#isDraining || this.#isEnding || !isDrained) return;
    this.#isEnding = true;
    // end() sends what is buffered; the close event that follows ends this connection's life.
    this.#socket.end();
    this.#socket.resume();
  }

  #read(chunk: Buffer): void {
    if (this.#isDraining || this.#isClosed) return;
    this.#lastActivity = this.#broker.world.clock.monotonic();
    this.#broker.metrics.bytesIn += chunk.length;
    try {
      for (const frame of this.#splitter.push(chunk)) this.#enqueue(frame);
    } catch (error) {
      this.#break(error);
      return;
    }
    this.#advance();
    this.#pauseOrResume();
  }

  #enqueue(frame: Buffer): void {
    const { apiKey, apiVersion, correlationId } = peekRequest(frame);
    const entry = this.#table.get(apiKey);
    if (entry === undefined) throw new MalformedMessageError(`API key ${apiKey} is not served`);
    this.#hasSpoken = true;
    this.#pendingBytes += frame.length;
    this.#queue.push({ entry, version: apiVersion, correlationId, frame });
  }

  /** Begins what may begin. */
  #advance(): void {
    while (!this.#isClosed) {
      const next = this.#queue[0];
      if (next === undefined || this.#isClogged()) break;
      const isPipelined = next.entry.isPipelined === true;
      if (this.#exclusive || this.#holds > 0 || (!isPipelined && this.#inFlight > 0)) break;
      this.#queue.shift();
      this.#begin(next, !isPipelined);
    }
    this.#closeWhenDrained();
  }

  #begin(request: QueuedRequest, exclusive: boolean): void {
    const settle = this.#responses.reserve();
    this.#inFlight += 1;
    this.#exclusive = exclusive;
    const finish = (answer: Answer) => {
      this.#inFlight -= 1;
      this.#exclusive = false;
      this.#pendingBytes -= request.frame.length;
      if (this.#isClosed) return;
      if (!(answer instanceof LastBytes)) settle(answer);
      else if (answer.bytes.length === 0) this.destroy();
      else {
        settle([answer.bytes], true);
        this.shutDown();
      }
    };
    let answer: Answer | Promise<Answer>;
    try {
      answer = this.#handle(request);
    } catch (error) {
      finish(undefined);
      this.#break(error);
      return;
    }
    if (!(answer instanceof Promise)) {
      finish(answer);
      return;
    }
    answer.then(
      (buffers) => {
        finish(buffers);
        this.#advance();
        this.#pauseOrResume();
      },
      (error: unknown) => {
        finish(undefined);
        this.#break(error);
      },
    );
  }

  #handle({ entry, version, correlationId, frame }: QueuedRequest): Answer | Promise<Answer> {
    const { api } = entry;
    this.#broker.metrics.countRequest(api.name);
    if (version < (entry.minVersion ?? api.minVersion) || version > (entry.maxVersion ?? api.maxVersion)) {
      const refusal = refuseApiVersions(entry, correlationId);
      if (refusal !== undefined) return refusal;
      throw new MalformedMessageError(`${api.name} v${version} is not served`);
    }
    const reader = new ByteReader(frame, 0, frame.length, this.#limits.requestMaxElements);
    const { clientId } = readRequestHeader(reader, api.request.isFlexible(version));
    const hold = (effects: Promise<unknown>) => this.#hold(effects);
    const context = { broker: this.#broker, connection: this.#info, clientId, hold };
    const encode = (body: ResponseInput<Api> | undefined) => body && encodeResponse(api, version, correlationId, body);
    const response = entry.handle(context, api.request.read(reader, version), version);
    if (!(response instanceof Promise)) return cutOr(encode, response);
    return response.then((body) => cutOr(encode, body));
  }

  #hold(effects: Promise<unknown>): void {
    this.#holds += 1;
    const release = () => {
      this.#holds -= 1;
      this.#advance();
      this.#pauseOrResume();
    };
    effects.then(release, release);
  }

  /** Sends at the end of the running callback, so that all answers of one sync are one write. */
  #write(buffers: readonly Buffer[]): void {
    if (this.#outgoing.length === 0) nextTick(this.#flush);
    this.#outgoing.push(...buffers);
    for (const { length } of buffers) this.#outgoingBytes += length;
    this.#countUnsent(this.#socket.writableLength + this.#outgoingBytes);
  }

  readonly #flush = (): void => {
    const buffers = this.#outgoing;
    const bytes = this.#outgoingBytes;
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    if (this.#isClosed) return;
    this.#broker.metrics.bytesOut += bytes;
    this.#lastActivity = this.#broker.world.clock.monotonic();
    if (buffers.length > 1 && bytes <= copiedUpToBytes) {
      this.#socket.write(Buffer.concat(buffers, bytes));
    } else {
      this.#writeAll(buffers);
    }
    this.#countUnsent(this.#socket.writableLength);
    this.#advance();
    this.#pauseOrResume();
  };

  #writeAll(buffers: readonly Buffer[]): void {
    const { readBuffers } = this.#broker;
    const lent = buffers.filter((buffer) => readBuffers.isLent(buffer));
    const last = lent.at(-1);
    // Writes end in their order. Of one that failed the system may not be done with the bytes.
    const giveBack = (error?: Error | null) => {
      if (error === undefined || error === null) for (const buffer of lent) readBuffers.giveBack(buffer);
    };
    this.#socket.cork();
    for (const buffer of buffers) {
      if (buffer === last) this.#socket.write(buffer, giveBack);
      else this.#socket.write(buffer);
    }
    this.#socket.uncork();
  }

  #drained(): void {
    this.#lastActivity = this.#broker.world.clock.monotonic();
    this.#countUnsent(this.#socket.writableLength + this.#outgoingBytes);
    this.#advance();
    this.#pauseOrResume();
  }

  #countUnsent(bytes: number): void {
    this.#broker.metrics.bytesUnsent += bytes - this.#unsentBytes;
    this.#unsentBytes = bytes;
  }

  #isClogged(): boolean {
    return this.#unsentBytes > this.#limits.unsentMaxBytes;
  }

  #pauseOrResume(): void {
    if (this.#isClosed || this.#isDraining) return;
    const isFull =
      this.#queue.length > this.#limits.queuedMaxRequests ||
      this.#pendingBytes > this.#limits.queuedMaxBytes ||
      this.#isClogged();
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.#socket.pause();
    else this.#socket.resume();
  }

  #break(error: unknown): void {
    if (this.#isClosed) return;
    this.#broker.metrics.connectionsBroken += 1;
    const isPeersFault = error instanceof MalformedMessageError || error instanceof KafkaProtocolError;
    const message = error instanceof Error ? error.message : String(error);
    const fields = { listener: this.#info.listener, host: this.#info.host, reason: message };
    if (isPeersFault) this.#broker.logger.info("Closed a connection over its request", fields);
    else this.#broker.logger.error("Closed a connection because a request could not be answered", { ...fields, error });
    this.destroy();
  }
}

function cutOr(
  encode: (body: ResponseInput<Api> | undefined) => Buffer[] | undefined,
  outcome: ResponseInput<Api> | CutResponse | undefined,
): Answer {
  if (!(outcome instanceof CutResponse)) return encode(outcome);
  return new LastBytes(Buffer.concat(encode(outcome.body) ?? []).subarray(0, outcome.bytes));
}
