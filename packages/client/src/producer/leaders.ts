import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import { type Backoff, backoffMs } from "../network/backoff.js";
import { delay } from "../world/delay.js";

/** Looks for the leaders of topics: one request at a time for all of them, paced by the backoff. */
export class Leaders {
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #backoff: Backoff;
  readonly #signal: AbortSignal;
  readonly #onNews: () => void;
  readonly #wanted = new Set<string>();
  #search: Promise<void> | undefined;

  constructor(world: ClientWorld, cluster: Cluster, backoff: Backoff, signal: AbortSignal, onNews: () => void) {
    this.#world = world;
    this.#cluster = cluster;
    this.#backoff = backoff;
    this.#signal = signal;
    this.#onNews = onNews;
  }

  /** Asks for a topic's metadata; `onNews` runs when there is an answer. */
  lookFor(topic: string): void {
    this.#wanted.add(topic);
    this.#search ??= this.#start();
  }

  /** Resolves when no request is under way. */
  async idle(): Promise<void> {
    await this.#search;
  }

  #start(): Promise<void> {
    return this.#run().finally(() => {
      // A topic may have been added after the last look at what is wanted.
      this.#search = this.#wanted.size > 0 && !this.#signal.aborted ? this.#start() : undefined;
    });
  }

  async #run(): Promise<void> {
    // Wait a turn, so that topics which lost their leader together are asked for together.
    await Promise.resolve();
    for (let rounds = 1; this.#wanted.size > 0 && !this.#signal.aborted; rounds++) {
      const topics = [...this.#wanted];
      this.#wanted.clear();
      try {
        await this.#cluster.refresh(topics, { signal: this.#signal });
      } catch {
        // Whoever still has no leader, or fails at the old one, asks again.
      }
      this.#onNews();
      const { timers, random } = this.#world;
      await delay(timers, backoffMs(this.#backoff, rounds, random), this.#signal).catch(() => {});
    }
  }
}
