import type { World } from "@ottla/world";
import { CleaningStopped } from "./cleaning-stopped.js";

/** How fast the work of a round goes on. */
export interface Pace {
  /** Says that so many bytes were worked on. Resolves, perhaps after a turn of the event loop, when more may be done. */
  spend(bytes: number): Promise<void> | undefined;
}

const sliceBytes = 512 * 1024;
const sliceMs = 2;

/** Lets others have their turn: long work on the event loop is done in slices of about two milliseconds. */
export class SlicedPace implements Pace {
  readonly #world: Pick<World, "clock" | "timers">;
  readonly #signal: AbortSignal;
  #bytes = 0;
  #since: number;

  constructor(world: Pick<World, "clock" | "timers">, signal: AbortSignal) {
    this.#world = world;
    this.#signal = signal;
    this.#since = world.clock.monotonic();
  }

  /** @throws {@link CleaningStopped} */
  spend(bytes: number): Promise<void> | undefined {
    if (this.#signal.aborted) throw new CleaningStopped("the round was stopped");
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

/** The pace of a thread that nobody else waits for. */
export const unbroken: Pace = Object.freeze({ spend: () => undefined });
