import type { Listener, Socket, Timer } from "@ottla/world";
import { BrokerStartError } from "../broker-options.js";
import type { BrokerServices } from "../broker-services.js";
import { Connection, type ConnectionLimits } from "./connection.js";
import { type Address, advertisedAddress, type ListenerOptions } from "./listener-options.js";

/** Bounds of the server as a whole. */
export interface ServerLimits extends ConnectionLimits {
  /** A connection that sent no whole request by then is closed. */
  readonly firstRequestTimeoutMs: number;
}

const longestSweepMs = 5_000;
const shortestSweepMs = 20;

/** The broker's listening sockets and the connections that came through them. */
export class Server {
  readonly #broker: BrokerServices;
  readonly #limits: ServerLimits;
  readonly #listeners: Listener[] = [];
  readonly #advertised = new Map<string, Address>();
  readonly #connections = new Set<Connection>();
  readonly #perHost = new Map<string, number>();
  #sweep: Timer | undefined;
  #whenEmpty: (() => void) | undefined;
  #isClosing = false;

  constructor(broker: BrokerServices, limits: ServerLimits) {
    this.#broker = broker;
    this.#limits = limits;
  }

  /** Binds every listener, or none: an error closes those already bound. */
  async listen(options: readonly ListenerOptions[]): Promise<void> {
    const backlog = this.#broker.config.get("socket.listen.backlog.size");
    try {
      for (const listener of options) {
        const { name, host = "127.0.0.1", port } = listener;
        const bound = await this.#bind(name, host, port, backlog);
        this.#listeners.push(bound);
        this.#advertised.set(name, advertisedAddress(listener, bound));
      }
    } catch (error) {
      await this.#stopListening();
      throw error;
    }
  }

  async #bind(name: string, host: string, port: number, backlog: number): Promise<Listener> {
    try {
      return await this.#broker.world.network.listen({ host, port, backlog }, (socket) => this.#accept(socket, name));
    } catch (error) {
      const isInUse = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      const reason = isInUse ? "it is in use" : error instanceof Error ? error.message : String(error);
      throw new BrokerStartError(
        isInUse ? "ADDRESS_IN_USE" : "ADDRESS_REFUSED",
        `Listener ${name} cannot listen on ${host}:${port}: ${reason}`,
        { cause: error },
      );
    }
  }

  /** In the order of the options. */
  get listenerNames(): readonly string[] {
    return [...this.#advertised.keys()];
  }

  /** What clients of a listener are told. */
  advertised(listener: string): Address {
    const address = this.#advertised.get(listener);
    if (address === undefined) throw new RangeError(`No listener is named ${listener}`);
    return address;
  }

  /** Stops accepting, lets what was begun end within `graceMs`, then closes what is left. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    const stopped = this.#stopListening();
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    for (const connection of [...this.#connections]) connection.shutDown();
    const bound = this.#broker.world.timers.after(graceMs, () => {
      for (const connection of [...this.#connections]) connection.destroy();
    });
    if (this.#connections.size > 0) await empty;
    bound.cancel();
    this.#sweep?.cancel();
    await stopped;
  }

  async #stopListening(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }

  #accept(socket: Socket, listener: string): void {
    const { metrics, config } = this.#broker;
    const host = socket.remoteAddress ?? "";
    const fromHost = this.#perHost.get(host) ?? 0;
    const isTooMany =
      this.#connections.size >= config.get("max.connections") || fromHost >= config.get("max.connections.per.ip");
    if (this.#isClosing || isTooMany) {
      metrics.connectionsRefused += 1;
      // An error on a socket nobody listens to would end the process.
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    metrics.connectionsAccepted += 1;
    this.#perHost.set(host, fromHost + 1);
    const connection = new Connection(socket, {
      broker: this.#broker,
      table: this.#broker.handlers,
      limits: this.#limits,
      listener,
      onClose: () => this.#forget(connection, host),
    });
    this.#connections.add(connection);
    metrics.connections = this.#connections.size;
    this.#scheduleSweep();
  }

  #forget(connection: Connection, host: string): void {
    if (!this.#connections.delete(connection)) return;
    this.#broker.metrics.connections = this.#connections.size;
    const left = (this.#perHost.get(host) ?? 1) - 1;
    if (left > 0) this.#perHost.set(host, left);
    else this.#perHost.delete(host);
    if (this.#connections.size === 0) this.#whenEmpty?.();
  }

  // One timer for all connections, and none while there is no connection: an embedded broker at rest does nothing.
  #scheduleSweep(): void {
    if (this.#sweep !== undefined || this.#isClosing) return;
    const idleMs = this.#broker.config.get("connections.max.idle.ms");
    const shortest = Math.min(idleMs < 0 ? longestSweepMs : idleMs, this.#limits.firstRequestTimeoutMs);
    const delayMs = Math.min(Math.max(shortest / 4, shortestSweepMs), longestSweepMs);
    this.#sweep = this.#broker.world.timers.idle(delayMs, () => {
      this.#sweep = undefined;
      this.#closeStale(idleMs);
      if (this.#connections.size > 0) this.#scheduleSweep();
    });
  }

  #closeStale(idleMs: number): void {
    const now = this.#broker.world.clock.monotonic();
    for (const connection of [...this.#connections]) {
      const { idleSince, silentSince } = connection;
      const isIdle = idleMs >= 0 && idleSince !== undefined && now - idleSince > idleMs;
      const isSilent = silentSince !== undefined && now - silentSince > this.#limits.firstRequestTimeoutMs;
      if (isIdle || isSilent) connection.destroy();
    }
  }
}
