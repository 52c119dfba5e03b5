import type { Network, Socket } from "@ottla/world";

/** The real network of one client, whose connections break or go silent when a test says so. */
export class FaultyNetwork implements Network {
  readonly #network: Network;
  readonly #sockets = new Set<Socket>();

  constructor(network: Network) {
    this.#network = network;
  }

  readonly connect: Network["connect"] = (options) => {
    const socket = this.#network.connect(options);
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    return socket;
  };

  readonly listen: Network["listen"] = (options, onConnection) => this.#network.listen(options, onConnection);

  /** Breaks what is open, whatever is on its way. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy(new Error("cut"));
  }

  /** Reads nothing until the answer is called: the broker's answers pile up. */
  stall(): () => void {
    const stalled = [...this.#sockets];
    for (const socket of stalled) socket.pause();
    return () => {
      for (const socket of stalled) if (!socket.destroyed) socket.resume();
    };
  }
}
