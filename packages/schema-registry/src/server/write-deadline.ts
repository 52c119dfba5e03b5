import type { Timer, World } from "@ottla/world";
import { RegistryRefusal } from "./registry-refusal.js";

/** The time a write may take, from when it was asked for. */
export class WriteDeadline {
  readonly #controller = new AbortController();
  readonly #timer: Timer;

  constructor(timers: World["timers"], timeoutMs: number) {
    this.#timer = timers.after(timeoutMs, () => {
      this.#controller.abort(
        new RegistryRefusal(50002, `Operation timed out: the store took more than ${timeoutMs} ms; it may happen yet`),
      );
    });
  }

  /** Aborts with the answer to give. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  cancel(): void {
    this.#timer.cancel();
  }
}
