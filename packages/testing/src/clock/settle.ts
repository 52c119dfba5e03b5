import { nodeWorld } from "@ottla/world";

/** Says, in words, what is on its way; `undefined` when it knows of nothing. */
export type Motion = () => string | undefined;

// What is on its way is asked for, not guessed. The turns that must be quiet in a row are for what cannot be asked: a test's own
// code that goes on in a later turn, the closing of a handle, a foreign client's answer.
const quietTurns = 5;
const longestMs = 10_000;

/**
 * Resolves when all that can happen without time passing has happened: nothing is on its way, for several turns of the event
 * loop. Nothing is slept for, so this takes microseconds when nothing happens.
 *
 * @throws Error when something is on its way for ten seconds of real time.
 */
export async function settle(motion: Motion): Promise<void> {
  const { clock, timers } = nodeWorld;
  const began = clock.monotonic();
  for (let quiet = 0; quiet < quietTurns; ) {
    await new Promise<void>((resolve) => timers.endOfTurn(resolve));
    const moving = motion();
    quiet = moving === undefined ? quiet + 1 : 0;
    if (moving !== undefined && clock.monotonic() - began > longestMs) {
      throw new Error(`Not settled in ${longestMs} ms: still on its way is ${moving}`);
    }
  }
}
