/**
 * Remembers what was fetched, and fetches a key once however many ask for it meanwhile. A failure is told to those who
 * waited and forgotten. Beyond `capacity` the entry that was not asked for longest goes.
 */
export class SingleFlight<K, V> {
  readonly #entries = new Map<K, Promise<V>>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: K, fetch: () => Promise<V>): Promise<V> {
    const known = this.#entries.get(key);
    const entry = known ?? fetch();
    // A Map keeps the order of insertion: putting an entry back makes it the youngest.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (known === undefined) {
      entry.catch(() => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      });
      for (const oldest of this.#entries.keys()) {
        if (this.#entries.size <= this.#capacity) break;
        this.#entries.delete(oldest);
      }
    }
    return entry;
  }
}
