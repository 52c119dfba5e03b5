import type { Timer } from "@ottla/world";
import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import { prepareTopic } from "../contract/prepare-topic.js";
import type { ConsumedRecord } from "../contract/record.js";
import type { Topic } from "../contract/topic.js";
import { KafkaClosedError } from "../errors/kafka-closed-error.js";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import { onAbort } from "../world/on-abort.js";
import { Assignment } from "./assignment.js";
import { MaxPollIntervalError } from "./consumer-errors.js";
import {
  type ConsumerOptions,
  type ConsumerSettings,
  consumerSettings,
  type PoisonPolicy,
} from "./consumer-options.js";
import type { AssignedPartition } from "./fetch/assigned-partition.js";
import { Fetcher } from "./fetch/fetcher.js";
import type { GroupMetadata } from "./group-metadata.js";
import { LoopTurns } from "./loop-turns.js";
import { GroupMembership } from "./membership/group-membership.js";
import { Committer } from "./offsets/committer.js";
import { PositionFinder } from "./offsets/position-finder.js";
import { PositionReset } from "./offsets/position-reset.js";
import { type FedRecord, RecordFeed } from "./record-feed.js";
import { type AnyHandler, HandlerRunner } from "./run/handler-runner.js";
import { type Handlers, type RunOptions, runSettings } from "./run/run-options.js";
import type { TopicPartition } from "./topic-partition.js";
import { untilAnswered } from "./until-answered.js";

/** Where a consumer stands in one partition. */
export interface PartitionHealth extends TopicPartition {
  /** Where the next fetch begins; undefined until that is known. */
  readonly position: bigint | undefined;
  /** What this consumer last committed, or found committed. */
  readonly committed: bigint | undefined;
  /** Records behind the broker's high watermark that are not done; undefined until the first fetch. */
  readonly lag: bigint | undefined;
}

// A member that is in no generation: groups with members refuse it, so that nothing is committed past them.
const outsider = { memberId: "", generation: 0 } as const;

/** How a consumer is. */
export interface ConsumerHealth {
  /** Its membership: `"stable"` when it is in the group and no rebalance is under way. */
  readonly membership: "outside" | "joining" | "syncing" | "stable" | "revoking" | "ended";
  readonly partitions: readonly PartitionHealth[];
}

/**
 * Reads topics as a member of a group, at least once: a record's offset is committed only when it, and all before it in its
 * partition, are done. Joins when records are first asked for.
 *
 * ```ts
 * for await (const record of consumer) await bill(record.value); // asking for the next record says that this one is done
 * ```
 *
 * Leaving the loop by `break` or a thrown error leaves the record undone; it comes again.
 */
export class Consumer<T extends Topic> implements AsyncIterable<ConsumedRecord<T>> {
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #assignment: Assignment;
  readonly #membership: GroupMembership;
  readonly #fetcher: Fetcher;
  readonly #committer: Committer;
  readonly #feed: RecordFeed;
  readonly #turns: LoopTurns;
  readonly #signal: AbortSignal | undefined;
  /** Ends the start and whatever else waits for a broker, as soon as the consumer closes. */
  readonly #closed = new AbortController();
  /** Ends the fetches, once the partitions are given up. */
  readonly #stopped = new AbortController();
  readonly #stopListening: (() => void) | undefined;
  #reader: "iteration" | HandlerRunner | undefined;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isPolling = false;
  #polledAt = 0;
  #watchdog: Timer | undefined;

  /**
   * @param cluster - The consumer's own, which it closes: brokers hold its requests, and others behind them would wait.
   * @throws KafkaConfigError
   */
  constructor(world: ClientWorld, cluster: Cluster, options: ConsumerOptions<T>, registry?: unknown) {
    const settings = consumerSettings(options, registry);
    const { signal } = this.#stopped;
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#signal = options.signal;
    this.#turns = new LoopTurns(world);
    const fail = (error: unknown) => this.#fail(error);
    const ready = () => this.#wake();
    this.#assignment = new Assignment(world, settings, {
      begin: async (partitions) => {
        this.#fetcher.add(partitions);
        await finder.findCommitted(partitions);
        this.#fetcher.pump();
        this.#wake();
      },
      end: (partitions) => this.#fetcher.remove(partitions),
      commit: (partitions, timeoutMs) => this.#committer.commit(partitions, timeoutMs),
      fail,
    });
    this.#membership = new GroupMembership(world, cluster, settings, this.#assignment);
    const reset = new PositionReset(world, cluster, settings, signal);
    const finder = new PositionFinder(this.#membership.link, reset, settings, signal);
    const outOfRange = (partition: AssignedPartition, offset: number) => reset.reset([partition], offset);
    this.#fetcher = new Fetcher(world, cluster, settings, { ready, fail, outOfRange }, signal);
    this.#committer = new Committer(world, settings, this.#membership, () => this.#assignment.partitions);
    this.#feed = new RecordFeed(world, settings, this.#fetcher, ready, signal);
    const abort = (): void => this.#fail(this.#signal?.reason);
    if (this.#signal?.aborted) abort();
    else this.#stopListening = this.#signal && onAbort(this.#signal, abort);
  }

  /**
   * The records of all partitions, one by one, in the order of each partition; partitions take turns. Ends when the consumer
   * is closed. One loop, or one `run`, at a time.
   *
   * The loop throws DeserializationError at a record that its contract cannot read (see `onPoison`), NoOffsetError,
   * CorruptRecordsError: that partition then stands still, and a further loop goes on with the others. It throws what ends the
   * membership (GroupMembershipError, KafkaProtocolError) each time.
   */
  [Symbol.asyncIterator](): AsyncIterator<ConsumedRecord<T>, undefined> {
    this.#take("iteration");
    let current: FedRecord | undefined;
    let isOver = false;
    const settle = (isDone: boolean) => {
      if (current !== undefined) {
        current.partition.running -= 1;
        this.#finished(current, isDone);
      }
      current = undefined;
    };
    const end = (): { readonly done: true; readonly value: undefined } => {
      if (!isOver) this.#release();
      isOver = true;
      return { done: true, value: undefined };
    };
    return {
      next: async () => {
        if (this.#isPolling) throw new Error("the next record was asked for while it was being waited for");
        settle(true);
        if (isOver) return end();
        try {
          current = await this.#next();
        } catch (error) {
          end();
          throw error;
        }
        if (current === undefined) return end();
        current.partition.running += 1;
        // The feed knows contracts only as values; their types are those that this consumer was made with.
        return { done: false, value: current.record as unknown as ConsumedRecord<T> };
      },
      return: async () => {
        settle(false);
        return end();
      },
    };
  }

  /**
   * Calls a handler for each record until the signal aborts or the consumer is closed; then it resolves, once the records
   * being handled are done. Its promise must not be awaited, nor `close` called and awaited, in a handler.
   *
   * @throws {@link HandlerError} when a handler has thrown as often as `retry` allows, and what the loop of
   * {@link Consumer[Symbol.asyncIterator]} throws; handlers that run are awaited before.
   */
  async run(handlers: Handlers<T>, options: RunOptions = {}): Promise<void> {
    const byTopic = handlers as unknown as { readonly [topic: string]: AnyHandler | undefined };
    for (const topic of this.#settings.topics.keys()) {
      if (typeof byTopic[topic] !== "function") throw new KafkaConfigError(`run: no handler for topic ${topic}`);
    }
    const runner = new HandlerRunner(this.#world, runSettings(options), {
      onEvent: this.#settings.onEvent,
      finished: (fed, isDone) => this.#finished(fed, isDone),
      failed: () => this.#wake(),
    });
    this.#take(runner);
    const { signal } = options;
    // At once, not when the loop below comes round: by then a record behind the one whose handler aborted would have begun.
    const halt = () => {
      runner.halt();
      this.#wake();
    };
    const stopListening = signal && onAbort(signal, halt);
    const isStopped = () => signal?.aborted === true || runner.failure !== undefined;
    try {
      while (!isStopped()) {
        const fed = await this.#next(options.onPoison, isStopped);
        if (fed === undefined) break;
        runner.add(fed, byTopic[fed.record.topic] ?? (() => {}));
        const room = runner.room();
        if (room !== undefined) await room;
      }
    } finally {
      await runner.stop();
      stopListening?.();
      this.#release();
    }
    if (runner.failure !== undefined) throw runner.failure;
  }

  /**
   * The group and this member of it, as they are now: what a transaction commits offsets for (`tx.commitOffsets`). Once the group
   * has given the member's partitions to others it refuses what a member of before commits.
   */
  groupMetadata(): GroupMetadata {
    const { groupId, groupInstanceId } = this.#settings;
    const { memberId, generation } = this.#membership.identity ?? outsider;
    return { groupId, memberId, generation, groupInstanceId };
  }

  /** How the consumer is at the moment. */
  health(): ConsumerHealth {
    const offset = (value: number | undefined) => (value === undefined || value < 0 ? undefined : BigInt(value));
    const partitions = [...this.#assignment.partitions].map((assigned) => {
      const { topic, partition, position, committed, highWatermark, doneUpTo } = assigned;
      const lag = highWatermark < 0 || doneUpTo === undefined ? undefined : Math.max(0, highWatermark - doneUpTo);
      return { topic, partition, position: offset(position), committed: offset(committed), lag: offset(lag) };
    });
    return { membership: this.#membership.status, partitions };
  }

  /**
   * Hands out nothing more, waits for records being handled (at most `drainTimeoutMs`), commits what is done, leaves the group (a
   * static member stays) and closes the connections. Loops end and `run` resolves. Twice is fine; it never rejects, and takes
   * at most some seconds more when no broker answers.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** As {@link Consumer.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#stopListening?.();
    this.#closed.abort(new KafkaClosedError(`the consumer of group "${this.#settings.groupId}" was closed`));
    this.#wake();
    await this.#starting?.catch(() => {});
    await this.#membership.close();
    await this.#committer.stop();
    this.#stopped.abort(this.#closed.signal.reason);
    this.#watchdog?.cancel();
    await Promise.all([this.#fetcher.close(), this.#assignment.close()]);
    await this.#cluster.close();
  }

  #take(reader: "iteration" | HandlerRunner): void {
    if (this.#reader !== undefined) {
      throw new KafkaConfigError("the consumer is being read already: one loop or one run at a time");
    }
    this.#reader = reader;
  }

  #release(): void {
    this.#reader = undefined;
    // What was handed out and is not done comes again to the next loop.
    this.#assignment.rewind();
    this.#fetcher.pump();
  }

  #finished({ partition, handed }: FedRecord, isDone: boolean): void {
    if (isDone) partition.done(handed);
    this.#assignment.settled();
    // A handler that took too long has ended: the consumer may join again.
    if (this.#membership.status === "outside") this.#wake();
  }

  /** The next record; undefined when the consumer is closed, or `isStopped`. */
  async #next(
    onPoison: PoisonPolicy = this.#settings.onPoison,
    isStopped: () => boolean = () => false,
  ): Promise<FedRecord | undefined> {
    this.#isPolling = true;
    try {
      await this.#turns.breathe();
      this.#starting ??= this.#start();
      await this.#starting;
      while (!isStopped()) {
        this.#turns.look();
        if (this.#failure !== undefined) throw this.#failure.error;
        if (this.#closed.signal.aborted) return undefined;
        if (this.#membership.status === "outside" && !this.#isOverdue()) this.#membership.start();
        const failure = this.#assignment.takeFailure();
        if (failure !== undefined) throw failure;
        const fed = this.#feed.poll(onPoison);
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

  async #start(): Promise<void> {
    const { topics, registry, onEvent } = this.#settings;
    const { signal } = this.#closed;
    try {
      for (const topic of topics.values()) await prepareTopic(topic, { direction: "read", registry, signal });
      const found = await untilAnswered("metadata", this.#world, { onEvent, signal }, () =>
        this.#cluster.topics([...topics.keys()], { signal }),
      );
      for (const { name, error } of found.values()) {
        if (error === undefined) continue;
        // A topic that is not there may still come; one that may not be read, or whose name is none, will not.
        if (!error.retriable) throw error;
        onEvent({ kind: "retrying", doing: `find topic ${name}`, error });
      }
      this.#membership.start();
      this.#committer.start();
      this.#polledAt = this.#world.clock.monotonic();
      this.#watch(this.#settings.maxPollIntervalMs);
    } catch (error) {
      this.#starting = undefined;
      if (!signal.aborted) throw error;
    }
  }

  /** Since when the application has been busy with what it was given; undefined while it waits for more. */
  #busySince(): number | undefined {
    if (this.#reader instanceof HandlerRunner) return this.#reader.busySince;
    return this.#isPolling ? undefined : this.#polledAt;
  }

  #isOverdue(): boolean {
    const since = this.#busySince();
    return since !== undefined && this.#world.clock.monotonic() - since >= this.#settings.maxPollIntervalMs;
  }

  #watch(delayMs: number): void {
    this.#watchdog = this.#world.timers.after(delayMs, () => {
      const { groupId, maxPollIntervalMs, onEvent } = this.#settings;
      const { status } = this.#membership;
      if (this.#closed.signal.aborted || status === "ended") return;
      if (this.#isOverdue() && status !== "outside") {
        onEvent({ kind: "pollTimeout", error: new MaxPollIntervalError(groupId, maxPollIntervalMs) });
        this.#membership.pollTimedOut();
      }
      const since = this.#busySince();
      const idleMs = since === undefined || this.#isOverdue() ? 0 : this.#world.clock.monotonic() - since;
      this.#watch(Math.max(1, maxPollIntervalMs - idleMs));
    });
  }

  #fail(error: unknown): void {
    // What was cut off by the end of closing is not a failure.
    if (this.#stopped.signal.aborted) return;
    this.#failure ??= { error };
    this.#wake();
    if (this.#signal?.aborted) void this.close();
  }

  #wake(): void {
    this.#assignment.settled();
    this.#turns.tell();
  }
}
