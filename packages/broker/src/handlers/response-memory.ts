import type { MetricCounters } from "../broker-metrics.js";

/**
 * Bytes of records on their way to consumers, of all connections together. When they are over the limit, because many peers ask
 * for much and read little, fetches get one batch at a time: everybody goes on, and memory stays bounded.
 */
export class ResponseMemory {
  readonly #limit: number;
  readonly #metrics: MetricCounters;
  #held = 0;

  constructor(limit: number, metrics: MetricCounters) {
    this.#limit = limit;
    this.#metrics = metrics;
  }

  /** Bytes that may be read now. */
  get room(): number {
    return Math.max(this.#limit - this.#held - this.#metrics.bytesUnsent, 0);
  }

  /** Counts bytes that were read and are not with a socket yet. */
  hold(bytes: number): void {
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}
