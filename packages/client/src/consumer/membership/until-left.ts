import { errorCodeOf, KafkaProtocolError } from "@ottla/protocol";
import type { ClientWorld, Cluster } from "../../cluster/cluster.js";
import { type Backoff, backoffMs } from "../../network/backoff.js";
import { delay } from "../../world/delay.js";
import type { ConsumerSettings } from "../consumer-options.js";
import { type CoordinatorLink, isTransient } from "./coordinator-link.js";

/** A coordinator that answers nothing must not keep a process from ending. */
const leaveTimeoutMs = 5_000;
const backoff: Backoff = { baseMs: 100, maxMs: 1_000 };

/**
 * Tells the coordinator that a member leaves, again where it has moved or is only coming up: a member that nobody has heard leave holds its
 * partitions until its session ends. Given up after `leaveTimeoutMs`, and when there is no broker to ask where the coordinator is. Never rejects.
 */
export async function untilLeft(
  world: Pick<ClientWorld, "timers" | "random">,
  cluster: Cluster,
  link: CoordinatorLink,
  { onEvent }: Pick<ConsumerSettings, "onEvent">,
  ask: (signal: AbortSignal) => Promise<{ readonly errorCode: number }>,
): Promise<void> {
  const doing = `leave group "${link.groupId}"`;
  const tooLate = new AbortController();
  const timer = world.timers.after(leaveTimeoutMs, () => tooLate.abort());
  const { signal } = tooLate;
  try {
    for (let failures = 1; ; failures += 1) {
      await cluster.coordinatorOf(link.groupId, { signal }).catch((error: unknown) => {
        if (!(error instanceof KafkaProtocolError)) throw error;
      });
      const error = await answered(doing, () => ask(signal));
      if (error === undefined) return;
      if (signal.aborted || !isTransient(error)) throw error;
      link.invalidate();
      onEvent({ kind: "retrying", doing, error });
      await delay(world.timers, backoffMs(backoff, failures, world.random), signal);
    }
  } catch (error) {
    // Nothing depends on it: without it the group notices when the session ends.
    onEvent({ kind: "retrying", doing: `${doing}, given up`, error });
  } finally {
    timer.cancel();
  }
}

/** What was wrong; undefined when the member is out, also when it was before. */
async function answered(doing: string, ask: () => Promise<{ readonly errorCode: number }>): Promise<unknown> {
  try {
    const code = errorCodeOf((await ask()).errorCode);
    const isOut = code === "NONE" || code === "UNKNOWN_MEMBER_ID";
    return isOut ? undefined : new KafkaProtocolError(code, doing);
  } catch (error) {
    return error;
  }
}
