import type { Listener, Network, Socket, Timer, Timers } from "@ottla/world";
import type { ClientWorld } from "../cluster/cluster.js";

interface Pending {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that moves when told, timers that follow it, and a network in memory. */
export class ManualWorld implements ClientWorld {
  readonly network = new MemoryNetwork();
  readonly random: ClientWorld["random"];
  readonly clock = { now: () => 1_700_000_000_000 + Math.floor(this.#now), monotonic: () => this.#now };
  readonly timers: Timers = {
    after: (delayMs, callback) => this.#add(delayMs, callback),
    idle: (delayMs, callback) => this.#add(delayMs, callback),
    endOfTurn: (callback) => {
      this.#turnsAsked += 1;
      setImmediate(() => {
        this.#turnsAsked -= 1;
        callback();
      });
    },
  };
  #now = 1_000;
  #turnsAsked = 0;
  #seed: number;
  readonly #pending = new Set<Pending>();

  constructor(seed = 1) {
    this.#seed = seed;
    this.random = {
      next: () => this.#next(),
      bytes: (length) => Uint8Array.from({ length }, () => Math.floor(this.#next() * 256)),
    };
  }

  /** Timers not fired and not cancelled. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Resolves when everything that can happen without time passing has happened. */
  async settle(): Promise<void> {
    do await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#turnsAsked > 0);
  }

  /** Lets time pass, timer by timer. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await this.settle();
    for (let next = this.#earliest(until); next !== undefined; next = this.#earliest(until)) {
      this.#pending.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await this.settle();
    }
    this.#now = until;
  }

  /** Lets time pass until `promise` is settled; fails when nothing is left that could settle it. */
  async finish<T>(promise: Promise<T>): Promise<T> {
    let isDone = false;
    const mark = () => {
      isDone = true;
    };
    promise.then(mark, mark);
    await this.settle();
    while (!isDone) {
      const next = this.#earliest(Number.POSITIVE_INFINITY);
      if (next === undefined) throw new Error("nothing is left that could settle the promise");
      await this.advance(Math.max(0, next.at - this.#now));
    }
    return promise;
  }

  #earliest(until: number): Pending | undefined {
    let earliest: Pending | undefined;
    for (const each of this.#pending) {
      if (each.at <= until && (earliest === undefined || each.at < earliest.at)) earliest = each;
    }
    return earliest;
  }

  #add(delayMs: number, callback: () => void): Timer {
    // Node warns of a delay below zero, and takes one that is no number for 1 ms: whoever asks for it has miscounted.
    if (!(delayMs >= 0)) throw new RangeError(`a timer was asked for in ${delayMs} ms`);
    const pending = { at: this.#now + delayMs, callback };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  #next(): number {
    this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return this.#seed / 0x8000_0000;
  }
}

/** Connections between listeners and clients of one process; bytes arrive in the next turn, in order. */
export class MemoryNetwork implements Network {
  readonly #listeners = new Map<string, (socket: Socket) => void>();
  readonly #open = new Set<MemorySocket>();
  /** How often a client's end sent what it had gathered. */
  uncorks = 0;

  /** Connections that are not closed. */
  get openConnections(): number {
    return this.#open.size;
  }

  connect({ host, port }: { readonly host: string; readonly port: number }): Socket {
    const client = new MemorySocket(this.#open, () => {
      this.uncorks += 1;
    });
    const server = new MemorySocket(this.#open, () => {});
    client.peer = server;
    server.peer = client;
    process.nextTick(() => {
      const accept = this.#listeners.get(`${host}:${port}`);
      if (accept === undefined) {
        client.emit("error", new Error(`connect ECONNREFUSED ${host}:${port}`));
        client.destroy();
        return;
      }
      if (client.destroyed) return;
      this.#open.add(client);
      accept(server);
      client.emit("connect");
    });
    return client;
  }

  async listen(
    { host, port }: { readonly host: string; readonly port: number },
    onConnection: (socket: Socket) => void,
  ): Promise<Listener> {
    this.#listeners.set(`${host}:${port}`, onConnection);
    return { host, port, close: async () => void this.#listeners.delete(`${host}:${port}`) };
  }
}

class MemorySocket implements Socket {
  peer: MemorySocket | undefined;
  destroyed = false;
  readonly writableLength = 0;
  readonly #open: Set<MemorySocket>;
  readonly #listeners = new Map<string, ((argument: never) => void)[]>();

  readonly uncork: () => void;

  constructor(open: Set<MemorySocket>, onUncork: () => void) {
    this.#open = open;
    this.uncork = onUncork;
  }

  on(event: string, listener: (argument: never) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  emit(event: string, argument?: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(argument as never);
  }

  write(data: Uint8Array): boolean {
    const chunk = Buffer.from(data);
    process.nextTick(() => {
      if (!this.destroyed && this.peer?.destroyed === false) this.peer.emit("data", chunk);
    });
    return true;
  }

  end(): void {
    process.nextTick(() => this.peer?.emit("end"));
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#open.delete(this);
    process.nextTick(() => {
      this.emit("close");
      this.peer?.destroy();
    });
  }

  cork(): void {}
  pause(): void {}
  resume(): void {}
}
