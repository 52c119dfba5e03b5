import type { ClientWorld } from "../cluster/cluster.js";
import { backoffMs } from "../network/backoff.js";
import { delay } from "../world/delay.js";
import type { ConsumerEvent } from "./consumer-events.js";
import { isTransient } from "./membership/coordinator-link.js";

const backoff = { baseMs: 100, maxMs: 1_000 };

/** Asks again until there is an answer. @throws what will not pass by itself, or the signal's reason */
export async function untilAnswered<T>(
  doing: string,
  { timers, random }: Pick<ClientWorld, "timers" | "random">,
  { onEvent, signal }: { readonly onEvent: (event: ConsumerEvent) => void; readonly signal: AbortSignal },
  ask: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted || !isTransient(error)) throw error;
      onEvent({ kind: "retrying", doing, error });
    }
    await delay(timers, backoffMs(backoff, failures, random), signal);
  }
}
