/**
 * One end of a TCP connection: the part of `node:net`'s Socket that we use, so that a real one fits as it is.
 * `write` answers false when its buffer is over the high-water mark; `drain` says that it is empty again.
 */
export interface Socket {
  write(data: Uint8Array): boolean;
  cork(): void;
  uncork(): void;
  pause(): unknown;
  resume(): unknown;
  /** Sends what is buffered, then closes the writing half. */
  end(): unknown;
  /** Closes at once and drops what is buffered. */
  destroy(error?: Error): unknown;
  readonly destroyed: boolean;
  /** Bytes handed to `write` that have not left yet. */
  readonly writableLength: number;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  on(event: "connect" | "drain" | "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** A listening socket. */
export interface Listener {
  readonly host: string;
  /** The port in use, also where 0 was asked for. */
  readonly port: number;
  /** Stops accepting; open connections stay. Resolves when the port is free. */
  close(): Promise<void>;
}

export interface Network {
  /** Begins a connection; `connect` or `error` follows on the socket. */
  connect(options: { readonly host: string; readonly port: number }): Socket;
  /**
   * Listens on `host` and `port` (0 picks a free one).
   *
   * @throws Node's system error (`EADDRINUSE`, `EACCES`, …).
   */
  listen(
    options: { readonly host: string; readonly port: number; readonly backlog?: number },
    onConnection: (socket: Socket) => void,
  ): Promise<Listener>;
}
