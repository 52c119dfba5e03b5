import { type ConnectOpts, createServer, Socket as NodeSocket, type SocketConstructorOpts } from "node:net";
import type { Listener, Network, Socket } from "../network.js";
import { nodeTimers } from "./node-timers.js";
import { connectTls } from "./tls-connection.js";

export const nodeNetwork: Network = Object.freeze({
  connect: ({ host, port, tls, room }: Parameters<Network["connect"]>[0]): Socket => {
    if (tls !== undefined) return connectTls({ host, port, tls });
    const socket = room === undefined ? new NodeSocket() : socketInto(room);
    try {
      socket.connect({ host, port, noDelay: true, autoSelectFamily: true });
    } catch (error) {
      // A port that is none (a broker may advertise anything) is thrown by Node; here it arrives as every other failure.
      socket.destroy(error as Error);
    }
    return socket;
  },
  listen: async (
    { host, port, backlog }: { readonly host: string; readonly port: number; readonly backlog?: number },
    onConnection: (socket: Socket) => void,
  ): Promise<Listener> => {
    const server = createServer({ noDelay: true }, (socket) => {
      // Without any listener an error is thrown out of the event loop; the owner hears of it through `close` in any case.
      socket.on("error", () => undefined);
      onConnection(socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, backlog: backlog ?? 511 }, () => {
        server.off("error", reject);
        // From here on an error is about one connection that could not be accepted (EMFILE, ECONNABORTED): it is lost, the
        // listener goes on.
        server.on("error", () => undefined);
        resolve();
      });
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error(`no TCP address for ${host}:${port}`);
    return {
      host: address.address,
      port: address.port,
      // The server's own "close" waits for the last connection; the port is free before.
      close: () =>
        new Promise<void>((resolve) => {
          server.close();
          nodeTimers.endOfTurn(resolve);
        }),
    };
  },
});

/** Node's sockets have no `data` events where they are told where to receive. */
function socketInto(room: () => Buffer): NodeSocket {
  const callback = (length: number, { buffer, byteOffset }: Uint8Array): boolean => {
    socket.emit("data", Buffer.from(buffer, byteOffset, length));
    return true;
  };
  // What Node's types know as an option of `connect` is read by the constructor.
  const options: SocketConstructorOpts & ConnectOpts = { onread: { buffer: room, callback } };
  const socket = new NodeSocket(options);
  return socket;
}
