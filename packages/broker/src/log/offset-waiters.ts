interface Waiter {
  readonly offset: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Promises that wait for a growing offset. Almost all come in order, so a sorted queue costs nothing. */
export class OffsetWaiters {
  #waiters: Waiter[] = [];

  wait(offset: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let index = this.#waiters.length;
      while (index > 0 && (this.#waiters[index - 1]?.offset ?? 0) > offset) index -= 1;
      const waiter = { offset, resolve, reject };
      if (index === this.#waiters.length) this.#waiters.push(waiter);
      else this.#waiters.splice(index, 0, waiter);
    });
  }

  /** Resolves everybody who waits for `reached` or less. */
  advance(reached: number): void {
    let count = 0;
    while (count < this.#waiters.length && (this.#waiters[count]?.offset ?? 0) <= reached) count += 1;
    for (const waiter of this.#waiters.splice(0, count)) waiter.resolve();
  }

  /** Rejects everybody who waits for more than `reached`. */
  reject(reached: number, error: Error): void {
    const failed = this.#waiters.filter(({ offset }) => offset > reached);
    this.#waiters = this.#waiters.filter(({ offset }) => offset <= reached);
    for (const waiter of failed) waiter.reject(error);
  }
}
