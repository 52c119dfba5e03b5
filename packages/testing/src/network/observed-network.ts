import { type Listener, type Network, nodeWorld, type Socket } from "@ottla/world";

/** What Node's sockets, which the real world's are, know beside what our packages ask of them. */
interface NodeSocket extends Socket {
  readonly connecting: boolean;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly localPort?: number;
  isPaused(): boolean;
  once(event: "connect" | "close", listener: () => void): unknown;
}

/** A connection between two ends of this process, as far as they are known. */
interface Pair {
  client?: NodeSocket;
  server?: NodeSocket;
}

/**
 * Real sockets. Of those whose both ends are here it can tell whether anything is on its way between them: bytes that one end
 * wrote and the other has not read, a connection that is not accepted, an end that the other side has not heard of.
 */
export class ObservedNetwork implements Network {
  readonly #ports = new Set<number>();
  readonly #connecting = new Set<NodeSocket>();
  readonly #pairs = new Map<string, Pair>();

  connect(options: { readonly host: string; readonly port: number }): Socket {
    const socket = nodeWorld.network.connect(options);
    const client = nodeSocket(socket);
    this.#connecting.add(client);
    client.once("close", () => this.#connecting.delete(client));
    client.once("connect", () => {
      this.#connecting.delete(client);
      this.#note(`${client.localPort}>${client.remotePort}`, { client });
    });
    return socket;
  }

  async listen(
    options: { readonly host: string; readonly port: number; readonly backlog?: number },
    onConnection: (socket: Socket) => void,
  ): Promise<Listener> {
    const listener = await nodeWorld.network.listen(options, (socket) => {
      const server = nodeSocket(socket);
      this.#note(`${server.remotePort}>${server.localPort}`, { server });
      onConnection(socket);
    });
    this.#ports.add(listener.port);
    return {
      host: listener.host,
      port: listener.port,
      close: async () => {
        this.#ports.delete(listener.port);
        await listener.close();
      },
    };
  }

  // Either end may be heard of first.
  #note(route: string, end: Pair): void {
    const known = this.#pairs.get(route);
    // A port is used again: what was known of it is over.
    const isOver = known !== undefined && Object.values(known).some(({ destroyed }: NodeSocket) => destroyed);
    const pair = known === undefined || isOver ? end : Object.assign(known, end);
    this.#pairs.set(route, pair);
    for (const socket of Object.values(end) as NodeSocket[]) {
      socket.once("close", () => {
        const isLast = Object.values(pair).every(({ destroyed }: NodeSocket) => destroyed);
        if (isLast && this.#pairs.get(route) === pair) this.#pairs.delete(route);
      });
    }
  }

  /** What is on its way, in words; `undefined` when nothing is. */
  get inMotion(): string | undefined {
    if (this.#connecting.size > 0) return "a connection that is being made";
    for (const [route, pair] of this.#pairs) {
      const motion = this.#motionOf(pair);
      if (motion !== undefined) return `${motion}, from port and to port ${route}`;
    }
    return undefined;
  }

  #motionOf({ client, server }: Pair): string | undefined {
    // A client that is not ours, or a server.
    if (client === undefined) return undefined;
    if (server === undefined) {
      const isOurs = this.#ports.has(client.remotePort ?? -1);
      return isOurs && !client.destroyed ? "a connection that is not accepted" : undefined;
    }
    if (client.destroyed !== server.destroyed) {
      const remaining = client.destroyed ? server : client;
      return remaining.isPaused() ? undefined : "the end of a connection";
    }
    return client.destroyed ? undefined : (unread(client, server, "a request") ?? unread(server, client, "an answer"));
  }
}

// A reader that is paused reads on when its owner can take more, which may need time.
function unread(from: NodeSocket, to: NodeSocket, what: string): string | undefined {
  const bytes = from.bytesWritten - to.bytesRead;
  return bytes > 0 && !to.isPaused() ? `${bytes} bytes of ${what}` : undefined;
}

const nodeSocket = (socket: Socket): NodeSocket => socket as NodeSocket;
