import { KafkaProtocolError } from "@ottla/protocol";
import { SegmentCorruption } from "./segment.js";

/** Whether a log is of use: deleted, damaged, or in a store that failed, and the errors that say so. */
export class LogHealth {
  /** Set for good when the topic is deleted. */
  isDeleted = false;
  readonly #name: string;
  readonly #store: { readonly failure: KafkaProtocolError | undefined };
  readonly #onFenced: (fence: KafkaProtocolError, cause: SegmentCorruption) => void;
  #fence: KafkaProtocolError | undefined;

  /**
   * @param options.name - What errors call the log.
   * @param options.store - The store that holds it.
   * @param options.corruption - What is wrong with its files, as far as its recovery knows.
   * @param options.onFenced - Called when damage is found later, once.
   */
  constructor(options: {
    readonly name: string;
    readonly store: { readonly failure: KafkaProtocolError | undefined };
    readonly corruption: string | undefined;
    readonly onFenced: (fence: KafkaProtocolError, cause: SegmentCorruption) => void;
  }) {
    this.#name = options.name;
    this.#store = options.store;
    this.#onFenced = options.onFenced;
    if (options.corruption !== undefined) this.#fence = this.storageError(options.corruption);
  }

  /** Damaged: nothing is served until somebody looked at its files. */
  get isFenced(): boolean {
    return this.#fence !== undefined;
  }

  /** Why nothing more is written. */
  get failure(): KafkaProtocolError | undefined {
    return this.isDeleted ? this.deletedError() : (this.#fence ?? this.#store.failure);
  }

  checkWritable(): void {
    const failure = this.failure;
    if (failure !== undefined) throw failure;
  }

  /** What was written before the store failed is still read. */
  checkReadable(): void {
    if (this.isDeleted) throw this.deletedError();
    if (this.#fence !== undefined) throw this.#fence;
  }

  fenceOff(cause: SegmentCorruption): KafkaProtocolError {
    if (this.#fence === undefined) {
      this.#fence = this.storageError(cause.message, cause);
      this.#onFenced(this.#fence, cause);
    }
    return this.#fence;
  }

  /** Runs what reads files, and fences the log off if they are damaged. */
  guard<T>(work: () => T | Promise<T>): T | Promise<T> {
    try {
      const result = work();
      return result instanceof Promise ? result.catch((error: unknown) => this.#rethrow(error)) : result;
    } catch (error) {
      return this.#rethrow(error);
    }
  }

  #rethrow(error: unknown): never {
    if (error instanceof KafkaProtocolError) throw error;
    if (error instanceof SegmentCorruption && !this.isDeleted) throw this.fenceOff(error);
    throw this.storageError("the read failed", error);
  }

  deletedError(): KafkaProtocolError {
    return new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", `${this.#name} was deleted`);
  }

  storageError(what: string, cause?: unknown): KafkaProtocolError {
    return new KafkaProtocolError("KAFKA_STORAGE_ERROR", `${this.#name}: ${what}`, { cause });
  }
}
