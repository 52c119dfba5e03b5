import type { FedRecord } from "../record-feed.js";

/** Where a loop's records come from, and what each turn makes of them. */
export interface ReadingLoopSource<R> {
  /** The next record where it is there and nothing stands in its way: most are, and are spared what waiting costs. */
  poll(): FedRecord | undefined;
  /** The next record; undefined at the end. */
  next(): Promise<FedRecord | undefined>;
  /** Those that are given with it. */
  more?(first: FedRecord): readonly FedRecord[];
  /** As what they are given. */
  itemOf(first: FedRecord, more: readonly FedRecord[]): R;
}

/** What a loop asks of the consumer it is over. */
export interface ReadingLoopHost {
  /** Whether the next record is being waited for. */
  isWaiting(): boolean;
  /** The record is given to the loop's body. */
  begun(fed: FedRecord): void;
  /** The body has ended with it. */
  finished(fed: FedRecord, outcome: "handled" | "undone"): void;
  /** The loop is over. Resolves when a consumer that is closing is closed. */
  ended(): Promise<void>;
}

const none: readonly FedRecord[] = Object.freeze([]);

/** A `for await` over a consumer: asking for the next says that what was given is done, leaving does not. */
export class ReadingLoop<R> implements AsyncIterator<R, undefined> {
  readonly #source: ReadingLoopSource<R>;
  readonly #host: ReadingLoopHost;
  #first: FedRecord | undefined;
  #more: readonly FedRecord[] = none;
  #isOver = false;

  constructor(source: ReadingLoopSource<R>, host: ReadingLoopHost) {
    this.#source = source;
    this.#host = host;
  }

  next(): Promise<IteratorResult<R, undefined>> {
    if (this.#host.isWaiting()) {
      return Promise.reject(new Error("the next record was asked for while it was being waited for"));
    }
    this.#settle("handled");
    if (this.#isOver) return this.#end();
    let first: FedRecord | undefined;
    try {
      first = this.#source.poll();
    } catch (error) {
      return this.#failed(error);
    }
    return first === undefined ? this.#waited() : Promise.resolve(this.#give(first));
  }

  async return(): Promise<IteratorResult<R, undefined>> {
    this.#settle("undone");
    if (!this.#isOver) {
      this.#isOver = true;
      // Whoever leaves by `break` does not wait for a consumer that closes.
      void this.#host.ended();
    }
    return { done: true, value: undefined };
  }

  async #waited(): Promise<IteratorResult<R, undefined>> {
    let first: FedRecord | undefined;
    try {
      first = await this.#source.next();
    } catch (error) {
      return this.#failed(error);
    }
    return first === undefined ? this.#end() : this.#give(first);
  }

  #give(first: FedRecord): IteratorResult<R, undefined> {
    const more = this.#source.more?.(first) ?? none;
    const value = this.#source.itemOf(first, more);
    this.#first = first;
    this.#more = more;
    this.#begin(first);
    for (const each of more) this.#begin(each);
    return { done: false, value };
  }

  async #failed(error: unknown): Promise<never> {
    await this.#end();
    throw error;
  }

  #settle(outcome: "handled" | "undone"): void {
    const first = this.#first;
    if (first === undefined) return;
    const more = this.#more;
    this.#first = undefined;
    this.#more = none;
    this.#finish(first, outcome);
    for (const each of more) this.#finish(each, outcome);
  }

  #begin(fed: FedRecord): void {
    fed.partition.running += 1;
    this.#host.begun(fed);
  }

  #finish(fed: FedRecord, outcome: "handled" | "undone"): void {
    fed.partition.running -= 1;
    this.#host.finished(fed, outcome);
  }

  async #end(): Promise<IteratorResult<R, undefined>> {
    if (!this.#isOver) {
      this.#isOver = true;
      await this.#host.ended();
    }
    return { done: true, value: undefined };
  }
}
