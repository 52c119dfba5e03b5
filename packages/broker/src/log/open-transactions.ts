import type { ProducerEntry } from "./producer-state.js";

interface Span {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Offset of the marker that ended it; it holds consumers back until that is below the high watermark. */
  markerOffset: number | undefined;
}

/** The transactions that hold back the last stable offset, oldest first. */
export class OpenTransactions {
  #spans: Span[] = [];
  // Of the spans, those that wait for the high watermark alone.
  #ended = 0;

  constructor(entries: Iterable<ProducerEntry> = []) {
    for (const { producerId, transactionFirstOffset } of entries) {
      if (transactionFirstOffset >= 0) this.#begin(producerId, transactionFirstOffset);
    }
  }

  /** Takes in a producer's entry as it is after its batch that ends with `lastOffset`. */
  note({ producerId, transactionFirstOffset }: ProducerEntry, lastOffset: number): void {
    const open = this.#spans.find((span) => span.producerId === producerId && span.markerOffset === undefined);
    if (transactionFirstOffset < 0) {
      if (open === undefined) return;
      open.markerOffset = lastOffset;
      this.#ended += 1;
    } else if (open === undefined) {
      this.#begin(producerId, transactionFirstOffset);
    }
  }

  /** Forgets what ended below the high watermark: nobody may ever ask for the last stable offset of a log that is only written. */
  forgetBelow(highWatermark: number): void {
    if (this.#ended === 0) return;
    this.#spans = this.#spans.filter(({ markerOffset }) => markerOffset === undefined || markerOffset >= highWatermark);
    this.#ended = this.#spans.filter(({ markerOffset }) => markerOffset !== undefined).length;
  }

  lastStableOffset(highWatermark: number): number {
    this.forgetBelow(highWatermark);
    return Math.min(highWatermark, this.#spans[0]?.firstOffset ?? highWatermark);
  }

  /** How many it remembers. */
  get size(): number {
    return this.#spans.length;
  }

  #begin(producerId: number, firstOffset: number): void {
    this.#spans.push({ producerId, firstOffset, markerOffset: undefined });
    this.#spans.sort((a, b) => a.firstOffset - b.firstOffset);
  }
}
