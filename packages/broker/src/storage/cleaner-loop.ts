import type { Timer, Timers } from "@ottla/world";
import type { BrokerConfig } from "../config/broker-config.js";
import type { CleanerLimits } from "../log/compaction/cleaning-plan.js";
import type { Logger } from "../logger.js";
import type { LogStore } from "./log-store.js";

/** Compacts a store's logs round after round while one is due, then rests for `log.cleaner.backoff.ms`. */
export class CleanerLoop {
  readonly #store: Pick<LogStore, "clean">;
  readonly #config: BrokerConfig;
  readonly #timers: Timers;
  readonly #logger: Logger;
  #timer: Timer | undefined;
  #cleaning: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(
    store: Pick<LogStore, "clean">,
    services: { readonly config: BrokerConfig; readonly world: { readonly timers: Timers }; readonly logger: Logger },
  ) {
    this.#store = store;
    this.#config = services.config;
    this.#timers = services.world.timers;
    this.#logger = services.logger;
  }

  /** Begins after the first rest. Does nothing with `log.cleaner.enable` false. */
  start(): void {
    if (this.#config.get("log.cleaner.enable")) this.#rest();
  }

  /** Resolves when the round under way is over. Close the store for that to be soon. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#cleaning;
  }

  #rest(): void {
    this.#timer = this.#timers.idle(this.#config.get("log.cleaner.backoff.ms"), () => {
      this.#cleaning = this.#clean();
    });
  }

  async #clean(): Promise<void> {
    try {
      while (!this.#isStopped && (await this.#store.clean(this.#limits))) {
        // Another one may be due.
      }
    } catch (error) {
      this.#logger.error("Compaction failed", { error });
    }
    if (!this.#isStopped) this.#rest();
  }

  get #limits(): CleanerLimits {
    return {
      dedupeBufferBytes: this.#config.get("log.cleaner.dedupe.buffer.size"),
      dedupeBufferLoad: this.#config.get("log.cleaner.io.buffer.load.factor"),
      ioBufferBytes: this.#config.get("log.cleaner.io.buffer.size"),
    };
  }
}
