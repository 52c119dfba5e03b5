import {
  type Api,
  decodeResponse,
  encodeRequest,
  FrameSplitter,
  peekCorrelationId,
  type RequestInput,
  type ResponseOf,
} from "@ottla/protocol";
import type { Network, Socket } from "@ottla/world";

interface Waiting {
  readonly settle: (frame: Buffer) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * One connection that speaks the protocol and nothing else: no versions are negotiated, nothing is retried. For tests that
 * need to know exactly what was sent and answered.
 */
export class WireClient {
  readonly #socket: Socket;
  readonly #frames = new FrameSplitter(100_000_000);
  readonly #waiting = new Map<number, Waiting>();
  #correlationId = 0;
  #failure: Error | undefined;

  constructor(network: Network, address: { readonly host: string; readonly port: number }) {
    this.#socket = network.connect(address);
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#fail(new Error(`connection to ${address.host}:${address.port} closed`)));
    this.#socket.on("data", (chunk) => {
      for (const frame of this.#frames.push(chunk)) {
        const correlationId = peekCorrelationId(frame);
        this.#waiting.get(correlationId)?.settle(frame);
        this.#waiting.delete(correlationId);
      }
    });
  }

  /** Sends a request and waits for its answer, whatever that says. */
  call<A extends Api>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    this.#correlationId += 1;
    const correlationId = this.#correlationId;
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      const settle = (frame: Buffer): void => {
        try {
          resolve(decodeResponse(api, version, frame));
        } catch (error) {
          reject(error as Error);
        }
      };
      this.#waiting.set(correlationId, { settle, reject });
      for (const bytes of encodeRequest(api as Api, version, { correlationId, clientId: "test-kit" }, body as never)) {
        this.#socket.write(bytes);
      }
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
