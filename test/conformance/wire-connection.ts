import { connect, type Socket } from "node:net";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a broker did about a request: a frame, the end of the connection, or nothing within the time. */
export type Outcome = Buffer | "closed" | "silent";

/** Sends frames and waits for what comes back, one answer per request, in order. */
export class WireConnection {
  readonly #socket: Socket;
  readonly #waiting: ((outcome: Outcome) => void)[] = [];
  #received = Buffer.alloc(0);
  #isGone = false;

  constructor(address: Address) {
    this.#socket = connect(address);
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (chunk) => this.#read(chunk));
    this.#socket.on("error", () => this.#end());
    this.#socket.on("close", () => this.#end());
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Answers what becomes of `frame`; after `silentMs` without anything the connection is given up. */
  exchange(frame: Buffer, silentMs: number): Promise<Outcome> {
    if (this.#isGone) return Promise.resolve("closed");
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        settle("silent");
        this.close();
      }, silentMs);
      const settle = (outcome: Outcome): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      this.#waiting.push(settle);
      this.#socket.write(frame);
    });
  }

  /** Sends what has no answer. */
  tell(frame: Buffer): void {
    this.#socket.write(frame);
  }

  close(): void {
    this.#socket.destroy();
    this.#end();
  }

  #read(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4) {
      const length = this.#received.readInt32BE(0);
      if (this.#received.length < 4 + length) return;
      const frame = this.#received.subarray(4, 4 + length);
      this.#received = this.#received.subarray(4 + length);
      this.#waiting.shift()?.(frame);
    }
  }

  #end(): void {
    this.#isGone = true;
    for (const settle of this.#waiting.splice(0)) settle("closed");
  }
}
