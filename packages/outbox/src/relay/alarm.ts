import type { World } from "@ottla/world";

/** One sleeper that can be woken: by {@link Alarm.ring}, or when its time comes. */
export class Alarm {
  readonly #world: Pick<World, "clock" | "timers">;
  #wake: (() => void) | undefined;
  #isRung = false;

  constructor(world: Pick<World, "clock" | "timers">) {
    this.#world = world;
  }

  /** Ends the sleep, or the next one before it begins. */
  readonly ring = (): void => {
    this.#isRung = true;
    this.#wake?.();
  };

  /** Sleeps until `deadline` of the monotonic clock, or until it is rung, and then to the end of the turn: what arrives together is handled together. */
  async sleepUntil(deadline: number): Promise<void> {
    const { clock, timers } = this.#world;
    const delayMs = deadline - clock.monotonic();
    if (!this.#isRung && delayMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = timers.after(Math.ceil(delayMs), resolve);
        this.#wake = () => {
          timer.cancel();
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#isRung = false;
    await new Promise<void>((resolve) => timers.endOfTurn(resolve));
  }
}
