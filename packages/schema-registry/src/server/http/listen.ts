import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { World } from "@ottla/world";
import type { Hono } from "hono";
import { RegistryStartError } from "../registry-start-error.js";

export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** For a request to arrive whole. */
  readonly requestTimeoutMs: number;
  /** How long {@link HttpListener.close} lets requests that were begun end. */
  readonly closeTimeoutMs: number;
  /** Hears of what goes wrong with the port later. */
  readonly onError: (error: unknown) => void;
}

const closingLookEveryMs = 20;

/** An application on a port. */
export class HttpListener {
  readonly #timers: World["timers"];
  readonly #server: Server;
  readonly #options: ListenOptions;

  private constructor(timers: World["timers"], server: Server, options: ListenOptions) {
    this.#timers = timers;
    this.#server = server;
    this.#options = options;
  }

  /** @throws {@link RegistryStartError} `ADDRESS_IN_USE`, `ADDRESS_REFUSED` */
  static async start({ timers }: Pick<World, "timers">, app: Hono, options: ListenOptions): Promise<HttpListener> {
    const { host, port, requestTimeoutMs } = options;
    const server = createAdaptorServer({
      fetch: app.fetch,
      serverOptions: { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs },
      // Without http2 among the options it is node:http's.
    }) as Server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause: NodeJS.ErrnoException) => {
        const code = cause.code === "EADDRINUSE" ? "ADDRESS_IN_USE" : "ADDRESS_REFUSED";
        reject(new RegistryStartError(code, `cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
      });
      server.listen({ host, port }, resolve);
    });
    // Such as no descriptor left to accept another connection with: those that are there go on.
    server.on("error", options.onError);
    return new HttpListener(timers, server, options);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : this.#options.port;
  }

  /** Accepts nothing more, lets what was begun end, and cuts it off when that takes too long. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const overdue = this.#timers.after(this.#options.closeTimeoutMs, () => this.#server.closeAllConnections());
    let isClosed = false;
    // A connection that is kept alive becomes idle after its answer, and would stay for seconds.
    const closeIdle = () => {
      if (isClosed) return;
      this.#server.closeIdleConnections();
      this.#timers.idle(closingLookEveryMs, closeIdle);
    };
    closeIdle();
    await closed;
    isClosed = true;
    overdue.cancel();
  }
}
