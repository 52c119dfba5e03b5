import { nodeWorld, type Timer, type Timers } from "@ottla/world";

/** Real timers that know how many are set. A request that sets one to give up, and cancels it when answered, is counted so. */
export class CountedTimers implements Timers {
  readonly idle = nodeWorld.timers.idle;
  readonly endOfTurn = nodeWorld.timers.endOfTurn;
  readonly #pending = new Set<Timer>();

  get pending(): number {
    return this.#pending.size;
  }

  after(delayMs: number, callback: () => void): Timer {
    const real = nodeWorld.timers.after(delayMs, () => {
      this.#pending.delete(timer);
      callback();
    });
    const timer: Timer = {
      cancel: () => {
        this.#pending.delete(timer);
        real.cancel();
      },
    };
    this.#pending.add(timer);
    return timer;
  }
}
