import type { Timer } from "@ottla/world";
import type { ClientWorld } from "../cluster/cluster.js";

/** What a poll interval asks of the consumer it is of. */
export interface PollIntervalHost {
  /** Since when the application has been busy with what it was given, in monotonic time; undefined while it waits for more. */
  busySince(): number | undefined;
  /** It has been busy for too long. */
  overdue(): void;
}

/** Watches that the application asks for records often enough (`max.poll.interval.ms`). */
export class PollInterval {
  readonly #world: Pick<ClientWorld, "clock" | "timers">;
  readonly #limitMs: number;
  readonly #host: PollIntervalHost;
  #timer: Timer | undefined;

  constructor(world: Pick<ClientWorld, "clock" | "timers">, limitMs: number, host: PollIntervalHost) {
    this.#world = world;
    this.#limitMs = limitMs;
    this.#host = host;
  }

  get isOverdue(): boolean {
    return this.#busyMs() >= this.#limitMs;
  }

  start(): void {
    this.#watch(this.#limitMs);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #busyMs(): number {
    const since = this.#host.busySince();
    return since === undefined ? 0 : this.#world.clock.monotonic() - since;
  }

  #watch(delayMs: number): void {
    this.#timer = this.#world.timers.after(delayMs, () => {
      const { isOverdue } = this;
      if (isOverdue) this.#host.overdue();
      this.#watch(Math.max(1, this.#limitMs - (isOverdue ? 0 : this.#busyMs())));
    });
  }
}
