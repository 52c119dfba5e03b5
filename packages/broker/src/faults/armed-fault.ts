import type { ApiName, RequestOf } from "@ottla/protocol";
import type { ApiNamed } from "./api-named.js";
import type { Fault, FaultHit } from "./fault.js";
import type { FaultAction } from "./fault-action.js";
import type { FaultMatch } from "./fault-match.js";

interface Waiter {
  readonly times: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

// Hits hold their requests, records included; a fault that strikes all day must not keep them all.
const keptHits = 1000;

/** A fault as the broker sees it. */
export class ArmedFault<N extends ApiName = ApiName> implements Fault<N> {
  readonly api: N;
  readonly match: FaultMatch<N>;
  readonly action: FaultAction;
  readonly #onRemove: () => void;
  readonly #removal = new AbortController();
  readonly #hits: FaultHit<N>[] = [];
  #waiters: Waiter[] = [];
  #count = 0;
  #skipped = 0;

  constructor(api: N, match: FaultMatch<N>, action: FaultAction, onRemove: () => void) {
    this.api = api;
    this.match = match;
    this.action = action;
    this.#onRemove = onRemove;
  }

  get count(): number {
    return this.#count;
  }

  get hits(): readonly FaultHit<N>[] {
    return this.#hits;
  }

  /** Aborted when it is removed: whatever it holds is let go then. */
  get removed(): AbortSignal {
    return this.#removal.signal;
  }

  get isSpent(): boolean {
    return this.removed.aborted || this.#count >= (this.match.times ?? Number.POSITIVE_INFINITY);
  }

  whenHit(times = 1): Promise<void> {
    if (this.#count >= times) return Promise.resolve();
    if (this.isSpent) return Promise.reject(this.#never(times));
    const hit = new Promise<void>((resolve, reject) => this.#waiters.push({ times, resolve, reject }));
    // A test that no longer waits when its broker closes has not failed for that.
    hit.catch(() => {});
    return hit;
  }

  remove(): void {
    if (this.removed.aborted) return;
    this.#removal.abort();
    this.#onRemove();
    this.#giveUp();
  }

  /** Whether a request may be struck, as far as the limits tell that are not about parts of it. */
  fits({ api, version, clientId, request }: FaultHit): boolean {
    const { match } = this;
    return (
      api === this.api &&
      !this.isSpent &&
      (match.version === undefined || match.version === version) &&
      (match.clientId === undefined || match.clientId === clientId) &&
      (match.when === undefined || match.when(request as RequestOf<ApiNamed<N>>))
    );
  }

  /** Counts a request that fits; answers whether it is struck, or let through as one of the first `skip`. */
  strike(hit: FaultHit): boolean {
    if (this.#skipped < (this.match.skip ?? 0)) {
      this.#skipped += 1;
      return false;
    }
    this.#count += 1;
    this.#hits.push(hit as FaultHit<N>);
    if (this.#hits.length > keptHits) this.#hits.shift();
    const waiters = this.#waiters;
    this.#waiters = waiters.filter(({ times }) => times > this.#count);
    for (const { times, resolve } of waiters) if (times <= this.#count) resolve();
    if (this.isSpent) this.#giveUp();
    return true;
  }

  #giveUp(): void {
    for (const { times, reject } of this.#waiters.splice(0)) reject(this.#never(times));
  }

  #never(times: number): Error {
    return new Error(`The fault on ${this.api} ended after ${this.#count} hits, before hit ${times}`);
  }
}
