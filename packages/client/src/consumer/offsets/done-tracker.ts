/** A record that was handed out, until it is done. */
export interface Delivery {
  /** Who keeps book of it: another one once its partition is read anew. */
  readonly tracker: DoneTracker;
  readonly offset: number;
  isDone: boolean;
  /** Begun with, by somebody who has to say that it is done. */
  isOpen: boolean;
}

const mostLeftOver = 1_024;

/**
 * How far a partition is done. Records are handed out in order and finish in any; only what has nothing unfinished before
 * it may be committed.
 *
 *     handed out   7 8 9 12 13        (10 and 11 were compacted away)
 *     done         ✓ ✓ . ✓  ✓         committable 9: a restart handles 12 and 13 again
 */
export class DoneTracker {
  // Those from #head to #tail; what stands behind is left over, and written over: an array that is emptied allocates anew.
  readonly #deliveries: Delivery[] = [];
  #head = 0;
  #tail = 0;
  #committable: number;
  #passed = 0;
  #open = 0;

  /** @param position - The offset that reading begins at. */
  constructor(position: number) {
    this.#committable = position;
  }

  /** Everything below this offset is done: what a commit says. */
  get committable(): number {
    return this.#committable;
  }

  /** Records handed out, and not below {@link DoneTracker.committable}. */
  get outstanding(): number {
    return this.#tail - this.#head;
  }

  /** Records that were begun and are neither done nor given up. */
  get open(): number {
    return this.#open;
  }

  /** A record is handed out; offsets must rise. */
  deliver(offset: number): Delivery {
    const delivery: Delivery = { tracker: this, offset, isDone: false, isOpen: false };
    this.#deliveries[this.#tail] = delivery;
    this.#tail += 1;
    return delivery;
  }

  /** Somebody begins with a record, and has to say that it is done. */
  begin(delivery: Delivery): void {
    if (delivery.isOpen || delivery.isDone) return;
    delivery.isOpen = true;
    this.#open += 1;
  }

  /** Nobody will say any more that a record is done. */
  giveUp(delivery: Delivery): void {
    if (!delivery.isOpen) return;
    delivery.isOpen = false;
    this.#open -= 1;
  }

  /** A record is done; a second time changes nothing. */
  complete(delivery: Delivery): void {
    this.giveUp(delivery);
    delivery.isDone = true;
    while (this.#head < this.#tail) {
      const first = this.#deliveries[this.#head];
      if (first === undefined || !first.isDone) break;
      this.#committable = first.offset + 1;
      this.#head += 1;
    }
    // Emptied in bulk, so that a record costs no shifting of the others.
    if (this.#head === this.#tail) {
      if (this.#tail > mostLeftOver) this.#deliveries.length = 0;
      this.#head = 0;
      this.#tail = 0;
      this.#committable = Math.max(this.#committable, this.#passed);
    } else if (this.#head > mostLeftOver) {
      this.#deliveries.splice(0, this.#head);
      this.#tail -= this.#head;
      this.#head = 0;
    }
  }

  /**
   * Reading has come to `position`, and found nothing to hand out since the last delivery: control records, aborted ones,
   * gaps of compaction. Once nothing is outstanding that may be committed, so that lag comes down to zero.
   */
  pass(position: number): void {
    this.#passed = position;
    if (this.outstanding === 0) this.#committable = Math.max(this.#committable, position);
  }
}
