import { HandlerError } from "../consumer-errors.js";
import type { ConsumerRecord } from "../consumer-record.js";
import { deadLetterName } from "../dead-letter/dead-letter-names.js";
import type { FailedRecords } from "../dead-letter/failed-records.js";
import type { RetryTopic } from "../retry/retry-topics.js";
import type { RunSettings } from "./run-options.js";

/** Where records go whose handlers have failed for good: to the next retry topic, and after the last to where `onFailure` says. */
export class FailureRoute {
  readonly #settings: RunSettings;
  readonly #failed: FailedRecords;
  readonly #retryTopics: ReadonlyMap<string, readonly RetryTopic[]>;

  /** @param retryTopics - By origin, in the order in which a record goes through them. */
  constructor(settings: RunSettings, failed: FailedRecords, retryTopics: ReadonlyMap<string, readonly RetryTopic[]>) {
    this.#settings = settings;
    this.#failed = failed;
    this.#retryTopics = retryTopics;
  }

  /** Resolves when the record is taken care of. @throws HandlerError, FailedRecordError */
  async take(record: ConsumerRecord, error: unknown, failures: number): Promise<void> {
    const { onFailure, retry, deadLetters } = this.#settings;
    const { topic, partition, offset, retried } = record;
    const attempt = (retried?.attempts ?? 0) + failures;
    const next = this.#retryTopics.get(topic)?.[retried === undefined ? 0 : retried.stage + 1];
    if (next !== undefined && retry.isWorthIt(error)) {
      await this.#failed.retryLater(record, next, { error, attempt });
    } else if (onFailure === "deadLetter") {
      await this.#failed.deadLetter(record, deadLetterName(deadLetters, topic), { error, attempt });
    } else if (onFailure === "stop") {
      throw new HandlerError({ topic, partition, offset }, attempt, error);
    } else {
      try {
        // The consumer knows contracts only as values; their types are those that it was made with.
        await onFailure({ record: record as never, error, attempts: attempt });
      } catch (thrown) {
        throw new HandlerError({ topic, partition, offset }, attempt, thrown);
      }
    }
  }
}
