import type { Clock } from "@ottla/world";
import type { TransactionState } from "./transaction-state.js";

/**
 * How long the transactions of a shard have been open, by a clock that nobody sets: when the wall clock is set forward they do not
 * all end, and when it is set back none stays open for as long. What was open before this process began has only wall time.
 */
export class TransactionAges {
  readonly #clock: Clock;
  readonly #since = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes in what became of a transactional id, `undefined` when it was forgotten. */
  follow(transactionalId: string, state: TransactionState | undefined): void {
    if (state?.kind !== "ongoing") this.#since.delete(transactionalId);
    else if (!this.#since.has(transactionalId)) {
      // In the future begun: the clock was set back while nobody ran.
      const openForMs = Math.max(0, this.#clock.now() - state.startTimestamp);
      this.#since.set(transactionalId, this.#clock.monotonic() - openForMs);
    }
  }

  /** 0 for what is not open. */
  openForMs(transactionalId: string): number {
    const since = this.#since.get(transactionalId);
    return since === undefined ? 0 : this.#clock.monotonic() - since;
  }
}
