import type { Random } from "@ottla/world";

/** Pauses between attempts: doubling from `firstMs` to `longestMs`. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** The pause after `failures` failures in a row, with jitter of a fifth, so that relays do not come back in step. */
export function backoffMs({ firstMs, longestMs }: BackoffOptions, failures: number, random: Random): number {
  const pauseMs = Math.min(firstMs * 2 ** Math.min(failures - 1, 30), longestMs);
  return Math.round(pauseMs * (0.8 + 0.4 * random.next()));
}
