import type { Clock, Timers } from "@ottla/world";

const sliceBytes = 512 * 1024;
const sliceMs = 2;

/** Lets others have their turn: long work on the owner loop is done in slices of about two milliseconds. */
export class Pace {
  readonly #world: { readonly clock: Clock; readonly timers: Timers };
  #bytes = 0;
  #since: number;

  constructor(world: { readonly clock: Clock; readonly timers: Timers }) {
    this.#world = world;
    this.#since = world.clock.monotonic();
  }

  /** Does something when nobody is in the middle of anything but waiting for the disk or the network. */
  inOwnTurn(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#world.timers.endOfTurn(() => {
        try {
          work();
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  /** Says that so many bytes were worked on. Resolves, perhaps after a turn of the event loop, when more may be done. */
  spend(bytes: number): Promise<void> | undefined {
    this.#bytes += bytes;
    const { clock, timers } = this.#world;
    if (this.#bytes < sliceBytes && clock.monotonic() - this.#since < sliceMs) return undefined;
    return new Promise((resolve) => {
      timers.endOfTurn(() => {
        this.#bytes = 0;
        this.#since = clock.monotonic();
        resolve();
      });
    });
  }
}
