import { batchHeaderLength, batchSizeAt, lastOffsetAt } from "./batch-header.js";
import type { ReadOptions, ReadResult } from "./partition-log.js";

/** Gathers whole batches for one read until its limits are met. */
export class BatchCollector {
  readonly #options: ReadOptions;
  readonly #buffers: Buffer[] = [];
  #sizeInBytes = 0;
  /** One past the last offset taken. */
  nextOffset: number;
  isFull = false;

  constructor(from: number, options: ReadOptions) {
    this.#options = options;
    this.nextOffset = from;
  }

  get result(): ReadResult {
    return { buffers: this.#buffers, sizeInBytes: this.#sizeInBytes };
  }

  /** Takes all of `bytes` without looking inside, if it is within the limits. */
  takeWhole(bytes: Buffer, baseOffset: number, nextOffset: number): boolean {
    const fits = this.#sizeInBytes + bytes.length <= this.#options.maxBytes;
    if (!fits || baseOffset < this.nextOffset || nextOffset > this.#options.upTo) return false;
    this.#add(bytes, nextOffset);
    return true;
  }

  /**
   * Takes what it may of the batches in `bytes`, leaving out those below the next offset wanted and one that is not whole.
   * Answers how many bytes it went through.
   */
  take(bytes: Buffer): number {
    let start = 0;
    let at = 0;
    let nextOffset = this.nextOffset;
    while (at + batchHeaderLength <= bytes.length) {
      const size = batchSizeAt(bytes, at);
      if (size === undefined || at + size > bytes.length) break;
      const lastOffset = lastOffsetAt(bytes, at);
      if (lastOffset < this.nextOffset) {
        start = at + size;
      } else {
        const isFirst = this.#sizeInBytes === 0 && at === start;
        const fits = this.#sizeInBytes + (at + size - start) <= this.#options.maxBytes;
        if (lastOffset >= this.#options.upTo || !(fits || (isFirst && this.#options.minOneBatch))) {
          this.isFull = true;
          break;
        }
        nextOffset = lastOffset + 1;
      }
      at += size;
    }
    if (at > start) this.#add(bytes.subarray(start, at), nextOffset);
    return at;
  }

  #add(bytes: Buffer, nextOffset: number): void {
    this.#buffers.push(bytes);
    this.#sizeInBytes += bytes.length;
    this.nextOffset = nextOffset;
  }
}
