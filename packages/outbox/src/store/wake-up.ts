/** A bell that may be rung at any time; listeners hear it in the order they came. */
export class WakeUp {
  readonly #listeners = new Set<() => void>();

  /** Rings. Bound, so that it can be handed on. */
  readonly ring = (): void => {
    for (const listener of this.#listeners) listener();
  };

  /** Answers a function that stops the listening. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
