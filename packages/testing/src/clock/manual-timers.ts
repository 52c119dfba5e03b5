import { nodeWorld, type Timer, type Timers } from "@ottla/world";

interface Entry {
  readonly at: number;
  readonly callback: () => void;
}

/** Timers that fire when told to. What is due already when it is asked for fires at the end of the turn, as time has passed for it. */
export class ManualTimers implements Timers {
  readonly #now: () => number;
  // By due time; those of one instant in the order they were set.
  readonly #entries: Entry[] = [];
  #turns = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  after(delayMs: number, callback: () => void): Timer {
    if (delayMs <= 0) return this.#atEndOfTurn(callback);
    const entry = { at: this.#now() + delayMs, callback };
    const behind = this.#entries.findLastIndex(({ at }) => at <= entry.at);
    this.#entries.splice(behind + 1, 0, entry);
    return { cancel: () => this.#remove(entry) };
  }

  idle(delayMs: number, callback: () => void): Timer {
    return this.after(delayMs, callback);
  }

  endOfTurn(callback: () => void): void {
    this.#turns += 1;
    nodeWorld.timers.endOfTurn(() => {
      this.#turns -= 1;
      callback();
    });
  }

  #atEndOfTurn(callback: () => void): Timer {
    let isCancelled = false;
    this.endOfTurn(() => {
      if (!isCancelled) callback();
    });
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  }

  #remove(entry: Entry): void {
    const index = this.#entries.indexOf(entry);
    if (index !== -1) this.#entries.splice(index, 1);
  }

  /** Whether something waits for the end of this turn. */
  get isBusy(): boolean {
    return this.#turns > 0;
  }

  /** When the next timer is due; infinity when none is set. */
  get nextAt(): number {
    return this.#entries[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#entries.length;
  }

  /** Fires, in order, what is due by now; timers set meanwhile wait for the next call unless they are due as well. */
  fireDue(): void {
    for (let next = this.#entries[0]; next !== undefined && next.at <= this.#now(); next = this.#entries[0]) {
      this.#entries.shift();
      next.callback();
    }
  }
}
