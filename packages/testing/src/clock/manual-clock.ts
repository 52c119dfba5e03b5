import { type Clock, type Duration, durationMs, nodeWorld, type Timers } from "@ottla/world";
import { ManualTimers } from "./manual-timers.js";
import { type Motion, settle } from "./settle.js";

/**
 * Time that passes when a test says so, for a broker and its clients together. Sockets stay real: whatever was sent before time
 * goes on has arrived and been answered.
 */
export class ManualClock implements Clock {
  readonly #timers = new ManualTimers(() => this.#monotonic);
  readonly #motions: Motion[] = [];
  #monotonic = 0;
  #wallAhead: number;
  #last: Promise<unknown> = Promise.resolve();

  /** @param startAt - The wall clock's first reading; the real time by default. */
  constructor(startAt: Date | number = nodeWorld.clock.now()) {
    this.#wallAhead = wallTime(startAt);
  }

  /** Milliseconds since the Unix epoch, as records get them for their timestamps. */
  now(): number {
    return Math.floor(this.#wallAhead + this.#monotonic);
  }

  /** Milliseconds that have passed. */
  monotonic(): number {
    return this.#monotonic;
  }

  /** The timers that follow this clock. */
  get timers(): Timers {
    return this.#timers;
  }

  /** Timers that wait for time to pass. */
  get pendingTimers(): number {
    return this.#timers.pending;
  }

  /** Has {@link ManualClock.settle} wait for something else as well: whatever `motion` names. */
  observe(motion: Motion): void {
    this.#motions.push(motion);
  }

  /**
   * Sets the wall clock, forwards or back, as an administrator or NTP does. No time passes: no timer fires for it.
   *
   * @throws TypeError when it is no time.
   */
  setTime(time: Date | number): void {
    this.#wallAhead = wallTime(time) - this.#monotonic;
  }

  /** Resolves when all that can happen without time passing has happened. */
  settle(): Promise<void> {
    return this.#inTurn(() => this.#settle());
  }

  /**
   * Lets time pass: timers fire one instant after the other, each at its time, and what they set off has happened before the next
   * does. Calls that overlap are carried out one after the other.
   */
  advance(duration: Duration): Promise<void> {
    const ms = durationMs(duration);
    return this.#inTurn(async () => {
      const until = this.#monotonic + ms;
      await this.#settle();
      while (this.#timers.nextAt <= until) await this.#step(this.#timers.nextAt);
      this.#monotonic = until;
    });
  }

  /**
   * Lets time pass at once, as for a machine that was asleep: what became due fires, each timer once, at the end of it. Days of
   * retention pass as fast as a second; sessions and requests that waited are over.
   */
  jump(duration: Duration): Promise<void> {
    const ms = durationMs(duration);
    return this.#inTurn(async () => {
      await this.#settle();
      await this.#step(this.#monotonic + ms);
    });
  }

  /**
   * Lets as much time pass as `promise` needs, instant by instant, and answers what it does.
   *
   * @param within - Rejects when it is not settled after this much time. Default one hour.
   */
  until<T>(promise: PromiseLike<T>, within: Duration = "1h"): Promise<T> {
    const ms = durationMs(within);
    return this.#inTurn(async () => {
      const deadline = this.#monotonic + ms;
      let isDone = false;
      const done = () => {
        isDone = true;
      };
      promise.then(done, done);
      for (await this.#settle(); !isDone; await this.#step(this.#timers.nextAt)) {
        if (this.#timers.nextAt > deadline) {
          const reason = this.#timers.pending === 0 ? "no timer is set that could settle it" : `${ms} ms have passed`;
          throw new Error(`The promise is not settled, and ${reason}`);
        }
      }
      return promise;
    });
  }

  async #step(to: number): Promise<void> {
    this.#monotonic = Math.max(this.#monotonic, to);
    this.#timers.fireDue();
    await this.#settle();
  }

  #settle(): Promise<void> {
    return settle(() => {
      if (this.#timers.isBusy) return "the end of a turn";
      for (const motion of this.#motions) {
        const moving = motion();
        if (moving !== undefined) return moving;
      }
      return undefined;
    });
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#last.then(action);
    this.#last = result.catch(() => {});
    return result;
  }
}

function wallTime(time: Date | number): number {
  const ms = Number(time);
  if (!Number.isSafeInteger(ms)) throw new TypeError(`${String(time)} is no time: give a Date or milliseconds`);
  return ms;
}
