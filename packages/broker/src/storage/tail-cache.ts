/** Whole record batches, as they lie in the segment. */
export interface TailChunk {
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly bytes: Buffer;
}

// What the objects around a chunk cost; a cache of tiny batches would else hold many times its budget.
const chunkOverheadBytes = 256;

/** The most recently appended bytes of all logs, within one budget: the oldest chunk goes first, whosever it is. */
export class TailCache {
  readonly #budgetBytes: number;
  #heldBytes = 0;
  // Oldest first, from #head on.
  #order: { readonly tail: TailBuffers; readonly chunk: TailChunk }[] = [];
  #head = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  add(tail: TailBuffers, chunk: TailChunk): void {
    tail.push(chunk);
    this.#order.push({ tail, chunk });
    this.#heldBytes += chunk.bytes.length + chunkOverheadBytes;
    while (this.#heldBytes > this.#budgetBytes) this.#dropOldest();
  }

  #dropOldest(): void {
    const oldest = this.#order[this.#head];
    if (oldest === undefined) return;
    this.#heldBytes -= oldest.chunk.bytes.length + chunkOverheadBytes;
    oldest.tail.dropOldest();
    this.#head += 1;
    if (this.#head * 2 > this.#order.length) {
      this.#order = this.#order.slice(this.#head);
      this.#head = 0;
    }
  }
}

/** The end of one log, as far as it is in memory: chunks without a gap between them. */
export class TailBuffers {
  #chunks: TailChunk[] = [];
  #head = 0;
  #hiddenBefore = 0;

  /** What is below is not to be read from here any more: compaction changed it. It goes when its time comes. */
  hideBefore(offset: number): void {
    this.#hiddenBefore = Math.max(this.#hiddenBefore, offset);
  }

  push(chunk: TailChunk): void {
    this.#chunks.push(chunk);
  }

  dropOldest(): void {
    this.#head += 1;
    if (this.#head * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#head);
      this.#head = 0;
    }
  }

  /** The chunks from the one that holds `offset` on; nothing when it is not here. */
  *from(offset: number): Generator<TailChunk, void, undefined> {
    if (offset < this.#hiddenBefore) return;
    let low = this.#head;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle]?.nextOffset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    if ((this.#chunks[low]?.baseOffset ?? Number.POSITIVE_INFINITY) > offset) return;
    for (let index = low; index < this.#chunks.length; index += 1) {
      const chunk = this.#chunks[index];
      if (chunk !== undefined) yield chunk;
    }
  }
}
