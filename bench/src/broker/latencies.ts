/** Latencies of one run, each kept: percentiles are exact. */
export class Latencies {
  readonly #values: number[] = [];
  #isSorted = true;

  add(milliseconds: number): void {
    this.#values.push(milliseconds);
    this.#isSorted = false;
  }

  /** @param share - 0.99 for p99. */
  percentile(share: number): number {
    if (!this.#isSorted) this.#values.sort((a, b) => a - b);
    this.#isSorted = true;
    return this.#values[Math.min(this.#values.length - 1, Math.floor(this.#values.length * share))] ?? Number.NaN;
  }
}
