import type { World } from "@ottla/world";

/** For how long a failure of a kind that will not pass at once is remembered. */
export interface MissingAnswers {
  readonly clock: World["clock"];
  readonly forMs: number;
  readonly isMissing: (error: unknown) => boolean;
}

interface Entry<V> {
  readonly value: Promise<V>;
  /** When it is forgotten; set where it failed and is remembered as missing. */
  until?: number;
}

/**
 * Remembers what was fetched, and fetches a key once however many ask for it meanwhile. A failure is told to those who waited
 * and forgotten, or, where it says that there is no such thing, remembered for a short time. Beyond `capacity` the entry that
 * was not asked for longest goes.
 */
export class SingleFlight<K, V> {
  readonly #entries = new Map<K, Entry<V>>();
  readonly #capacity: number;
  readonly #missing: MissingAnswers | undefined;

  constructor(capacity: number, missing?: MissingAnswers) {
    this.#capacity = capacity;
    this.#missing = missing;
  }

  get(key: K, fetch: () => Promise<V>): Promise<V> {
    const known = this.#known(key);
    const entry = known ?? { value: fetch() };
    // A Map keeps the order of insertion: putting an entry back makes it the youngest.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (known === undefined) {
      entry.value.catch((error) => this.#failed(key, entry, error));
      for (const oldest of this.#entries.keys()) {
        if (this.#entries.size <= this.#capacity) break;
        this.#entries.delete(oldest);
      }
    }
    return entry.value;
  }

  /** Forgets what was missing, where something was written meanwhile. */
  forgetMissing(): void {
    for (const [key, { until }] of this.#entries) if (until !== undefined) this.#entries.delete(key);
  }

  #known(key: K): Entry<V> | undefined {
    const entry = this.#entries.get(key);
    const isOver = entry?.until !== undefined && (this.#missing?.clock.now() ?? 0) >= entry.until;
    return isOver ? undefined : entry;
  }

  #failed(key: K, entry: Entry<V>, error: unknown): void {
    if (this.#entries.get(key) !== entry) return;
    const missing = this.#missing;
    if (missing?.isMissing(error)) entry.until = missing.clock.now() + missing.forMs;
    else this.#entries.delete(key);
  }
}
