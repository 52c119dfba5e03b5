import type { World } from "@ottla/world";
import type { Leadership } from "./election/leadership.js";
import type { SchemaStore } from "./store/schema-store.js";
import { WriteDeadline } from "./write-deadline.js";
import { WriteQueue } from "./write-queue.js";

/** How many writes may wait; each kind is counted apart. */
export const mostWaitingWrites = 10_000;

/**
 * Writes go one after the other: each knows what was in the log when it was asked for, decides, and returns when its record is
 * durable and applied.
 */
export class FreshWrites {
  readonly #timers: World["timers"];
  readonly #store: SchemaStore;
  readonly #timeoutMs: number;
  readonly #leadership: Leadership;
  readonly #queue = new WriteQueue(mostWaitingWrites);
  #requested = 0;
  /** The election after which the log was read to its end. */
  #term = 0;
  /** The state holds all that was in the log when this write was requested, and those before it. */
  #freshFor = 0;

  constructor(world: Pick<World, "timers">, store: SchemaStore, timeoutMs: number, leadership: Leadership) {
    this.#leadership = leadership;
    this.#timers = world.timers;
    this.#store = store;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * A write that is asked for now: its place among all writes, and the time it may take.
   *
   * @throws NotLeaderError where another server writes.
   */
  request(): { readonly requested: number; readonly deadline: WriteDeadline } {
    this.#leadership.check();
    this.#requested += 1;
    return { requested: this.#requested, deadline: new WriteDeadline(this.#timers, this.#timeoutMs) };
  }

  /** Runs a write in its turn, on a state that is fresh for it. */
  async write<T>(decide: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { requested, deadline } = this.request();
    try {
      return await this.#queue.run(async () => {
        deadline.signal.throwIfAborted();
        this.#leadership.check();
        await this.freshen(requested, deadline.signal);
        return decide(deadline.signal);
      });
    } finally {
      deadline.cancel();
    }
  }

  /** Runs what freshens the state itself, in its turn. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    return this.#queue.run(task);
  }

  /** Reads the log to its end, once for all writes that were waiting by then. */
  async freshen(requested: number, signal: AbortSignal): Promise<void> {
    if (this.#freshFor >= requested) return;
    const reached = this.#requested;
    const { terms } = this.#leadership;
    await this.#store.caughtUp(signal);
    // The first write after an election: the leader before has written what is read by now, and writes nothing more.
    if (terms > this.#term) {
      this.#term = terms;
      this.#store.standAlone?.();
    }
    this.#freshFor = reached;
  }
}
