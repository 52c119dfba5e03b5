import type { Timer } from "@ottla/world";
import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import type { ConsumerSettings } from "./consumer-options.js";
import { untilAnswered } from "./until-answered.js";

/** What a look-up asks of the consumer it is of. */
export interface PatternLookupHost {
  /** Other topics match than before. */
  changed(): void;
  fail(error: unknown): void;
}

/** Looks now and then which topics match the pattern that a consumer reads; does nothing for one that names its topics. */
export class PatternLookup {
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #host: PatternLookupHost;
  readonly #signal: AbortSignal;
  #timer: Timer | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(
    world: ClientWorld,
    cluster: Cluster,
    settings: ConsumerSettings,
    host: PatternLookupHost,
    signal: AbortSignal,
  ) {
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#host = host;
    this.#signal = signal;
  }

  start(): void {
    const { subscription, patternRefreshMs } = this.#settings;
    if (subscription.pattern === undefined || this.#signal.aborted) return;
    this.#timer = this.#world.timers.after(patternRefreshMs, () => {
      this.#looking = this.#look();
    });
  }

  /** For when the signal has aborted. Resolves when nothing is being looked up any more. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { subscription, onEvent } = this.#settings;
    const signal = this.#signal;
    try {
      const hasChanged = await untilAnswered("topics", this.#world, { onEvent, signal }, () =>
        subscription.look(this.#cluster, signal),
      );
      if (hasChanged) this.#host.changed();
      this.start();
    } catch (error) {
      if (!signal.aborted) this.#host.fail(error);
    }
  }
}
