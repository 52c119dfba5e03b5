import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  type Api,
  decodeResponse,
  encodeRequest,
  FrameSplitter,
  type RequestInput,
  type ResponseOf,
} from "@ottla/protocol";

type OnAnswer = (frame: Buffer) => void;

const largestAnswer = 256 * 1024 * 1024;

/** A socket on which frames go out as they are given and answers come back in their order. */
export class WireConnection {
  readonly #socket: Socket;
  readonly #splitter = new FrameSplitter(largestAnswer);
  readonly #waiting: { readonly onAnswer: OnAnswer; readonly fail: (error: Error) => void }[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => {
      for (const frame of this.#splitter.push(chunk)) this.#waiting.shift()?.onAnswer(frame);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      for (const { fail } of this.#waiting.splice(0)) fail(new Error("the broker closed the connection"));
    });
  }

  static async connect(port: number): Promise<WireConnection> {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    await once(socket, "connect");
    return new WireConnection(socket);
  }

  exchange(frame: Buffer, onAnswer: OnAnswer, fail: (error: Error) => void): void {
    this.#waiting.push({ onAnswer, fail });
    this.#socket.write(frame);
  }

  request<A extends Api>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    return new Promise((resolve, reject) => {
      this.exchange(requestFrame(api, version, body), (frame) => resolve(decodeResponse(api, version, frame)), reject);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

export const requestFrame = <A extends Api>(api: A, version: number, body: RequestInput<A>): Buffer =>
  Buffer.concat(encodeRequest(api as Api, version, { correlationId: 1, clientId: "bench" }, body));
