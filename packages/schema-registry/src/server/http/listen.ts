import type { Server } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import { createAdaptorServer } from "@hono/node-server";
import type { World } from "@ottla/world";
import type { Hono } from "hono";
import { RegistryStartError } from "../registry-start-error.js";

/** What HTTPS needs; texts are PEM. */
export interface ServerTls {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
  readonly passphrase?: string | undefined;
  /** Authorities whose certificates clients must show (mutual TLS); without it nobody is asked for one. */
  readonly clientCa?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** For a request to arrive whole. */
  readonly requestTimeoutMs: number;
  /** More are closed as soon as they come. */
  readonly maxConnections: number;
  /** Plain HTTP without it. */
  readonly tls?: ServerTls | undefined;
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
    const { host, port, requestTimeoutMs, maxConnections, tls } = options;
    const timeouts = { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs };
    const server = createAdaptorServer({
      fetch: app.fetch,
      ...(tls === undefined
        ? { serverOptions: timeouts }
        : { createServer, serverOptions: { ...timeouts, ...secured(tls, host, port) } }),
      // Without http2 among the options it is node:http's, or node:https'.
    }) as Server;
    server.maxConnections = maxConnections;
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

/** @throws {@link RegistryStartError} `INVALID_OPTIONS` where certificate and key do not fit. */
function secured({ cert, key, passphrase, clientCa }: ServerTls, host: string, port: number): ServerOptions {
  const texts = (value: string | Uint8Array) => (typeof value === "string" ? value : Buffer.from(value));
  const many = (value: readonly (string | Uint8Array)[]) => value.map(texts);
  const options = {
    cert: texts(cert),
    key: texts(key),
    ...(passphrase !== undefined && { passphrase }),
    ...(clientCa !== undefined && {
      ca: typeof clientCa === "string" || clientCa instanceof Uint8Array ? texts(clientCa) : many(clientCa),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  };
  try {
    createServer(options).close();
    return options;
  } catch (cause) {
    const reason = `tls: ${(cause as Error).message} (for ${host}:${port})`;
    throw new RegistryStartError("INVALID_OPTIONS", reason, { cause });
  }
}
