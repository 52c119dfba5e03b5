/** A pending callback. Cancelling it twice, or after it ran, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Where delayed work is queued. Callbacks must not throw. */
export interface Timers {
  /** Runs `callback` once, `delayMs` or more from now. The process stays alive for it. */
  after(delayMs: number, callback: () => void): Timer;
  /** Like {@link Timers.after}, but does not keep the process alive. */
  idle(delayMs: number, callback: () => void): Timer;
  /** Runs `callback` when what arrived in this turn of the event loop has been handled (Node's `setImmediate`). */
  endOfTurn(callback: () => void): void;
}
