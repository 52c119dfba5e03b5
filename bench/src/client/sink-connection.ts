import type { Socket } from "node:net";
import {
  type Api,
  apis,
  ByteReader,
  encodeResponse,
  encodeUnsupportedApiVersions,
  readRequestHeader,
} from "@ottla/protocol";

/** How a sink answers requests of one API. */
export interface SinkAnswer {
  readonly api: Api;
  readonly maxVersion: number;
  /** Whether one answer does for all requests of a version, so that they need not be read. */
  readonly isAlwaysTheSame: boolean;
  readonly answer: (request: never, version: number) => unknown;
}

// Length prefix, API key, version, correlation id.
const headBytes = 12;

/** Answers one client. What needs no reading is passed over as it comes, without being put together. */
export class SinkConnection {
  readonly #socket: Socket;
  readonly #answers: ReadonlyMap<number, SinkAnswer>;
  /** Whole answers by version, for those that are always the same. */
  readonly #prepared = new Map<number, Buffer>();
  #pieces: Buffer[] = [];
  #pending = 0;
  #skip = 0;

  constructor(socket: Socket, answers: ReadonlyMap<number, SinkAnswer>) {
    this.#socket = socket;
    this.#answers = answers;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", () => {});
  }

  #receive(chunk: Buffer): void {
    this.#socket.cork();
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, rest.length);
        this.#skip -= passed;
        rest = rest.subarray(passed);
        continue;
      }
      if (this.#pending > 0) {
        this.#pieces.push(rest);
        rest = Buffer.concat(this.#pieces);
        this.#pieces = [];
        this.#pending = 0;
      }
      const taken = this.#take(rest);
      if (taken === 0) {
        this.#pieces.push(rest);
        this.#pending = rest.length;
        break;
      }
      rest = rest.subarray(taken);
    }
    this.#socket.uncork();
  }

  /** Answers the request that `bytes` begin with; answers how many bytes of them it was, 0 where more are needed. */
  #take(bytes: Buffer): number {
    if (bytes.length < headBytes) return 0;
    const frameBytes = bytes.readInt32BE(0) + 4;
    const key = bytes.readInt16BE(4);
    const version = bytes.readInt16BE(6);
    const correlationId = bytes.readInt32BE(8);
    const entry = this.#answers.get(key);
    if (entry === undefined) throw new Error(`the sink does not answer API ${key}`);
    if (entry.isAlwaysTheSame) {
      const answer = Buffer.from(this.#preparedFor(entry, version));
      answer.writeInt32BE(correlationId, 4);
      this.#socket.write(answer);
      const passed = Math.min(frameBytes, bytes.length);
      this.#skip = frameBytes - passed;
      return passed;
    }
    if (bytes.length < frameBytes) return 0;
    const { api, maxVersion, answer } = entry;
    if (api.key === apis.ApiVersions.key && version > maxVersion) {
      this.#write(encodeUnsupportedApiVersions(correlationId));
      return frameBytes;
    }
    const reader = new ByteReader(bytes.subarray(4, frameBytes));
    readRequestHeader(reader, api.request.isFlexible(version));
    const request = api.request.read(reader, version);
    this.#write(encodeResponse(api, version, correlationId, answer(request as never, version) as never));
    return frameBytes;
  }

  #preparedFor({ api, answer }: SinkAnswer, version: number): Buffer {
    let prepared = this.#prepared.get(version);
    if (prepared === undefined) {
      prepared = Buffer.concat(encodeResponse(api, version, 0, answer({} as never, version) as never));
      this.#prepared.set(version, prepared);
    }
    return prepared;
  }

  #write(buffers: readonly Buffer[]): void {
    for (const buffer of buffers) this.#socket.write(buffer);
  }
}
