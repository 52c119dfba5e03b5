import { Socket as NodeSocket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Socket, TlsOptions } from "../network.js";

/** Begins a TLS connection. Wrong options arrive as `error`, as everything else that fails does. */
export function connectTls({
  host,
  port,
  tls,
}: {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsOptions;
}): Socket {
  const { ca, cert, key, passphrase, servername, rejectUnauthorized = true } = tls;
  try {
    const socket = connect({
      host,
      port,
      rejectUnauthorized,
      ...(ca !== undefined && { ca: (Array.isArray(ca) ? ca : [ca]).map(pem) }),
      ...(cert !== undefined && { cert: pem(cert) }),
      ...(key !== undefined && { key: pem(key) }),
      ...(passphrase !== undefined && { passphrase }),
      ...(servername !== undefined && { servername }),
    });
    socket.setNoDelay(true);
    return new TlsConnection(socket);
  } catch (error) {
    // A certificate or key that is none is thrown by Node.
    const socket = new NodeSocket();
    socket.destroy(error as Error);
    return socket;
  }
}

const pem = (given: string | Uint8Array): string | Buffer => (typeof given === "string" ? given : Buffer.from(given));

/** A TLS socket that tells of its connection once the handshake is over, not when TCP stands. */
class TlsConnection implements Socket {
  readonly #socket: TLSSocket;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  get writableLength(): number {
    return this.#socket.writableLength;
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#socket.remotePort;
  }

  on(event: string, listener: (argument: never) => void): void {
    this.#socket.on(event === "connect" ? "secureConnect" : event, listener as () => void);
  }

  write(data: Uint8Array, onSent?: (error?: Error | null) => void): boolean {
    return this.#socket.write(data, onSent);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }
}
