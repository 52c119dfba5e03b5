import type { Segment } from "./segment.js";

/** Keeps the indexes of so many finished segments in memory, those used last. */
export class IndexCache {
  readonly #segments = new Set<Segment>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  touch(segment: Segment): void {
    this.#segments.delete(segment);
    this.#segments.add(segment);
    if (this.#segments.size <= this.#most) return;
    const [oldest] = this.#segments;
    if (oldest === undefined) return;
    this.#segments.delete(oldest);
    oldest.dropIndexes();
  }

  forget(segment: Segment): void {
    this.#segments.delete(segment);
  }
}
