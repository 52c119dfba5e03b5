import type { Timer } from "@ottla/world";
import type { ClientWorld } from "../../cluster/cluster.js";
import type { AssignedPartition } from "../fetch/assigned-partition.js";
import { lookAt, type PartitionSight, type PartitionWatch, type StallLimits } from "./stalls.js";

/** What a watchdog asks of the consumer it is of. */
export interface WatchdogHost {
  partitions(): Iterable<AssignedPartition>;
  sightOf(partition: AssignedPartition): PartitionSight;
  /** A partition has begun or ceased to stall. */
  changed(partition: AssignedPartition, stall: "fetch" | "handler" | undefined, forMs: number): void;
}

/** How many looks there are before the shorter limit is over. */
const looks = 4;

/** Looks now and then whether each partition gets on, by what has come of it and not by what the client believes of itself. */
export class Watchdog {
  readonly #world: Pick<ClientWorld, "clock" | "timers">;
  readonly #limits: StallLimits;
  readonly #host: WatchdogHost;
  #watches = new Map<AssignedPartition, PartitionWatch>();
  #timer: Timer | undefined;
  #count = 0;

  constructor(world: Pick<ClientWorld, "clock" | "timers">, limits: StallLimits, host: WatchdogHost) {
    this.#world = world;
    this.#limits = limits;
    this.#host = host;
  }

  /** Stalls so far. */
  get count(): number {
    return this.#count;
  }

  stallOf(partition: AssignedPartition): "fetch" | "handler" | undefined {
    return this.#watches.get(partition)?.stall;
  }

  start(): void {
    const everyMs = Math.min(this.#limits.fetchMs, this.#limits.handlerMs) / looks;
    this.#timer = this.#world.timers.idle(everyMs, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const now = this.#world.clock.monotonic();
    const watches = new Map<AssignedPartition, PartitionWatch>();
    for (const partition of this.#host.partitions()) {
      const before = this.#watches.get(partition);
      const sight = this.#host.sightOf(partition);
      const watch = lookAt(before, sight, now, this.#limits);
      watches.set(partition, watch);
      if (watch.stall === before?.stall) continue;
      if (watch.stall !== undefined) this.#count += 1;
      const since = watch.stall === "handler" ? (sight.handlerSince ?? now) : watch.fetchSince;
      this.#host.changed(partition, watch.stall, now - since);
    }
    this.#watches = watches;
  }
}
