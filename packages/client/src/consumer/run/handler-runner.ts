import type { ClientWorld } from "../../cluster/cluster.js";
import { backoffMs } from "../../network/backoff.js";
import { delay } from "../../world/delay.js";
import { HandlerError } from "../consumer-errors.js";
import type { ConsumerEvent } from "../consumer-events.js";
import type { ConsumerRecord } from "../consumer-record.js";
import type { FedRecord } from "../record-feed.js";
import { partitionKey } from "../topic-partition.js";
import { Lanes } from "./lanes.js";
import type { RunSettings } from "./run-options.js";

/** What `run` was given for a topic, without its types. */
export type AnyHandler = (record: ConsumerRecord) => void | Promise<void>;

/** What a runner asks of the consumer it is of. */
export interface RunnerHost {
  readonly onEvent: (event: ConsumerEvent) => void;
  /** Whether or not it is done, nobody works on the record any more. */
  finished(fed: FedRecord, isDone: boolean): void;
  /** A handler failed for good: nothing more is handled. */
  failed(): void;
}

/** Records taken ahead of free places, so that a lane that waits does not leave places empty. */
const aheadPerPlace = 16;

/** Calls handlers: side by side, in order within a lane, again after a failure. */
export class HandlerRunner {
  readonly #world: ClientWorld;
  readonly #settings: RunSettings;
  readonly #host: RunnerHost;
  readonly #lanes: Lanes;
  readonly #stopping = new AbortController();
  /** When each running handler began; the first is the oldest. */
  readonly #running = new Set<{ readonly since: number }>();
  #failure: HandlerError | undefined;

  constructor(world: ClientWorld, settings: RunSettings, host: RunnerHost) {
    this.#world = world;
    this.#settings = settings;
    this.#host = host;
    this.#lanes = new Lanes(settings.concurrency);
  }

  /** Why nothing more is handled. */
  get failure(): HandlerError | undefined {
    return this.#failure;
  }

  /** When the handler that runs longest began, in monotonic time. */
  get busySince(): number | undefined {
    const [oldest] = this.#running;
    return oldest?.since;
  }

  add(fed: FedRecord, handler: AnyHandler): void {
    this.#lanes.add(this.#laneOf(fed), () => this.#handle(fed, handler));
  }

  /** Resolves when there is room for another record. */
  room(): Promise<void> | undefined {
    const limit = this.#settings.concurrency * aheadPerPlace;
    return this.#lanes.pending < limit ? undefined : this.#lanes.below(limit);
  }

  /** Handles nothing more from now on: what has not begun stays undone. */
  halt(): void {
    this.#stopping.abort();
  }

  /** Halts, and resolves when nothing is being handled. */
  async stop(): Promise<void> {
    this.halt();
    await this.#lanes.below(1);
  }

  #laneOf({ partition, record }: FedRecord): string | undefined {
    if (this.#settings.orderBy === "partition") return partitionKey(partition);
    return record.rawKey === null ? undefined : `${partitionKey(partition)}/${record.rawKey.toString("latin1")}`;
  }

  async #handle(fed: FedRecord, handler: AnyHandler): Promise<void> {
    if (!this.#isWanted(fed)) return;
    const { clock } = this.#world;
    const call = { since: clock.monotonic() };
    this.#running.add(call);
    fed.partition.running += 1;
    const isDone = await this.#attempt(fed, handler);
    fed.partition.running -= 1;
    this.#running.delete(call);
    this.#host.finished(fed, isDone);
  }

  #isWanted({ partition }: FedRecord): boolean {
    return !partition.isHalted && !this.#stopping.signal.aborted;
  }

  async #attempt(fed: FedRecord, handler: AnyHandler): Promise<boolean> {
    const { attempts, backoff } = this.#settings;
    const { record } = fed;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await handler(record);
        return true;
      } catch (error) {
        if (!this.#isWanted(fed)) return false;
        const { topic, partition, offset } = record;
        if (attempt >= attempts) {
          this.#failure ??= new HandlerError({ topic, partition, offset }, attempts, error);
          this.#stopping.abort();
          this.#host.failed();
          return false;
        }
        this.#host.onEvent({ kind: "handlerRetry", topic, partition, offset, attempt, error });
      }
      try {
        await delay(this.#world.timers, backoffMs(backoff, attempt, this.#world.random), this.#stopping.signal);
      } catch {
        return false;
      }
      if (!this.#isWanted(fed)) return false;
    }
  }
}
