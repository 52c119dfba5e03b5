/** Spreads work evenly over time: so many turns a second, catching up after a delay. */
export class Pace {
  readonly #intervalMs: number;
  readonly #startedAt = performance.now();
  #turns = 0;

  constructor(perSecond: number) {
    this.#intervalMs = 1000 / perSecond;
  }

  async next(): Promise<void> {
    this.#turns += 1;
    const waitMs = this.#startedAt + this.#turns * this.#intervalMs - performance.now();
    await new Promise<void>((resolve) => (waitMs > 1 ? setTimeout(resolve, waitMs) : setImmediate(resolve)));
  }
}
