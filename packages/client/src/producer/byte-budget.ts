/** Something that waits for room. */
interface Waiter<T> {
  readonly bytes: number;
  readonly entry: T;
}

/**
 * A number of bytes that may be held at a time. Who finds no room waits in line, and nobody passes by: else a large record
 * could wait for ever, and records of one partition could overtake each other.
 */
export class ByteBudget<T> {
  readonly #limit: number;
  readonly #admit: (entry: T, bytes: number) => void;
  #waiting: Waiter<T>[] = [];
  #used = 0;

  /** @param admit - Called when there is room for an entry that had to wait; takes it by {@link ByteBudget.take}, or drops it. */
  constructor(limit: number, admit: (entry: T, bytes: number) => void) {
    this.#limit = limit;
    this.#admit = admit;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** Those who wait, first in line first. */
  get waiting(): readonly T[] {
    return this.#waiting.map(({ entry }) => entry);
  }

  /** Takes `bytes` if there is room and nobody waits. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.length > 0 || !this.#hasRoom(bytes)) return false;
    this.#used += bytes;
    return true;
  }

  /** Takes `bytes` whether there is room or not. */
  take(bytes: number): void {
    this.#used += bytes;
  }

  wait(bytes: number, entry: T): void {
    this.#waiting.push({ bytes, entry });
  }

  release(bytes: number): void {
    this.#used -= bytes;
    let admitted = 0;
    while (admitted < this.#waiting.length) {
      const { bytes: wanted, entry } = this.#waiting[admitted] as Waiter<T>;
      if (!this.#hasRoom(wanted)) break;
      admitted += 1;
      this.#admit(entry, wanted);
    }
    if (admitted > 0) this.#waiting = this.#waiting.slice(admitted);
  }

  /** Takes those out of line that `isDone` names. */
  drop(isDone: (entry: T) => boolean): void {
    this.#waiting = this.#waiting.filter(({ entry }) => !isDone(entry));
  }

  // One entry always fits, however small the budget.
  #hasRoom(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#limit;
  }
}
