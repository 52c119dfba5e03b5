import type { ClientWorld } from "../../cluster/cluster.js";
import type { PoisonPolicy } from "../consumer-options.js";
import { LoopTurns } from "../loop-turns.js";
import type { FedRecord } from "../record-feed.js";

/** What a source asks of the consumer it is of. */
export interface RecordSourceHost {
  /** Readies what is read, and joins. Asked again when it has rejected. */
  start(): Promise<void>;
  /** A member that was put out because its application was busy joins again, once it is busy no longer. */
  rejoin(): void;
  /** The failure of a partition that the application is to be told. */
  takeFailure(): Error | undefined;
  /** A record, if one is there. */
  poll(onPoison: PoisonPolicy): FedRecord | undefined;
}

const neverStopped = (): boolean => false;

/** Where a loop or a run has its records from, one by one: starts the consumer when first asked, and waits for what comes. */
export class RecordSource {
  readonly #world: ClientWorld;
  readonly #host: RecordSourceHost;
  readonly #closed: AbortSignal;
  readonly #turns: LoopTurns;
  #starting: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isPolling = false;
  #polledAt = 0;

  /** @param closed - Aborts when the consumer closes: then nothing comes any more. */
  constructor(world: ClientWorld, host: RecordSourceHost, closed: AbortSignal) {
    this.#world = world;
    this.#host = host;
    this.#closed = closed;
    this.#turns = new LoopTurns(world);
  }

  /** Whether a record is being waited for. */
  get isPolling(): boolean {
    return this.#isPolling;
  }

  /** Since when the application has been busy with what it was given, in monotonic time; undefined while it waits for more. */
  get busySince(): number | undefined {
    return this.#isPolling ? undefined : this.#polledAt;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /**
   * The next record where it is there, and nothing was told since {@link RecordSource.next} last looked: no failure, no change of the
   * assignment, no close. Most records are had so, and are spared what waiting costs; undefined says that `next` has to see.
   */
  poll(onPoison: PoisonPolicy): FedRecord | undefined {
    const now = this.#world.clock.monotonic();
    if (!this.#turns.mayGoOn(now)) return undefined;
    this.#polledAt = now;
    return this.#host.poll(onPoison);
  }

  /** The next record; undefined when the consumer is closed, or `isStopped`. @throws what failed */
  async next(onPoison: PoisonPolicy, isStopped: () => boolean = neverStopped): Promise<FedRecord | undefined> {
    this.#isPolling = true;
    try {
      await this.#turns.breathe();
      this.#starting ??= this.#start();
      await this.#starting;
      while (!isStopped()) {
        this.#turns.look();
        if (this.#failure !== undefined) throw this.#failure.error;
        if (this.#closed.aborted) return undefined;
        this.#host.rejoin();
        const failure = this.#host.takeFailure();
        if (failure !== undefined) throw failure;
        const fed = this.#host.poll(onPoison);
        if (fed !== undefined) return fed;
        // Taking a record may have shown a damaged batch, or a poison record: its partition's failure is asked for above.
        if (!this.#turns.hasNews) await this.#turns.news();
      }
      return undefined;
    } finally {
      this.#isPolling = false;
      this.#polledAt = this.#world.clock.monotonic();
    }
  }

  /** Whoever waits for a record looks again. */
  wake(): void {
    this.#turns.tell();
  }

  /** Every further {@link RecordSource.next} throws the first error of these. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Resolves when a start that was begun has ended, whichever way. */
  async started(): Promise<void> {
    await this.#starting?.catch(() => {});
  }

  async #start(): Promise<void> {
    try {
      await this.#host.start();
    } catch (error) {
      this.#starting = undefined;
      if (!this.#closed.aborted) throw error;
    }
  }
}
