import { connect, createServer, type Socket as NodeSocket } from "node:net";
import type { Listener, Network, Socket } from "../network.js";

export const nodeNetwork: Network = Object.freeze({
  connect: ({ host, port }: { readonly host: string; readonly port: number }): Socket =>
    connect({ host, port, noDelay: true, autoSelectFamily: true }),
  listen: async (
    { host, port, backlog }: { readonly host: string; readonly port: number; readonly backlog?: number },
    onConnection: (socket: Socket) => void,
  ): Promise<Listener> => {
    const server = createServer({ noDelay: true }, (socket: NodeSocket) => onConnection(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, backlog: backlog ?? 511 }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error(`no TCP address for ${host}:${port}`);
    return {
      host: address.address,
      port: address.port,
      close: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
        }),
    };
  },
});
