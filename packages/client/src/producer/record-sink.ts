import { KafkaClosedError } from "../errors/kafka-closed-error.js";
import { onAbort } from "../world/on-abort.js";
import type { RecordMetadata, SendOutcome } from "./record-metadata.js";

/** Who is told what became of a record; told once. */
export interface RecordSink {
  delivered(metadata: RecordMetadata): void;
  failed(error: Error): void;
  /** Nobody waits any more: a record that has not left is not to be sent. */
  readonly isWithdrawn?: boolean;
}

type Resolve = (metadata: RecordMetadata) => void;
type Reject = (error: Error) => void;

// One executor for all promises, so that a send costs no closure of ours: it leaves both functions here, and whoever
// made the promise picks them up at once.
let madeResolve: Resolve;
let madeReject: Reject;
const keep = (resolve: Resolve, reject: Reject): void => {
  madeResolve = resolve;
  madeReject = reject;
};

/** A promise for one record, which `signal` withdraws: then it rejects with the signal's reason. */
export class PendingSend implements RecordSink {
  readonly promise: Promise<RecordMetadata> = new Promise<RecordMetadata>(keep);
  readonly #resolve = madeResolve;
  readonly #reject = madeReject;
  readonly #release: (() => void) | undefined;
  #isWithdrawn = false;

  constructor(signal: AbortSignal | undefined) {
    if (signal === undefined) return;
    if (signal.aborted) this.#withdraw(signal.reason);
    else this.#release = onAbort(signal, () => this.#withdraw(signal.reason));
  }

  get isWithdrawn(): boolean {
    return this.#isWithdrawn;
  }

  delivered(metadata: RecordMetadata): void {
    this.#release?.();
    this.#resolve(metadata);
  }

  failed(error: Error): void {
    this.#release?.();
    this.#reject(error);
  }

  #withdraw(reason: Error): void {
    this.#isWithdrawn = true;
    this.#reject(reason);
  }
}

/** One promise for the outcomes of many records, in the order they were given; withdrawn as a {@link PendingSend}. */
export class PendingBatch {
  readonly promise: Promise<readonly SendOutcome[]>;
  readonly #outcomes: SendOutcome[];
  readonly #release: (() => void) | undefined;
  #isWithdrawn = false;
  #left: number;
  #resolve: (outcomes: readonly SendOutcome[]) => void = () => {};
  #reject: (reason: Error) => void = () => {};

  constructor(count: number, signal: AbortSignal | undefined) {
    this.#outcomes = new Array<SendOutcome>(count);
    this.#left = count;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (signal?.aborted) this.#withdraw(signal.reason);
    else if (count === 0) this.#resolve([]);
    else this.#release = signal && onAbort(signal, () => this.#withdraw(signal.reason));
  }

  get isWithdrawn(): boolean {
    return this.#isWithdrawn;
  }

  sink(index: number): RecordSink {
    return new BatchSlot(this, index);
  }

  settle(index: number, outcome: SendOutcome): void {
    this.#outcomes[index] = outcome;
    this.#left -= 1;
    if (this.#left > 0) return;
    this.#release?.();
    this.#resolve(this.#outcomes);
  }

  #withdraw(reason: Error): void {
    this.#isWithdrawn = true;
    this.#reject(reason);
  }
}

class BatchSlot implements RecordSink {
  readonly #batch: PendingBatch;
  readonly #index: number;

  constructor(batch: PendingBatch, index: number) {
    this.#batch = batch;
    this.#index = index;
  }

  get isWithdrawn(): boolean {
    return this.#batch.isWithdrawn;
  }

  delivered(metadata: RecordMetadata): void {
    this.#batch.settle(this.#index, { status: "delivered", metadata });
  }

  failed(error: Error): void {
    this.#batch.settle(this.#index, { status: "failed", error });
  }
}

/** What a withdrawn record is settled with: its caller was told the signal's reason, and hears no more. */
export const withdrawn = (): Error => new KafkaClosedError("withdrawn before it was sent");
