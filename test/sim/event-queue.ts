/** Something that will happen at a point of virtual time. */
export interface SimEvent {
  readonly at: number;
  /** Decides between events of the same time; then comes `sequence`. */
  readonly rank: number;
  readonly sequence: number;
  readonly label: string;
  run: (() => void) | undefined;
}

const isBefore = (a: SimEvent, b: SimEvent): boolean =>
  a.at !== b.at ? a.at < b.at : a.rank !== b.rank ? a.rank < b.rank : a.sequence < b.sequence;

/** Events by time: a binary heap. A cancelled event stays until its turn and is skipped then. */
export class EventQueue {
  readonly #heap: SimEvent[] = [];

  push(event: SimEvent): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as SimEvent;
      if (!isBefore(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  /** The next event that was not cancelled. */
  peek(): SimEvent | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].run === undefined) this.#take();
    return this.#heap[0];
  }

  pop(): SimEvent | undefined {
    const next = this.peek();
    if (next !== undefined) this.#take();
    return next;
  }

  #take(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const least = right < heap.length && isBefore(heap[right] as SimEvent, heap[left] as SimEvent) ? right : left;
      if (!isBefore(heap[least] as SimEvent, last)) break;
      heap[index] = heap[least] as SimEvent;
      index = least;
    }
    heap[index] = last;
  }
}
