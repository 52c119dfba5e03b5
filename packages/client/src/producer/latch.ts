import type { RecordMetadata } from "./record-metadata.js";
import type { RecordSink } from "./record-sink.js";

/** Resolves once everything it counted is done. */
export class Latch {
  readonly promise: Promise<void>;
  #left = 1;
  #resolve: () => void = () => {};

  constructor() {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  up(): void {
    this.#left += 1;
  }

  down(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#resolve();
  }

  /** `sink`, counted: done when it was told. */
  tap(sink: RecordSink): RecordSink {
    this.up();
    return {
      get isWithdrawn() {
        return sink.isWithdrawn === true;
      },
      delivered: (metadata: RecordMetadata) => {
        sink.delivered(metadata);
        this.down();
      },
      failed: (error: Error) => {
        sink.failed(error);
        this.down();
      },
    };
  }
}
