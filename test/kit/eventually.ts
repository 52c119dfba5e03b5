import { setTimeout as delay } from "node:timers/promises";

export interface EventuallyOptions {
  /** Milliseconds after which to give up (default 15,000). */
  readonly withinMs?: number;
  /** Milliseconds between two looks (default 10). */
  readonly everyMs?: number;
  /** What is waited for, for the error's text. */
  readonly what?: string;
}

/**
 * Waits until `look` answers something other than `undefined` or `false`, and answers that. What it throws counts as "not yet".
 *
 * @throws Error when the time is over, with the last error of `look` as its cause.
 */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { withinMs = 15_000, everyMs = 10, what = "a condition" }: EventuallyOptions = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let cause: unknown;
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for ${what}`, { cause });
    await delay(everyMs);
  }
}
