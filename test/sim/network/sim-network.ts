import { type Listener, type Network, type Socket, systemError } from "@ottla/world";
import type { SimProcess } from "../sim-process.js";
import type { Simulation } from "../simulation.js";
import { SimSocket } from "./sim-socket.js";

interface Listening {
  readonly process: SimProcess;
  readonly incarnation: number;
  readonly onConnection: (socket: Socket) => void;
}

/** How long a connection attempt that gets no answer waits before it fails. */
const connectTimeoutMs = 20_000;
const firstFreePort = 49_152;

/** The network between the processes of a simulation: one host name, every port belongs to the process that listens on it. */
export class SimNetwork {
  readonly #sim: Simulation;
  readonly #listening = new Map<number, Listening>();
  readonly #sockets = new Set<SimSocket>();
  readonly #cuts = new Set<string>();
  /** Ends whose machine lost its power: the other ends hear of it when it is back. */
  readonly #silent = new Map<SimProcess, SimSocket[]>();
  #nextPort = firstFreePort;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  /** The network as one process sees it. */
  of(process: SimProcess): Network {
    const { incarnation } = process;
    return {
      connect: ({ port }) => this.#connect(process, port),
      listen: async ({ host, port }, onConnection) => {
        await soon(process);
        return this.#listen({ process, incarnation, onConnection }, host, port);
      },
    };
  }

  /** Holds back everything between two processes, in both directions, until {@link SimNetwork.mend}. */
  cut(a: SimProcess, b: SimProcess): void {
    this.#cuts.add(pairOf(a, b));
    for (const socket of this.#between(a, b)) socket.wire.cut();
  }

  mend(a: SimProcess, b: SimProcess): void {
    this.#cuts.delete(pairOf(a, b));
    for (const socket of this.#between(a, b)) socket.wire.mend();
  }

  /** Breaks every connection of a process, which lives on. */
  resetConnections(process: SimProcess): void {
    for (const socket of this.#socketsOf(process)) {
      socket.peer?.fail("ECONNRESET", "read");
      socket.fail("ECONNRESET", "read");
    }
  }

  processDied(process: SimProcess, peersHear: boolean): void {
    for (const [port, listening] of this.#listening) {
      if (listening.process === process) this.#listening.delete(port);
    }
    const sockets = this.#socketsOf(process);
    for (const socket of sockets) {
      this.#sockets.delete(socket);
      if (peersHear) socket.abandon();
    }
    if (!peersHear) this.#silent.set(process, [...(this.#silent.get(process) ?? []), ...sockets]);
  }

  processRestarted(process: SimProcess): void {
    // An end with something on its way repeats it, and is told that nobody knows the connection. The others find out when
    // they next send something, which may be never.
    for (const socket of this.#silent.get(process) ?? []) if (this.#sim.random.chance(0.5)) socket.resetPeer();
    this.#silent.delete(process);
  }

  #connect(process: SimProcess, port: number): SimSocket {
    const socket = new SimSocket(this.#sim, process, port, false);
    if (!process.isAlive) return socket;
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    this.#sim.schedule(this.#sim.duration(this.#sim.options.networkMs), `${process.name} connects to ${port}`, () => {
      if (!socket.destroyed) this.#arrive(socket, port);
    });
    return socket;
  }

  #arrive(socket: SimSocket, port: number): void {
    const listening = this.#listening.get(port);
    if (listening === undefined || !listening.process.isRunning(listening.incarnation)) {
      socket.fail("ECONNREFUSED", "connect");
      return;
    }
    if (this.#cuts.has(pairOf(socket.process, listening.process))) {
      socket.process.schedule(connectTimeoutMs, "connect timeout", () => socket.fail("ETIMEDOUT", "connect"));
      return;
    }
    this.#nextPort += 1;
    const accepted = new SimSocket(this.#sim, listening.process, this.#nextPort, true);
    this.#sockets.add(accepted);
    accepted.on("close", () => this.#sockets.delete(accepted));
    accepted.join(socket);
    socket.join(accepted);
    accepted.open();
    accepted.wire.send(`${socket.process.name} connected`, () => socket.open());
    listening.onConnection(accepted);
  }

  #listen(listening: Listening, host: string, wanted: number): Listener {
    let port = wanted;
    if (port === 0) {
      this.#nextPort += 1;
      port = this.#nextPort;
    } else if (this.#listening.has(port)) {
      throw systemError("EADDRINUSE", "listen");
    }
    this.#listening.set(port, listening);
    return {
      host,
      port,
      close: async () => {
        if (this.#listening.get(port) === listening) this.#listening.delete(port);
        await soon(listening.process);
      },
    };
  }

  #socketsOf(process: SimProcess): SimSocket[] {
    return [...this.#sockets].filter((socket) => socket.process === process);
  }

  #between(a: SimProcess, b: SimProcess): SimSocket[] {
    return [...this.#sockets].filter(
      ({ process, peer }) => (process === a && peer?.process === b) || (process === b && peer?.process === a),
    );
  }
}

function soon(process: SimProcess): Promise<void> {
  return new Promise((resolve) => {
    process.schedule(0, `${process.name} listener`, resolve);
  });
}

function pairOf(a: SimProcess, b: SimProcess): string {
  return a.name < b.name ? `${a.name} ${b.name}` : `${b.name} ${a.name}`;
}
