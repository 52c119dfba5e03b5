import type { Clock } from "@ottla/world";
import type { ClientWorld } from "../../cluster/cluster.js";
import type { Assignment } from "../assignment.js";
import type { ConsumerHealth, ConsumerLag, PartitionState } from "../consumer-health.js";
import type { ConsumerSettings } from "../consumer-options.js";
import type { AssignedPartition } from "../fetch/assigned-partition.js";
import type { Fetcher } from "../fetch/fetcher.js";
import type { Membership } from "../manual-membership.js";
import type { RecordFeed } from "../record-feed.js";
import type { PartitionSight } from "./stalls.js";
import { Watchdog } from "./watchdog.js";

/** What is watched. */
export interface WatchedParts {
  readonly assignment: Assignment;
  readonly fetcher: Fetcher;
  readonly feed: RecordFeed;
  /** When the handler that runs longest for a partition began, in monotonic time. */
  busySinceOf(partition: AssignedPartition): number | undefined;
}

const offsetOf = (value: number | undefined): bigint | undefined =>
  value === undefined || value < 0 ? undefined : BigInt(value);

/** Looks at a consumer's partitions: for `health()` and `lag()` when asked, for stalls now and then. */
export class PartitionWatch {
  readonly #clock: Clock;
  readonly #settings: ConsumerSettings;
  readonly #parts: WatchedParts;
  readonly #watchdog: Watchdog;

  constructor(world: ClientWorld, settings: ConsumerSettings, parts: WatchedParts) {
    this.#clock = world.clock;
    this.#settings = settings;
    this.#parts = parts;
    this.#watchdog = new Watchdog(world, settings.stalls, {
      partitions: () => parts.assignment.partitions,
      sightOf: (partition) => this.#sightOf(partition),
      changed: (partition, stall, forMs) => this.#tell(partition, stall, forMs),
    });
  }

  start(): void {
    this.#watchdog.start();
  }

  stop(): void {
    this.#watchdog.stop();
  }

  health({ status, confirmedAt }: Pick<Membership, "status" | "confirmedAt">, hasNotFailed: boolean): ConsumerHealth {
    const partitions = [...this.#parts.assignment.partitions].map((assigned) => {
      const { topic, partition, position, committed } = assigned;
      const stall = this.#watchdog.stallOf(assigned);
      const state = this.#stateOf(assigned, stall);
      const lag = offsetOf(lagOf(assigned));
      return { topic, partition, state, stall, position: offsetOf(position), committed: offsetOf(committed), lag };
    });
    const isIn = status !== "outside" && status !== "ended" && confirmedAt !== undefined;
    const confirmedMs = isIn ? this.#clock.monotonic() - confirmedAt : undefined;
    const isKnown = confirmedMs === undefined || confirmedMs <= this.#confirmationMs(status);
    const getsOn = partitions.every(({ state }) => state !== "stalled" && state !== "failed");
    const isHealthy = hasNotFailed && isKnown && getsOn;
    return { membership: status, confirmedMs, isHealthy, stalls: this.#watchdog.count, partitions };
  }

  lag(): readonly ConsumerLag[] {
    return [...this.#parts.assignment.partitions].map((assigned) => {
      const { topic, partition, highWatermark } = assigned;
      return { topic, partition, lag: offsetOf(lagOf(assigned)), highWatermark: offsetOf(highWatermark) };
    });
  }

  /** How long a group may take to say that it knows a member: one that joins may have to wait for the others. */
  #confirmationMs(status: ConsumerHealth["membership"]): number {
    const { sessionTimeoutMs, rebalanceTimeoutMs } = this.#settings;
    const isJoining = status === "joining" || status === "syncing";
    return sessionTimeoutMs + (isJoining ? rebalanceTimeoutMs : 0);
  }

  #stateOf(partition: AssignedPartition, stall: "fetch" | "handler" | undefined): PartitionState {
    if (partition.failure !== undefined) return "failed";
    if (stall !== undefined) return "stalled";
    if (partition.isHalted) return "revoking";
    if (partition.position === undefined) return "starting";
    if (partition.isPaused) return "paused";
    const isWaiting = partition.running === 0 && partition.retrying > 0;
    return isWaiting || this.#parts.feed.isEarly(partition) ? "waiting" : "reading";
  }

  #sightOf(partition: AssignedPartition): PartitionSight {
    const { position, isHalted, isPaused, failure, bufferedBytes, readableEnd, answeredAt } = partition;
    const { partitionMaxBytes, bufferBytes } = this.#settings.fetch;
    const hasRoom = bufferedBytes < partitionMaxBytes && this.#parts.fetcher.bufferedBytes < bufferBytes / 2;
    return {
      position,
      wantsRecords: hasRoom && !isHalted && !isPaused && failure === undefined,
      isBehind: position === undefined || readableEnd < 0 ? undefined : readableEnd > position,
      answeredAt,
      handlerSince: this.#parts.busySinceOf(partition),
    };
  }

  #tell(assigned: AssignedPartition, stall: "fetch" | "handler" | undefined, forMs: number): void {
    const { topic, partition, position } = assigned;
    if (stall === undefined) {
      this.#settings.onEvent({ kind: "stallEnded", topic, partition });
      return;
    }
    const lag = offsetOf(lagOf(assigned));
    this.#settings.onEvent({ kind: "stalled", topic, partition, stall, forMs, position: offsetOf(position), lag });
  }
}

/** Records behind the high watermark that are not done. */
function lagOf({ highWatermark, doneUpTo }: AssignedPartition): number | undefined {
  return highWatermark < 0 || doneUpTo === undefined ? undefined : Math.max(0, highWatermark - doneUpTo);
}
