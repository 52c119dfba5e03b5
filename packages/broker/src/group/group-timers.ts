import type { Timer, Timers } from "@ottla/world";
import type { GroupEffect, GroupEvent } from "./group-event.js";

/**
 * The timers of one group, started and stopped by the effects of its steps; what fires is an event of the group. A request that came
 * before a timer fired is seen before that event, and may stop it.
 */
export class GroupTimers {
  readonly #timers: Timers;
  readonly #fire: (event: GroupEvent) => void;
  readonly #running = new Map<string, Timer>();

  constructor(timers: Timers, fire: (event: GroupEvent) => void) {
    this.#timers = timers;
    this.#fire = fire;
  }

  run(effect: GroupEffect): void {
    switch (effect.kind) {
      case "startJoinTimer":
        this.#start("join", effect.delayMs, { kind: "joinTimerFired" });
        break;
      case "stopJoinTimer":
        this.#stop("join");
        break;
      case "startSyncTimer":
        this.#start("sync", effect.delayMs, { kind: "syncTimerFired" });
        break;
      case "stopSyncTimer":
        this.#stop("sync");
        break;
      case "startSession":
        this.#start(sessionOf(effect.memberId), effect.delayMs, { kind: "sessionExpired", memberId: effect.memberId });
        break;
      case "stopSession":
        this.#stop(sessionOf(effect.memberId));
        break;
      case "answer":
      case "persist":
        break;
    }
  }

  stopAll(): void {
    for (const timer of this.#running.values()) timer.cancel();
    this.#running.clear();
  }

  #start(name: string, delayMs: number, event: GroupEvent): void {
    this.#stop(name);
    const timer = this.#timers.idle(Math.max(delayMs, 0), () => {
      // After a while without a processor this runs before heartbeats and joins that came in time were read.
      this.#timers.endOfTurn(() => {
        if (this.#running.get(name) !== timer) return;
        this.#running.delete(name);
        this.#fire(event);
      });
    });
    this.#running.set(name, timer);
  }

  #stop(name: string): void {
    this.#running.get(name)?.cancel();
    this.#running.delete(name);
  }
}

const sessionOf = (memberId: string) => `session ${memberId}`;
