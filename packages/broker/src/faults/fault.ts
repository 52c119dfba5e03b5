import type { ApiName, RequestOf } from "@ottla/protocol";
import type { ApiNamed } from "./api-named.js";

/** A request that a fault struck. */
export interface FaultHit<N extends ApiName = ApiName> {
  readonly api: N;
  readonly version: number;
  readonly clientId: string | null;
  readonly request: RequestOf<ApiNamed<N>>;
}

/** A fault that was set: what it has struck, and the way to take it away. */
export interface Fault<N extends ApiName = ApiName> {
  readonly api: N;
  /** How many requests it struck. */
  readonly count: number;
  /** The requests it struck, oldest first; the last 1,000 of them. */
  readonly hits: readonly FaultHit<N>[];
  /** Whether it will strike no more: it did so `times` times, or was removed. */
  readonly isSpent: boolean;
  /** Resolves when it has struck `times` requests in all; rejects when it is spent before, as by the end of the broker. */
  whenHit(times?: number): Promise<void>;
  /** Takes it away and lets go of what it holds: a delay is over, and a connection that waits for a lost answer is closed. */
  remove(): void;
}
