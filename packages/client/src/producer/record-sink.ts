import { abortable } from "../world/abortable.js";
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

/** A promise for one record. */
export class PendingSend implements RecordSink {
  readonly promise: Promise<RecordMetadata> = new Promise<RecordMetadata>(keep);
  readonly #resolve = madeResolve;
  readonly #reject = madeReject;
  isWithdrawn = false;

  delivered(metadata: RecordMetadata): void {
    this.#resolve(metadata);
  }

  failed(error: Error): void {
    this.#reject(error);
  }
}

/** One promise for the outcomes of many records, in the order they were given. */
export class PendingBatch {
  readonly promise: Promise<readonly SendOutcome[]>;
  isWithdrawn = false;
  readonly #outcomes: SendOutcome[];
  #left: number;
  readonly #resolve: (outcomes: readonly SendOutcome[]) => void;

  constructor(count: number) {
    this.#outcomes = new Array<SendOutcome>(count);
    this.#left = count;
    let made: (outcomes: readonly SendOutcome[]) => void = () => {};
    this.promise = new Promise((resolve) => {
      made = resolve;
    });
    this.#resolve = made;
    if (count === 0) made([]);
  }

  sink(index: number): RecordSink {
    return new BatchSlot(this, index);
  }

  settle(index: number, outcome: SendOutcome): void {
    this.#outcomes[index] = outcome;
    this.#left -= 1;
    if (this.#left === 0) this.#resolve(this.#outcomes);
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

/** What `pending` promises, unless `signal` aborts first: then it is withdrawn, and rejects with the signal's reason. */
export function unlessWithdrawn<T>(
  pending: { readonly promise: Promise<T>; isWithdrawn: boolean },
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return pending.promise;
  const withdraw = (): void => {
    pending.isWithdrawn = true;
  };
  if (signal.aborted) withdraw();
  signal.addEventListener("abort", withdraw, { once: true });
  return abortable(pending.promise, signal).finally(() => signal.removeEventListener("abort", withdraw));
}
