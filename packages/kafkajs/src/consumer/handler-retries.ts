import type { ClientWorld } from "@ottla/client";
import type { RetryOptions } from "../config/kafka-config.js";
import { initialRetryMs } from "../config/retry.js";
import { KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded } from "../errors/kafkajs-errors.js";

/** Mistakes in a program, which are the same the next time. */
const mistakes = new Set(["RangeError", "ReferenceError", "SyntaxError", "TypeError"]);

/** What becomes of a message whose handler failed. */
export class HandlerRetries {
  readonly #world: Pick<ClientWorld, "random">;
  readonly #retry: RetryOptions;

  constructor(world: Pick<ClientWorld, "random">, retry: RetryOptions) {
    this.#world = world;
    this.#retry = retry;
  }

  /** How long to wait before the next attempt, or with what the consumer crashes, after so many attempts before this one. */
  after(thrown: unknown, failuresBefore: number): number | Error {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const { retries = 5, multiplier = 2, factor = 0.2, maxRetryTime = 30_000 } = this.#retry;
    const isFinal = mistakes.has(error.name) || ("retriable" in error && error.retriable === false);
    if (isFinal) return new KafkaJSNonRetriableError(error, { cause: error });
    const waitMs = Math.min(maxRetryTime, initialRetryMs(this.#retry) * multiplier ** failuresBefore);
    if (failuresBefore >= retries) {
      return new KafkaJSNumberOfRetriesExceeded(error, { retryCount: failuresBefore, retryTime: waitMs });
    }
    const spread = factor * (2 * this.#world.random.next() - 1);
    return Math.max(1, Math.ceil(waitMs * (1 + spread)));
  }
}
