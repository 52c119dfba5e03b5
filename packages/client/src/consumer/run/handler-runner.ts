import type { ClientWorld } from "../../cluster/cluster.js";
import { channels, type HandlerWork, traced } from "../../telemetry/channels.js";
import type { ConsumerEvent } from "../consumer-events.js";
import type { ConsumerRecord } from "../consumer-record.js";
import type { AssignedPartition } from "../fetch/assigned-partition.js";
import type { FedRecord } from "../record-feed.js";
import { partitionKey } from "../topic-partition.js";
import { Lanes, type Place } from "./lanes.js";
import type { OwnCode } from "./own-code.js";
import type { RunSettings } from "./run-options.js";

/** What `run` was given for a topic, without its types. */
export type AnyHandler = (record: ConsumerRecord) => void | Promise<void>;

/** What became of a record: handled, taken care of elsewhere, or neither. */
export type Outcome = "handled" | "diverted" | "undone";

/** What a runner asks of the consumer it is of. */
export interface RunnerHost {
  /** Empty for a consumer without a group. */
  readonly groupId: string;
  readonly onEvent: (event: ConsumerEvent) => void;
  readonly ownCode: OwnCode;
  /** A handler is about to be called for the record. */
  begun(fed: FedRecord): void;
  /** Nobody works on the record any more. */
  finished(fed: FedRecord, outcome: Outcome): void;
  /** Its handler has failed `failures` times, for good: resolves when the record is taken care of. */
  divert(record: ConsumerRecord, error: unknown, failures: number): Promise<void>;
  /** A partition may be read again, or nothing more is handled: whoever waits looks. */
  changed(): void;
}

/** Records taken ahead of free places, so that a lane that waits does not leave places empty. */
const aheadPerPlace = 16;

interface Call {
  readonly partition: AssignedPartition;
  readonly since: number;
}

interface Waiting {
  readonly isOver: () => boolean;
  readonly end: () => void;
}

/** Calls handlers: side by side, in order within a lane, again after a failure. */
export class HandlerRunner {
  readonly #world: ClientWorld;
  readonly #settings: RunSettings;
  readonly #host: RunnerHost;
  readonly #lanes: Lanes;
  readonly #limit: number;
  readonly #stopping = new AbortController();
  /** The handlers that run; the first began first. */
  readonly #calls = new Set<Call>();
  readonly #waiting = new Set<Waiting>();
  readonly #try: (fed: FedRecord, handler: AnyHandler) => Promise<{ readonly error: unknown } | undefined>;
  #failure: { readonly error: unknown } | undefined;

  constructor(world: ClientWorld, settings: RunSettings, host: RunnerHost) {
    this.#world = world;
    this.#settings = settings;
    this.#host = host;
    this.#lanes = new Lanes(settings.concurrency);
    this.#limit = settings.concurrency * aheadPerPlace;
    this.#try = host.ownCode.named(async ({ record }: FedRecord, handler: AnyHandler) => {
      try {
        if (!channels.handler.hasSubscribers) await handler(record);
        else
          await this.#traced(
            record,
            host.ownCode.named(async () => handler(record)),
          );
        return undefined;
      } catch (error) {
        return { error };
      }
    });
  }

  /** Lets subscribers see the call, and put something around it. */
  #traced(record: ConsumerRecord, call: () => Promise<void>): Promise<void> {
    const work: HandlerWork = { record, groupId: this.#host.groupId };
    return traced(channels.handler, this.#world.clock, work, () =>
      work.around === undefined ? call() : work.around(call),
    );
  }

  /** Why nothing more is handled. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** When the handler that runs longest began, in monotonic time. */
  get busySince(): number | undefined {
    const [oldest] = this.#calls;
    return oldest?.since;
  }

  /** As {@link HandlerRunner.busySince}, of one partition. */
  busySinceOf(partition: AssignedPartition): number | undefined {
    for (const call of this.#calls) if (call.partition === partition) return call.since;
    return undefined;
  }

  add(fed: FedRecord, handler: AnyHandler): void {
    const { partition } = fed;
    partition.ahead += 1;
    if (partition.ahead >= this.#limit) partition.isCrowded = true;
    this.#lanes.add(this.#laneOf(fed), (place) => this.#handle(fed, handler, place));
  }

  /** Resolves when there is room for another record; undefined when there is. */
  room(): Promise<void> | undefined {
    return this.#lanes.moving < this.#limit ? undefined : this.#lanes.room(this.#limit);
  }

  /** Something of a partition has changed: who waits for that looks. */
  look(): void {
    for (const waiting of [...this.#waiting]) if (waiting.isOver()) waiting.end();
  }

  /** Handles nothing more from now on: what has not begun stays undone. */
  halt(): void {
    this.#stopping.abort();
    this.look();
  }

  /** Halts, and resolves when nothing is being handled. */
  async stop(): Promise<void> {
    this.halt();
    await this.#lanes.empty();
  }

  #over(partition: AssignedPartition): void {
    partition.ahead -= 1;
    if (!partition.isCrowded || partition.ahead >= this.#limit) return;
    partition.isCrowded = false;
    this.#host.changed();
  }

  #laneOf({ partition, record }: FedRecord): string | undefined {
    switch (this.#settings.orderBy) {
      case "partition":
        return partitionKey(partition);
      case "key":
        return record.rawKey === null ? undefined : `${partitionKey(partition)}/${record.rawKey.toString("latin1")}`;
      case "none":
        return undefined;
    }
  }

  #isWanted({ partition, handed }: FedRecord): boolean {
    const { isHalted, failure } = partition;
    return !isHalted && failure === undefined && partition.isCurrent(handed) && !this.#stopping.signal.aborted;
  }

  async #handle(fed: FedRecord, handler: AnyHandler, place: Place): Promise<void> {
    const { partition } = fed;
    for (let failures = 1; this.#isWanted(fed); failures += 1) {
      while (partition.isPaused && this.#isWanted(fed)) await place.aside(this.#wait(fed, () => !partition.isPaused));
      if (!this.#isWanted(fed)) break;
      const call = { partition, since: this.#world.clock.monotonic() };
      this.#calls.add(call);
      partition.running += 1;
      this.#host.begun(fed);
      const failed = await this.#try(fed, handler);
      const outcome = failed === undefined ? "handled" : await this.#failed(fed, failed.error, failures);
      partition.running -= 1;
      this.#calls.delete(call);
      this.#host.finished(fed, typeof outcome === "number" ? "undone" : outcome);
      if (typeof outcome !== "number") break;
      partition.retrying += 1;
      await place.aside(this.#wait(fed, () => false, outcome));
      partition.retrying -= 1;
    }
    this.#over(partition);
  }

  /** What becomes of a record whose handler has thrown; a number is how long it waits for the next call. */
  async #failed(fed: FedRecord, error: unknown, failures: number): Promise<Outcome | number> {
    if (!this.#isWanted(fed)) return "undone";
    const { topic, partition, offset } = fed.record;
    const { attempts, isWorthIt, delayMs } = this.#settings.retry;
    try {
      if (failures < attempts && isWorthIt(error)) {
        const waitMs = delayMs(failures, this.#world.random);
        this.#host.onEvent({ kind: "handlerRetry", topic, partition, offset, attempt: failures, error });
        return waitMs;
      }
      await this.#host.divert(fed.record, error, failures);
      return "diverted";
    } catch (thrown) {
      // Given up meanwhile: it comes again, to whoever has the partition then.
      if (!this.#isWanted(fed)) return "undone";
      this.#failure ??= { error: thrown };
      this.halt();
      this.#host.changed();
      return "undone";
    }
  }

  /** Resolves when the record is no longer wanted, or `isOver`, or after `delayMs`. */
  #wait(fed: FedRecord, isOver: () => boolean, delayMs?: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const waiting: Waiting = {
        isOver: () => isOver() || !this.#isWanted(fed),
        end: () => {
          timer?.cancel();
          this.#waiting.delete(waiting);
          resolve();
        },
      };
      this.#waiting.add(waiting);
      const timer = delayMs === undefined ? undefined : this.#world.timers.after(delayMs, waiting.end);
    });
  }
}
