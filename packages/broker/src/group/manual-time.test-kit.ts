import type { Clock, Timer, Timers } from "@ottla/world";

/** Time that passes when a test says so. */
export class ManualTime implements Clock, Timers {
  #now: number;
  readonly #pending = new Set<{ readonly at: number; readonly callback: () => void }>();

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry = { at: this.#now + delayMs, callback };
    this.#pending.add(entry);
    return { cancel: () => this.#pending.delete(entry) };
  }

  idle(delayMs: number, callback: () => void): Timer {
    return this.after(delayMs, callback);
  }

  endOfTurn(callback: () => void): void {
    queueMicrotask(callback);
  }

  /** How many callbacks wait. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Runs what becomes due, in order, and lets what follows from it happen. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settled();
      const [next] = [...this.#pending].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#pending.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = until;
    await settled();
  }
}

/** Resolves when all promises that can go on without time or input have gone on. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
