import type { ClientWorld } from "../cluster/cluster.js";

const longestTurnMs = 5;

/** How a loop over records waits: for news, and now and then for everything else in the process. */
export class LoopTurns {
  readonly #world: Pick<ClientWorld, "clock" | "timers">;
  #hasNews = false;
  #turnBeganAt = 0;
  #wakers: (() => void)[] = [];

  constructor(world: Pick<ClientWorld, "clock" | "timers">) {
    this.#world = world;
  }

  /** Whether anything was told since the loop last {@link LoopTurns.look}ed: then it should look again before it waits. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** There may be something to look at. */
  tell(): void {
    this.#hasNews = true;
    for (const wake of this.#wakers.splice(0)) wake();
  }

  /** The loop begins to look: what is told from now on is news. */
  look(): void {
    this.#hasNews = false;
  }

  /** Resolves at the next news. */
  async news(): Promise<void> {
    await new Promise<void>((resolve) => this.#wakers.push(resolve));
    this.#turnBeganAt = this.#world.clock.monotonic();
  }

  /** Whether the loop may go on without looking or waiting: nothing was told, and nobody else's turn is due `now`. */
  mayGoOn(now: number): boolean {
    return !this.#hasNews && now - this.#turnBeganAt < longestTurnMs;
  }

  /**
   * Lets sockets and timers have their turn now and then: a loop over what is in the buffers is nothing but microtasks, and
   * neither the next fetch nor a heartbeat would go out before they are empty.
   */
  async breathe(): Promise<void> {
    const { clock, timers } = this.#world;
    if (clock.monotonic() - this.#turnBeganAt < longestTurnMs) return;
    await new Promise<void>((resolve) => timers.endOfTurn(resolve));
    this.#turnBeganAt = clock.monotonic();
  }
}
