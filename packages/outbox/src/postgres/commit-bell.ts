import type { Timer, World } from "@ottla/world";
import type { Queryable } from "./postgres-driver.js";

/**
 * Wakes the relays of other processes after commits: at most one NOTIFY in `gapMs`, outside every business transaction.
 * NOTIFY inside them would have Postgres commit them one after the other.
 */
export class CommitBell {
  readonly #channel: string;
  readonly #world: Pick<World, "timers">;
  readonly #gapMs: number;
  #resting: Timer | undefined;
  #isRungMeanwhile = false;

  constructor(channel: string, world: Pick<World, "timers">, gapMs = 10) {
    this.#channel = channel;
    this.#world = world;
    this.#gapMs = gapMs;
  }

  ring(database: Queryable): void {
    if (this.#resting !== undefined) {
      this.#isRungMeanwhile = true;
      return;
    }
    this.#isRungMeanwhile = false;
    // What cannot be told is found by the relays' own poll.
    database.query("select pg_notify($1::text, '')", [this.#channel]).catch(() => {});
    this.#resting = this.#world.timers.idle(this.#gapMs, () => {
      this.#resting = undefined;
      if (this.#isRungMeanwhile) this.ring(database);
    });
  }
}
