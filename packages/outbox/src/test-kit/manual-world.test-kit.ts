import type { Timer, World } from "@ottla/world";

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Time that moves only when it is told to. Randomness from a seed. Turns of the event loop are real. */
export class ManualWorld implements Pick<World, "clock" | "timers" | "random"> {
  #elapsed = 0;
  #order = 0;
  #seed: number;
  readonly #pending = new Set<Pending>();
  /** Added to the wall clock only: a clock that was set. */
  wallSkewMs = 0;

  constructor(seed = 1) {
    this.#seed = seed;
  }

  readonly clock = {
    now: () => 1_700_000_000_000 + this.wallSkewMs + Math.floor(this.#elapsed),
    monotonic: () => this.#elapsed,
  };

  readonly timers = {
    after: (delayMs: number, callback: () => void): Timer => {
      const pending = { at: this.#elapsed + Math.max(delayMs, 0), order: this.#order++, callback };
      this.#pending.add(pending);
      return { cancel: () => this.#pending.delete(pending) };
    },
    idle: (delayMs: number, callback: () => void): Timer => this.timers.after(delayMs, callback),
    endOfTurn: (callback: () => void): void => {
      setImmediate(callback);
    },
  };

  readonly random = {
    next: () => {
      this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
      return this.#seed / 2 ** 32;
    },
    bytes: (length: number) => Uint8Array.from({ length }, () => Math.floor(this.random.next() * 256)),
  };

  /** A second process on the same machine: the same time, other random numbers. */
  sibling(seed: number): ManualWorld {
    const other = new ManualWorld(seed);
    return Object.assign(other, { clock: this.clock, timers: this.timers });
  }

  /** Lets everything run that needs no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves time on, stopping at every timer on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    await this.settle();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#pending.delete(next);
      next.callback();
      await this.settle();
    }
    this.#elapsed = until;
  }

  /** Moves time on until `condition` holds, or fails after `withinMs` of it. */
  async until(condition: () => boolean, withinMs = 10_000): Promise<void> {
    const deadline = this.#elapsed + withinMs;
    await this.settle();
    while (!condition()) {
      const next = this.#next(deadline);
      if (next === undefined) throw new Error(`the condition did not come to hold within ${withinMs} ms`);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#pending.delete(next);
      next.callback();
      await this.settle();
    }
  }

  /** As awaiting `promise`, with time moving on meanwhile. */
  async resolved<T>(promise: Promise<T>, withinMs = 60_000): Promise<T> {
    let isDone = false;
    const watched = promise.finally(() => {
      isDone = true;
    });
    watched.catch(() => {});
    await this.until(() => isDone, withinMs);
    return watched;
  }

  #next(until: number): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.at > until) continue;
      if (next === undefined || pending.at < next.at || (pending.at === next.at && pending.order < next.order))
        next = pending;
    }
    return next;
  }
}
