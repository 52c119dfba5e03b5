import type { Timer } from "@ottla/world";
import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import { prepareTopic } from "../contract/prepare-topic.js";
import type { Topic } from "../contract/topic.js";
import { KafkaClosedError } from "../errors/kafka-closed-error.js";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import { onAbort } from "../world/on-abort.js";
import { Assignment } from "./assignment.js";
import { MaxPollIntervalError, NotAssignedError } from "./consumer-errors.js";
import type { ConsumerHealth, ConsumerLag } from "./consumer-health.js";
import {
  type ConsumerOptions,
  type ConsumerSettings,
  consumerSettings,
  type PoisonPolicy,
} from "./consumer-options.js";
import type { DeliveredRecord } from "./consumer-record.js";
import { FailedRecords, type OpenPublisher } from "./dead-letter/failed-records.js";
import type { AssignedPartition } from "./fetch/assigned-partition.js";
import { Fetcher } from "./fetch/fetcher.js";
import type { GroupMetadata } from "./group-metadata.js";
import { LoopTurns } from "./loop-turns.js";
import { ManualMembership, type Membership } from "./manual-membership.js";
import { GroupMembership } from "./membership/group-membership.js";
import { ReconciledMembership } from "./membership/reconciled-membership.js";
import { Committer } from "./offsets/committer.js";
import { PositionFinder } from "./offsets/position-finder.js";
import { PositionReset } from "./offsets/position-reset.js";
import { beginAt, type SeekTarget } from "./offsets/seek.js";
import { PollInterval } from "./poll-interval.js";
import { type BatchOptions, batchSettings, type DeliveredBatch, FedBatch } from "./reading/fed-batch.js";
import { type Item, ReadingLoop } from "./reading/reading-loop.js";
import { type FedRecord, RecordFeed } from "./record-feed.js";
import { type AnyHandler, HandlerRunner, type Outcome } from "./run/handler-runner.js";
import { OwnCode } from "./run/own-code.js";
import { type Handlers, type RunOptions, runSettings } from "./run/run-options.js";
import { SideTopics } from "./run/side-topics.js";
import type { TopicPartition } from "./topic-partition.js";
import { untilAnswered } from "./until-answered.js";
import { PartitionWatch } from "./watchdog/partition-watch.js";

const memberships = { classic: GroupMembership, consumer: ReconciledMembership } as const;
// A member that is in no generation: groups with members refuse it, so that nothing is committed past them.
const outsider = { memberId: "", generation: 0 } as const;

const neverStopped = (): boolean => false;

/**
 * Reads topics, as a member of a group or the partitions it is told, at least once: a record's offset is committed only when it, and
 * all before it in its partition, are done. Joins when records are first asked for.
 *
 * ```ts
 * for await (const record of consumer) await bill(record.value); // asking for the next record says that this one is done
 * ```
 *
 * Leaving the loop by `break` or a thrown error leaves the record undone; it comes again.
 */
export class Consumer<T extends Topic> implements AsyncIterable<DeliveredRecord<T>> {
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #assignment: Assignment;
  readonly #membership: Membership;
  readonly #fetcher: Fetcher;
  readonly #committer: Committer;
  readonly #feed: RecordFeed;
  readonly #reset: PositionReset;
  readonly #failed: FailedRecords;
  readonly #sideTopics: SideTopics;
  readonly #watch: PartitionWatch;
  readonly #pollInterval: PollInterval;
  readonly #turns: LoopTurns;
  readonly #ownCode = new OwnCode();
  readonly #signal: AbortSignal | undefined;
  /** Ends the start and whatever else waits for a broker, as soon as the consumer closes. */
  readonly #closed = new AbortController();
  /** Ends the fetches, once the partitions are given up. */
  readonly #stopped = new AbortController();
  readonly #stopListening: (() => void) | undefined;
  #reader: "loop" | HandlerRunner | undefined;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isPolling = false;
  #polledAt = 0;
  #patternTimer: Timer | undefined;
  #looking: Promise<void> = Promise.resolve();

  /**
   * @internal Made by `kafka.consumer()`. The cluster is the consumer's own, which it closes: brokers hold its requests, and
   * others behind them would wait. `openPublisher` makes what writes failed records, closed with it.
   * @throws KafkaConfigError
   */
  constructor(
    world: ClientWorld,
    cluster: Cluster,
    options: ConsumerOptions<T>,
    registry: unknown,
    openPublisher: OpenPublisher,
  ) {
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
        await finder.find(partitions);
        this.#fetcher.pump();
        this.#wake();
      },
      halted: () => this.#look(),
      end: (partitions) => this.#fetcher.remove(partitions),
      commit: (partitions, timeoutMs) => this.#committer.commit(partitions, timeoutMs),
      fail,
    });
    this.#membership =
      settings.assign === undefined
        ? new memberships[settings.groupProtocol](world, cluster, settings, this.#assignment)
        : new ManualMembership(cluster, options.groupId, settings.assign, this.#assignment);
    this.#reset = new PositionReset(world, cluster, settings, signal);
    const finder = new PositionFinder(this.#membership.link, this.#reset, settings, signal);
    const outOfRange = (partition: AssignedPartition, offset: number) => this.#reset.reset([partition], offset);
    this.#fetcher = new Fetcher(world, cluster, settings, { ready, fail, outOfRange }, signal);
    this.#committer = new Committer(world, settings, this.#membership, () => this.#assignment.partitions);
    const settled = (partition: AssignedPartition, { tracker, delivery }: FedRecord["handed"]) => {
      if (delivery.isDone) return;
      tracker.complete(delivery);
      this.#committer.noteDone();
      if (partition.isHalted) this.#assignment.settled();
    };
    this.#feed = new RecordFeed(world, settings, this.#fetcher, { ready, settled }, signal);
    this.#failed = new FailedRecords(world.clock, settings, openPublisher);
    this.#sideTopics = new SideTopics(world, cluster, settings, this.#failed);
    this.#watch = new PartitionWatch(world, settings, {
      assignment: this.#assignment,
      fetcher: this.#fetcher,
      feed: this.#feed,
      busySinceOf: (partition) => this.#busySinceOf(partition),
    });
    this.#pollInterval = new PollInterval(world, settings.maxPollIntervalMs, {
      busySince: () => this.#busySince(),
      overdue: () => this.#overdue(),
    });
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
  [Symbol.asyncIterator](): AsyncIterator<DeliveredRecord<T>, undefined> {
    // The feed knows contracts only as values; their types are those that this consumer was made with.
    const loop = this.#loop((fed) => ({ fed: [fed], value: fed.record as unknown as DeliveredRecord<T> }));
    this.#ownCode.beginLoop();
    return loop;
  }

  /**
   * The records batch by batch: what is there of one partition, up to `maxRecords`, at least one. Asking for the next batch says that all
   * of this one is done; otherwise as the loop over records.
   */
  batches(options: BatchOptions = {}): AsyncIterable<DeliveredBatch<T>> {
    const { maxRecords } = batchSettings(options);
    return {
      [Symbol.asyncIterator]: () => {
        const policy = this.#poisonPolicy(this.#settings.poisonPolicy);
        const loop = this.#loop((first) => {
          const fed = [first];
          while (fed.length < maxRecords) {
            const next = this.#feed.poll(policy, first.partition);
            if (next === undefined) break;
            fed.push(next);
          }
          return { fed, value: new FedBatch(fed) as unknown as DeliveredBatch<T> };
        });
        this.#ownCode.beginLoop();
        return loop;
      },
    };
  }

  /**
   * Calls a handler for each record until the signal aborts or the consumer is closed; then it resolves, once the records
   * being handled are done. Its promise must not be awaited in a handler; to end from there, abort the signal or `close()`.
   *
   * @param handlers - One for each topic, by its name; or one for all.
   * @throws {@link HandlerError} when a handler has failed for good and `onFailure` is `"stop"`, {@link FailedRecordError} when a failed
   * record could not be written to its retry or dead-letter topic, and what the loop of {@link Consumer[Symbol.asyncIterator]} throws;
   * handlers that run are awaited before.
   */
  async run(
    handlers: Handlers<T> | ((record: DeliveredRecord<T>) => void | Promise<void>),
    options: RunOptions<T> = {},
  ): Promise<void> {
    const settings = runSettings(options);
    const handlerOf = this.#handlersOf(handlers);
    const route = this.#sideTopics.routeOf(settings);
    const runner = new HandlerRunner(this.#world, settings, {
      groupId: this.#settings.groupId,
      onEvent: this.#settings.onEvent,
      ownCode: this.#ownCode,
      begun: (fed) => this.#begun(fed),
      finished: (fed, outcome) => this.#finished(fed, outcome),
      divert: (record, error, failures) => route.take(record, error, failures),
      changed: () => this.#wake(),
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
    const policy = options.onPoison ?? this.#settings.poisonPolicy;
    const onPoison = this.#poisonPolicy(policy, settings.deadLetters);
    try {
      const hasNewTopics = await this.#sideTopics.ready(settings, policy, this.#closed.signal);
      if (hasNewTopics) this.#membership.subscriptionChanged();
      while (!isStopped()) {
        const fed = await this.#next(onPoison, isStopped);
        if (fed === undefined) break;
        runner.add(fed, handlerOf(fed.record.topic));
        const room = runner.room();
        if (room !== undefined) await room;
      }
    } catch (error) {
      if (!this.#closed.signal.aborted || error !== this.#closed.signal.reason) throw error;
    } finally {
      await runner.stop();
      stopListening?.();
      this.#release();
    }
    await this.#closing;
    if (runner.failure !== undefined) throw runner.failure.error;
  }

  /**
   * Commits the offsets of what is done, now, whatever `autoCommit` says; resolves when the group has them.
   *
   * @throws KafkaProtocolError with the coordinator's refusal, KafkaTimeoutError, KafkaConfigError for a consumer without a group.
   */
  async commit(): Promise<void> {
    if (this.#settings.groupId === "") throw new KafkaConfigError("commit: the consumer has no groupId");
    await this.#committer.commitNow();
  }

  /**
   * Reads no more of these partitions until {@link Consumer.resume}: nothing is fetched, and records that are there or wait for their handlers
   * stay where they are. The assignment is kept; a partition that comes back after a rebalance is not paused.
   *
   * @throws {@link NotAssignedError}
   */
  pause(partitions: TopicPartition | readonly TopicPartition[]): void {
    for (const partition of this.#assigned(partitions)) partition.isPaused = true;
  }

  /** Ends {@link Consumer.pause}. @throws {@link NotAssignedError} */
  resume(partitions: TopicPartition | readonly TopicPartition[]): void {
    for (const partition of this.#assigned(partitions)) partition.isPaused = false;
    this.#fetcher.pump();
    this.#look();
    this.#wake();
  }

  /** The partitions that are read at the moment. */
  assignment(): readonly TopicPartition[] {
    return [...this.#assignment.partitions].map(({ topic, partition }) => ({ topic, partition }));
  }

  /**
   * Reads on from elsewhere. What was fetched or waits for its handler is dropped; what is being handled changes nothing any more, and the
   * next commit says where reading has come to from there. Resolves when the offsets are found.
   *
   * @throws {@link NotAssignedError}, and what the cluster says of a time that is looked up.
   */
  async seek(targets: SeekTarget | readonly SeekTarget[]): Promise<void> {
    const all: readonly SeekTarget[] = "to" in targets ? [targets] : targets;
    const found = all.map((target) => ({ partition: this.#assigned(target)[0], at: target.to }));
    for (const { partition } of found) {
      if (partition === undefined) continue;
      partition.failure = undefined;
      partition.isFailureTold = false;
    }
    await beginAt(this.#reset, found);
    this.#fetcher.pump();
    this.#look();
    this.#wake();
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
    return this.#watch.health(this.#membership.status, this.#failure === undefined);
  }

  /** How far it is behind in each partition it reads, as the last fetches said: no request is made. */
  lag(): readonly ConsumerLag[] {
    return this.#watch.lag();
  }

  /**
   * Hands out nothing more, waits for records being handled (at most `drainTimeoutMs`), commits what is done, leaves the group (a
   * static member stays) and closes the connections. Loops end and `run` resolves, both once that is done. Twice is fine; it never rejects,
   * and takes at most some seconds more when no broker answers.
   *
   * In a handler, or in the body of the loop, it resolves at once: the consumer closes when that has ended, since waiting for it there
   * would be waiting for oneself.
   */
  close(): Promise<void> {
    const isOwn = this.#reader !== undefined && this.#ownCode.isCalling();
    this.#closing ??= this.#close();
    return isOwn ? Promise.resolve() : this.#closing;
  }

  /** As {@link Consumer.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#stopListening?.();
    this.#closed.abort(new KafkaClosedError(`the consumer of group "${this.#settings.groupId}" was closed`));
    this.#wake();
    this.#patternTimer?.cancel();
    await this.#starting?.catch(() => {});
    await this.#looking;
    await this.#membership.close();
    await this.#committer.stop();
    this.#stopped.abort(this.#closed.signal.reason);
    this.#pollInterval.stop();
    this.#watch.stop();
    this.#look();
    await Promise.all([this.#fetcher.close(), this.#assignment.close(), this.#failed.close()]);
    await this.#cluster.close();
  }

  #take(reader: "loop" | HandlerRunner): void {
    if (this.#reader !== undefined) {
      throw new KafkaConfigError("the consumer is being read already: one loop or one run at a time");
    }
    this.#reader = reader;
  }

  #release(): void {
    this.#reader = undefined;
    this.#ownCode.endLoop();
    // What was handed out and is not done comes again to the next loop. There is none after closing, and what is begun may yet be done.
    if (this.#closed.signal.aborted) return;
    this.#assignment.rewind();
    this.#fetcher.pump();
  }

  #loop<R>(itemOf: (first: FedRecord) => Item<R>): AsyncIterator<R, undefined> {
    this.#take("loop");
    const onPoison = this.#poisonPolicy(this.#settings.poisonPolicy);
    const source = { next: () => this.#next(onPoison), itemOf };
    return new ReadingLoop(source, {
      isWaiting: () => this.#isPolling,
      begun: (fed) => this.#begun(fed),
      finished: (fed, outcome) => this.#finished(fed, outcome),
      ended: async () => {
        this.#release();
        await this.#closing;
      },
    });
  }

  #begun({ handed }: FedRecord): void {
    if (this.#settings.settlesByHand) handed.tracker.begin(handed.delivery);
  }

  #finished({ partition, handed }: FedRecord, outcome: Outcome): void {
    const isDone = outcome === "diverted" || (outcome === "handled" && !this.#settings.settlesByHand);
    if (outcome === "undone") handed.tracker.giveUp(handed.delivery);
    if (isDone && !handed.delivery.isDone) {
      partition.done(handed);
      this.#committer.noteDone();
    }
    this.#assignment.settled();
    // A handler that took too long has ended: the consumer may join again.
    if (this.#membership.status === "outside") this.#wake();
  }

  /** The next record; undefined when the consumer is closed, or `isStopped`. */
  async #next(onPoison: PoisonPolicy, isStopped: () => boolean = neverStopped): Promise<FedRecord | undefined> {
    this.#isPolling = true;
    try {
      await this.#turns.breathe();
      this.#starting ??= this.#start();
      await this.#starting;
      while (!isStopped()) {
        this.#turns.look();
        if (this.#failure !== undefined) throw this.#failure.error;
        if (this.#closed.signal.aborted) return undefined;
        if (this.#membership.status === "outside" && !this.#pollInterval.isOverdue) this.#membership.start();
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
    const { subscription, registry, onEvent, poisonPolicy, assign } = this.#settings;
    const { signal } = this.#closed;
    try {
      for (const topic of subscription.topics.values()) {
        await prepareTopic(topic, { direction: "read", registry, signal });
      }
      const found = await untilAnswered("metadata", this.#world, { onEvent, signal }, async () => {
        await subscription.look(this.#cluster, signal);
        return this.#cluster.topics([...subscription.topics.keys()], { signal });
      });
      for (const { name, error } of found.values()) {
        if (error === undefined) continue;
        // A topic that is not there may still come; one that may not be read, or whose name is none, will not.
        if (!error.retriable) throw error;
        onEvent({ kind: "retrying", doing: `find topic ${name}`, error });
      }
      await this.#sideTopics.ready(undefined, poisonPolicy, signal);
      this.#membership.start();
      this.#committer.start();
      this.#polledAt = this.#world.clock.monotonic();
      if (assign === undefined) this.#pollInterval.start();
      this.#watch.start();
      this.#lookForTopics();
    } catch (error) {
      this.#starting = undefined;
      if (!signal.aborted) throw error;
    }
  }

  #lookForTopics(): void {
    const { subscription, patternRefreshMs, onEvent } = this.#settings;
    if (subscription.pattern === undefined) return;
    const { signal } = this.#closed;
    this.#patternTimer = this.#world.timers.after(patternRefreshMs, () => {
      this.#looking = untilAnswered("topics", this.#world, { onEvent, signal }, () =>
        subscription.look(this.#cluster, signal),
      ).then(
        (hasChanged) => {
          if (hasChanged) this.#membership.subscriptionChanged();
          this.#lookForTopics();
        },
        (error: unknown) => {
          if (!signal.aborted) this.#fail(error);
        },
      );
    });
  }

  #handlersOf(handlers: unknown): (topic: string) => AnyHandler {
    if (typeof handlers === "function") return () => handlers as AnyHandler;
    const byTopic = handlers as { readonly [topic: string]: AnyHandler | undefined };
    const handlerOf = (topic: string): AnyHandler => {
      const handler = byTopic[topic];
      if (typeof handler !== "function") throw new KafkaConfigError(`run: no handler for topic ${topic}`);
      return handler;
    };
    if (this.#settings.subscription.pattern === undefined) {
      for (const topic of this.#sideTopics.origins()) handlerOf(topic.name);
    }
    return handlerOf;
  }

  #poisonPolicy(
    policy: ConsumerSettings["poisonPolicy"],
    deadLetters: ConsumerSettings["deadLetters"] = this.#settings.deadLetters,
  ): PoisonPolicy {
    return policy === "deadLetter" ? this.#sideTopics.poisonPolicyOf(deadLetters) : policy;
  }

  /** @throws NotAssignedError */
  #assigned(partitions: TopicPartition | readonly TopicPartition[]): readonly AssignedPartition[] {
    const all: readonly TopicPartition[] = "topic" in partitions ? [partitions] : partitions;
    return all.map((each) => {
      const partition = this.#assignment.find(each);
      if (partition === undefined) throw new NotAssignedError(each);
      return partition;
    });
  }

  /** Since when the application has been busy with what it was given; undefined while it waits for more. */
  #busySince(): number | undefined {
    if (this.#reader instanceof HandlerRunner) return this.#reader.busySince;
    return this.#isPolling ? undefined : this.#polledAt;
  }

  #busySinceOf(partition: AssignedPartition): number | undefined {
    if (partition.running === 0) return undefined;
    if (this.#reader instanceof HandlerRunner) return this.#reader.busySinceOf(partition);
    return this.#isPolling ? undefined : this.#polledAt;
  }

  #overdue(): void {
    const { groupId, maxPollIntervalMs, onEvent } = this.#settings;
    const { status } = this.#membership;
    if (this.#closed.signal.aborted || status === "ended" || status === "outside") return;
    onEvent({ kind: "pollTimeout", error: new MaxPollIntervalError(groupId, maxPollIntervalMs) });
    this.#membership.pollTimedOut();
  }

  #fail(error: unknown): void {
    // What was cut off by the end of closing is not a failure.
    if (this.#stopped.signal.aborted) return;
    this.#failure ??= { error };
    this.#wake();
    if (this.#signal?.aborted) void this.close();
  }

  /** Partitions may be handled, or not, in another way than before: records that wait for that are looked at. */
  #look(): void {
    this.#feed.look();
    if (this.#reader instanceof HandlerRunner) this.#reader.look();
  }

  #wake(): void {
    this.#assignment.settled();
    this.#turns.tell();
  }
}
