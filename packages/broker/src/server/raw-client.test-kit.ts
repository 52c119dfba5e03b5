import {
  type Api,
  decodeResponse,
  encodeRequest,
  FrameSplitter,
  peekCorrelationId,
  type RequestInput,
  type ResponseOf,
} from "@ottla/protocol";
import { nodeWorld, type Socket } from "@ottla/world";

interface Pending {
  readonly correlationId: number;
  readonly resolve: (frame: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** A client that does nothing by itself: a request is what the test says, an answer what the broker sent. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  /** Resolves when the connection is gone, whoever closed it. */
  readonly closed: Promise<void>;
  readonly #pending: Pending[] = [];
  readonly #splitter = new FrameSplitter(256 * 1024 * 1024);
  #nextCorrelationId = 1;
  /** Correlation ids in the order their responses came. */
  readonly answered: number[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => this.#read(chunk));
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        for (const { reject } of this.#pending) reject(new Error("the broker closed the connection"));
        resolve();
      });
    });
  }

  static connect({ port }: { readonly port: number }): Promise<RawClient> {
    const socket = nodeWorld.network.connect({ host: "127.0.0.1", port });
    return new Promise((resolve, reject) => {
      socket.on("error", reject);
      socket.on("connect", () => resolve(new RawClient(socket)));
    });
  }

  #read(chunk: Buffer): void {
    for (const frame of this.#splitter.push(chunk)) {
      const pending = this.#pending.shift();
      const correlationId = peekCorrelationId(frame);
      this.answered.push(correlationId);
      if (pending === undefined) throw new Error(`response ${correlationId} that nobody asked for`);
      if (pending.correlationId === correlationId) pending.resolve(frame);
      else pending.reject(new Error(`response ${correlationId} in place of ${pending.correlationId}`));
    }
  }

  /** Sends one request and resolves with its response. Requests may overlap. */
  async request<A extends Api>(
    api: A,
    version: number,
    body: RequestInput<A>,
    clientId: string | null = "test",
  ): Promise<ResponseOf<A>> {
    const frame = await this.exchange((correlationId) =>
      Buffer.concat(encodeRequest(api as Api, version, { correlationId, clientId }, body)),
    );
    return decodeResponse(api, version, frame);
  }

  /** Sends bytes of the caller's making and resolves with the next response frame. */
  exchange(encode: (correlationId: number) => Buffer): Promise<Buffer> {
    const correlationId = this.#nextCorrelationId;
    this.#nextCorrelationId += 1;
    return new Promise((resolve, reject) => {
      this.#pending.push({ correlationId, resolve, reject });
      this.socket.write(encode(correlationId));
    });
  }

  /** Sends a request that has no response. */
  tell<A extends Api>(api: A, version: number, body: RequestInput<A>): void {
    const header = { correlationId: this.#nextCorrelationId, clientId: "test" };
    this.#nextCorrelationId += 1;
    this.socket.write(Buffer.concat(encodeRequest(api as Api, version, header, body)));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
