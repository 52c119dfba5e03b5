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

  constructor(entries: Iterable<ProducerEntry> = []) {
    for (const { producerId, transactionFirstOffset } of entries) {
      if (transactionFirstOffset >= 0) this.#begin(producerId, transactionFirstOffset);
    }
  }

  /** Takes in a producer's entry as it is after its batch that ends with `lastOffset`. */
  note({ producerId, transactionFirstOffset }: ProducerEntry, lastOffset: number): void {
    const open = this.#spans.find((span) => span.producerId === producerId && span.markerOffset === undefined);
    if (transactionFirstOffset < 0) {
      if (open !== undefined) open.markerOffset = lastOffset;
    } else if (open === undefined) {
      this.#begin(producerId, transactionFirstOffset);
    }
  }

  lastStableOffset(highWatermark: number): number {
    if (this.#spans.length === 0) return highWatermark;
    this.#spans = this.#spans.filter(({ markerOffset }) => markerOffset === undefined || markerOffset >= highWatermark);
    return Math.min(highWatermark, this.#spans[0]?.firstOffset ?? highWatermark);
  }

  #begin(producerId: number, firstOffset: number): void {
    this.#spans.push({ producerId, firstOffset, markerOffset: undefined });
    this.#spans.sort((a, b) => a.firstOffset - b.firstOffset);
  }
}
