import { RegistryRefusal } from "./registry-refusal.js";

/** Runs one task after the other, in the order asked for; one that fails does not stop those behind it. */
export class WriteQueue {
  readonly #capacity: number;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#capacity) throw new RegistryRefusal(429, `${this.#waiting} writes are waiting already`);
    this.#waiting += 1;
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => {});
    try {
      return await result;
    } finally {
      this.#waiting -= 1;
    }
  }
}
