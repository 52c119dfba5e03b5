import type { Timer, Timers } from "../timers.js";

// Node fires at once, with a warning, for a delay beyond 2^31 - 1 ms or below 0.
const longestDelayMs = 2 ** 31 - 1;
const clamp = (delayMs: number): number => Math.min(Math.max(delayMs, 0), longestDelayMs);

class NodeTimer implements Timer {
  readonly #handle: NodeJS.Timeout;

  constructor(handle: NodeJS.Timeout) {
    this.#handle = handle;
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}

// Captured when this module loads: a test runner's fake timers replace the globals, and a broker or client inside
// that test must go on living.
const { setTimeout: startTimeout, clearTimeout, setImmediate: startImmediate } = globalThis;

export const nodeTimers: Timers = Object.freeze({
  after: (delayMs: number, callback: () => void) => new NodeTimer(startTimeout(callback, clamp(delayMs))),
  idle: (delayMs: number, callback: () => void) => new NodeTimer(startTimeout(callback, clamp(delayMs)).unref()),
  endOfTurn: (callback: () => void) => {
    startImmediate(callback);
  },
});
