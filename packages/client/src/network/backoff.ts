import type { Random } from "@ottla/world";

/** How long to wait between tries: doubling from `baseMs` up to `maxMs`, each time varied by a fifth either way. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** The wait after `failures` failures in a row (1 or more), in milliseconds. */
export function backoffMs({ baseMs, maxMs }: Backoff, failures: number, random: Random): number {
  const exponential = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return exponential * (0.8 + 0.4 * random.next());
}
