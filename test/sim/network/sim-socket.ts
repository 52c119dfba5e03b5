import { type Socket, type SystemErrorCode, systemError } from "@ottla/world";
import type { SimProcess } from "../sim-process.js";
import type { Simulation } from "../simulation.js";
import { Wire } from "./wire.js";

const highWaterMark = 16 * 1024;
const longestChunk = 64 * 1024;

/** What was written and has not left as a whole. */
interface QueuedWrite {
  readonly data: Uint8Array;
  readonly onSent: (() => void) | undefined;
}

interface Listeners {
  data: ((chunk: Buffer) => void)[];
  error: ((error: Error) => void)[];
  connect: (() => void)[];
  drain: (() => void)[];
  end: (() => void)[];
  close: (() => void)[];
}

/**
 * One end of a simulated connection, behaving as Node's socket with `allowHalfOpen: false`: bytes arrive in order, cut and joined
 * anywhere; a reader that pauses makes the writer's buffer fill; reading the peer's end ends this side too.
 */
export class SimSocket implements Socket {
  readonly process: SimProcess;
  readonly remoteAddress = "127.0.0.1";
  readonly remotePort: number;
  readonly #sim: Simulation;
  readonly #incarnation: number;
  readonly #wire: Wire;
  readonly #label: string;
  readonly #isAccepted: boolean;
  readonly #windowBytes: number;
  readonly #listeners: Listeners = { data: [], error: [], connect: [], drain: [], end: [], close: [] };
  #peer: SimSocket | undefined;
  #isOpen = false;
  #isDestroyed = false;
  #corks = 0;
  #queue: QueuedWrite[] = [];
  #headSent = 0;
  #writableLength = 0;
  #needsDrain = false;
  #isEnding = false;
  #finSent = false;
  #unreadByPeer = 0;
  #inbox: Buffer[] = [];
  #flow: "initial" | "flowing" | "paused" = "initial";
  #isDelivering = false;
  #finArrived = false;
  #isEndRead = false;

  constructor(sim: Simulation, process: SimProcess, remotePort: number, isAccepted: boolean) {
    this.#sim = sim;
    this.process = process;
    this.#incarnation = process.incarnation;
    this.remotePort = remotePort;
    this.#isAccepted = isAccepted;
    this.#wire = new Wire(sim);
    this.#label = `${process.name}:${remotePort}`;
    this.#windowBytes = sim.random.pick([4_096, 65_536, 1_048_576]);
  }

  get destroyed(): boolean {
    return this.#isDestroyed;
  }

  get writableLength(): number {
    return this.#writableLength;
  }

  get wire(): Wire {
    return this.#wire;
  }

  get peer(): SimSocket | undefined {
    return this.#peer;
  }

  on(event: keyof Listeners, listener: (argument: never) => void): this {
    (this.#listeners[event] as ((argument: never) => void)[]).push(listener);
    if (event === "data" && this.#flow === "initial") this.resume();
    return this;
  }

  write(data: Uint8Array, onSent?: () => void): boolean {
    if (this.#isDestroyed) return false;
    if (this.#isEnding) {
      this.destroy(Object.assign(new Error("write after end"), { code: "ERR_STREAM_WRITE_AFTER_END" }));
      return false;
    }
    this.#queue.push({ data, onSent });
    this.#writableLength += data.byteLength;
    const hasRoom = this.#writableLength < highWaterMark;
    if (!hasRoom) this.#needsDrain = true;
    this.#send();
    return hasRoom;
  }

  cork(): void {
    this.#corks += 1;
  }

  uncork(): void {
    this.#corks = Math.max(0, this.#corks - 1);
    this.#send();
  }

  pause(): this {
    this.#flow = "paused";
    return this;
  }

  resume(): this {
    this.#flow = "flowing";
    this.#deliverSoon(0);
    return this;
  }

  end(): this {
    this.#isEnding = true;
    this.#corks = 0;
    this.#send();
    return this;
  }

  destroy(error?: Error): this {
    if (this.#isDestroyed) return this;
    const hasReadAll = this.#hasReadAll;
    this.#die(error);
    if (!this.#isGone) this.#tellPeer(hasReadAll);
    return this;
  }

  // What follows is called by the network and by the other end.

  /** Joins two ends; data flows once {@link SimSocket.open} was called on each. */
  join(peer: SimSocket): void {
    this.#peer = peer;
  }

  open(): void {
    if (this.#isDestroyed || this.#isGone) return;
    this.#isOpen = true;
    if (!this.#isAccepted) this.#emit("connect");
    this.#send();
  }

  /** The connection broke, or never came to be. */
  fail(code: SystemErrorCode, syscall: string): void {
    if (this.#isDestroyed || this.#isGone) return;
    this.#die(systemError(code, syscall));
  }

  /** The kernel closes the socket of a process that died. */
  abandon(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#tellPeer(this.#hasReadAll);
  }

  /** Tells the other end of a connection whose machine came back without it. */
  resetPeer(): void {
    const peer = this.#peer;
    if (peer !== undefined) this.#wire.send(`${this.#label} reset`, () => peer.fail("ECONNRESET", "read"));
  }

  get #isGone(): boolean {
    return !this.process.isRunning(this.#incarnation);
  }

  get #hasReadAll(): boolean {
    return this.#peer === undefined || this.#peer.#unreadByPeer === 0;
  }

  /** As the kernel does: closing with something unread resets the connection. */
  #tellPeer(hasReadAll: boolean): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    if (!hasReadAll) this.resetPeer();
    else if (!this.#finSent) this.#wire.send(`${this.#label} closed`, () => peer.#arriveEnd());
  }

  #die(error?: Error): void {
    this.#isDestroyed = true;
    this.#queue = [];
    this.#writableLength = 0;
    this.#inbox = [];
    this.process.schedule(0, `${this.#label} close`, () => {
      if (error !== undefined) this.#emitError(error);
      this.#emit("close");
    });
  }

  #emitError(error: Error): void {
    // Node's adapter listens on accepted sockets itself.
    if (this.#listeners.error.length === 0 && !this.#isAccepted) throw error;
    for (const listener of this.#listeners.error) listener(error);
  }

  #emit(event: "connect" | "drain" | "end" | "close"): void {
    for (const listener of this.#listeners[event]) listener();
  }

  /** Hands what the window has room for to the wire, in pieces of any length. */
  #send(): void {
    const peer = this.#peer;
    if (!this.#isOpen || this.#corks > 0 || this.#isDestroyed || this.#isGone || peer === undefined) return;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const { data: head, onSent } = next;
      const room = this.#windowBytes - this.#unreadByPeer;
      if (room <= 0) return;
      const left = head.byteLength - this.#headSent;
      const most = Math.min(left, room);
      const length = most > 1 && this.#sim.random.chance(0.2) ? this.#sim.random.between(1, most) : most;
      // The bytes are taken when they leave, not when they were written: a writer that reuses a buffer too early is seen.
      const piece = Buffer.from(head.subarray(this.#headSent, this.#headSent + length));
      this.#unreadByPeer += length;
      this.#headSent += length;
      this.#wire.send(`${this.#label} data`, () => peer.#arrive(piece));
      if (this.#headSent === head.byteLength) {
        this.#queue.shift();
        this.#headSent = 0;
        this.#writableLength -= head.byteLength;
        if (onSent !== undefined) this.process.schedule(0, `${this.#label} sent`, onSent);
      }
    }
    if (this.#needsDrain) {
      this.#needsDrain = false;
      this.process.schedule(0, `${this.#label} drain`, () => {
        if (!this.#isDestroyed && this.#writableLength === 0) this.#emit("drain");
      });
    }
    if (this.#isEnding && !this.#finSent) {
      this.#finSent = true;
      this.#wire.send(`${this.#label} end`, () => peer.#arriveEnd());
      this.#closeWhenBothEnded();
    }
  }

  #arrive(piece: Buffer): void {
    if (this.#isGone) {
      if (this.process.isAlive) this.resetPeer();
      return;
    }
    if (this.#isDestroyed) {
      this.resetPeer();
      return;
    }
    this.#sim.trace.add(this.#sim.nowMs, this.#label, piece);
    this.#inbox.push(piece);
    // Waiting a little joins what comes behind it into one chunk.
    this.#deliverSoon(this.#sim.random.chance(0.7) ? 0 : this.#sim.duration(this.#sim.options.networkMs));
  }

  #arriveEnd(): void {
    if (this.#isGone || this.#isDestroyed) return;
    this.#finArrived = true;
    this.#deliverSoon(0);
  }

  #deliverSoon(delayMs: number): void {
    if (this.#isDelivering || this.#isDestroyed) return;
    this.#isDelivering = true;
    this.process.schedule(delayMs, `${this.#label} read`, () => {
      this.#isDelivering = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    if (this.#isDestroyed || this.#flow !== "flowing") return;
    const waiting = this.#inbox.length === 1 ? (this.#inbox[0] as Buffer) : Buffer.concat(this.#inbox);
    if (waiting.byteLength > 0) {
      const chunk = waiting.subarray(0, longestChunk);
      this.#inbox = chunk.byteLength < waiting.byteLength ? [waiting.subarray(longestChunk)] : [];
      for (const listener of this.#listeners.data) listener(chunk);
      this.#peer?.wasRead(chunk.byteLength);
      if (this.#inbox.length > 0 || this.#finArrived) this.#deliverSoon(0);
      return;
    }
    if (!this.#finArrived || this.#isEndRead) return;
    this.#isEndRead = true;
    this.#emit("end");
    if (!this.#isDestroyed) this.end();
    this.#closeWhenBothEnded();
  }

  /** The acknowledgement that makes room in the window; it takes no time here, and none of it is kept back by a cut wire. */
  wasRead(length: number): void {
    this.#unreadByPeer -= length;
    if (!this.#isDestroyed && !this.#isGone) this.#send();
  }

  #closeWhenBothEnded(): void {
    if (this.#finSent && this.#isEndRead && !this.#isDestroyed) this.#die();
  }
}
