import { prepareTopic } from "../contract/prepare-topic.js";
import type { Topic } from "../contract/topic.js";

/** Which contracts' serdes are ready. */
export class Contracts {
  readonly #registry: unknown;
  readonly #signal: AbortSignal;
  readonly #prepared = new WeakSet<Topic>();
  readonly #preparing = new Map<Topic, Promise<void>>();

  constructor(registry: unknown, signal: AbortSignal) {
    this.#registry = registry;
    this.#signal = signal;
  }

  isPrepared(topic: Topic): boolean {
    return this.#prepared.has(topic);
  }

  /** Readies a contract once, however many ask. @throws what its serdes throw */
  prepare(topic: Topic): Promise<void> {
    if (this.#prepared.has(topic)) return Promise.resolve();
    let preparing = this.#preparing.get(topic);
    if (preparing === undefined) {
      preparing = this.#prepare(topic).finally(() => this.#preparing.delete(topic));
      this.#preparing.set(topic, preparing);
    }
    return preparing;
  }

  async #prepare(topic: Topic): Promise<void> {
    await prepareTopic(topic, { registry: this.#registry, signal: this.#signal });
    this.#prepared.add(topic);
  }
}
