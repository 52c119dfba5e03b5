/**
 * One end of a TCP connection: the part of `node:net`'s Socket that we use, so that a real one fits as it is.
 * `write` answers false when its buffer is over the high-water mark; `drain` says that it is empty again.
 */
export interface Socket {
  /**
   * @param onSent - Called when the system has taken the bytes, which may be changed from then on, or with what kept them from
   * it. Called at most once: a socket may be gone before it knows.
   */
  write(data: Uint8Array, onSent?: (error?: Error | null) => void): boolean;
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

/** What TLS needs; texts are PEM. Without `ca` the authorities of the platform are trusted. */
export interface TlsOptions {
  /** Authorities to trust instead of the platform's. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** This side's certificate, with those between it and its authority. */
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  /** Of the key. */
  readonly passphrase?: string | undefined;
  /** The name that the certificate must have, and that is asked for (SNI). Default: the host. */
  readonly servername?: string | undefined;
  /** False accepts any certificate, and so anybody in between. Default true. */
  readonly rejectUnauthorized?: boolean | undefined;
}

export interface Network {
  /**
   * Begins a connection; `connect` (with `tls`: after its handshake) or `error` follows on the socket.
   *
   * @param options.room - Asked where the next bytes should be received, at least one: `data` then brings a part of that, which spares
   * copying. A wish: sockets may receive them elsewhere, as those with `tls` do.
   */
  connect(options: {
    readonly host: string;
    readonly port: number;
    readonly tls?: TlsOptions | undefined;
    readonly room?: (() => Buffer) | undefined;
  }): Socket;
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
