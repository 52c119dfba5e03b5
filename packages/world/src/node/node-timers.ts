// From the module, not the globals: a test runner's fake timers replace those, often before this module loads, and a broker or
// client inside that test must go on living.
import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import type { Timer, Timers } from "../timers.js";

// Node fires at once, with a warning, for a delay beyond 2^31 - 1 ms.
const longestDelayMs = 2 ** 31 - 1;

class NodeTimer implements Timer {
  #handle: NodeJS.Timeout;

  constructor(delayMs: number, callback: () => void, keepsAlive: boolean) {
    const arm = (leftMs: number): NodeJS.Timeout => {
      const stepMs = Math.min(Math.max(leftMs, 0), longestDelayMs);
      const handle = setTimeout(() => {
        if (leftMs > stepMs) this.#handle = arm(leftMs - stepMs);
        else callback();
      }, stepMs);
      return keepsAlive ? handle : handle.unref();
    };
    this.#handle = arm(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}

export const nodeTimers: Timers = Object.freeze({
  after: (delayMs: number, callback: () => void) => new NodeTimer(delayMs, callback, true),
  idle: (delayMs: number, callback: () => void) => new NodeTimer(delayMs, callback, false),
  endOfTurn: (callback: () => void) => {
    setImmediate(callback);
  },
});
