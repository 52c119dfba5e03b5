import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import type { Topic } from "../contract/topic.js";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import { onAbort } from "../world/on-abort.js";
import { NotAssignedError } from "./consumer-errors.js";
import type { ConsumerHealth, ConsumerLag } from "./consumer-health.js";
import { type ConsumerOptions, type ConsumerSettings, consumerSettings } from "./consumer-options.js";
import { ConsumerParts } from "./consumer-parts.js";
import type { DeliveredRecord } from "./consumer-record.js";
import type { OpenPublisher } from "./dead-letter/failed-records.js";
import type { AssignedPartition } from "./fetch/assigned-partition.js";
import type { GroupMetadata } from "./group-metadata.js";
import { beginAt, type SeekTarget } from "./offsets/seek.js";
import { type BatchOptions, batchSettings, type DeliveredBatch, FedBatch } from "./reading/fed-batch.js";
import { ReadingLoop, type ReadingLoopSource } from "./reading/reading-loop.js";
import type { FedRecord } from "./record-feed.js";
import { handlerOf } from "./run/handler-of.js";
import { HandlerRunner } from "./run/handler-runner.js";
import { OwnCode } from "./run/own-code.js";
import { type HandlersOf, type RunOptions, runSettings } from "./run/run-options.js";
import type { TopicPartition } from "./topic-partition.js";

// A member that is in no generation: groups with members refuse it, so that nothing is committed past them.
const outsider = { memberId: "", generation: 0 } as const;

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
  readonly #settings: ConsumerSettings;
  readonly #parts: ConsumerParts;
  readonly #ownCode = new OwnCode();
  readonly #stopListening: (() => void) | undefined;
  #closing: Promise<void> | undefined;

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
    const { signal } = options;
    this.#world = world;
    this.#settings = consumerSettings(options, registry);
    this.#parts = new ConsumerParts(world, cluster, this.#settings, openPublisher);
    const abort = (): void => {
      this.#parts.fail(signal?.reason);
      void this.close();
    };
    if (signal?.aborted) abort();
    else this.#stopListening = signal && onAbort(signal, abort);
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
    const loop = this.#loop({ itemOf: ({ record }) => record as unknown as DeliveredRecord<T> });
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
        const policy = this.#parts.sideTopics.poisonPolicyOf(this.#settings.poisonPolicy);
        const more = (first: FedRecord) => {
          const fed: FedRecord[] = [];
          while (fed.length + 1 < maxRecords) {
            const next = this.#parts.feed.poll(policy, first.partition);
            if (next === undefined) break;
            fed.push(next);
          }
          return fed;
        };
        const itemOf = (first: FedRecord, rest: readonly FedRecord[]) =>
          new FedBatch([first, ...rest]) as unknown as DeliveredBatch<T>;
        const loop = this.#loop({ more, itemOf });
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
    handlers: HandlersOf<T["name"], T> | ((record: DeliveredRecord<T>) => void | Promise<void>),
    options: RunOptions<T> = {},
  ): Promise<void> {
    const settings = runSettings(options);
    const { subscription, groupId, onEvent } = this.#settings;
    const handlerFor = handlerOf(handlers, subscription.pattern === undefined ? this.#parts.sideTopics.origins() : []);
    const route = this.#parts.sideTopics.routeOf(settings);
    const runner = new HandlerRunner(this.#world, settings, {
      groupId,
      onEvent,
      ownCode: this.#ownCode,
      begun: (fed) => this.#parts.begun(fed),
      finished: (fed, outcome) => this.#parts.finished(fed, outcome),
      divert: (record, error, failures) => route.take(record, error, failures),
      changed: () => this.#parts.wake(),
    });
    this.#parts.reader.begin(runner);
    const { signal } = options;
    // At once, not when the loop below comes round: by then a record behind the one whose handler aborted would have begun.
    const halt = () => {
      runner.halt();
      this.#parts.wake();
    };
    const stopListening = signal && onAbort(signal, halt);
    const isStopped = () => signal?.aborted === true || runner.failure !== undefined;
    const policy = options.onPoison ?? this.#settings.poisonPolicy;
    const onPoison = this.#parts.sideTopics.poisonPolicyOf(policy, settings.deadLetters);
    try {
      const hasNewTopics = await this.#parts.sideTopics.ready(settings, policy, this.#parts.closed);
      if (hasNewTopics) this.#parts.membership.subscriptionChanged();
      while (!isStopped()) {
        const fed = this.#parts.source.poll(onPoison) ?? (await this.#parts.source.next(onPoison, isStopped));
        if (fed === undefined) break;
        runner.add(fed, handlerFor(fed.record.topic));
        const room = runner.room();
        if (room !== undefined) await room;
      }
    } catch (error) {
      if (!this.#parts.closed.aborted || error !== this.#parts.closed.reason) throw error;
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
    await this.#parts.committer.commitNow();
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
    this.#parts.fetcher.pump();
    this.#parts.look();
    this.#parts.wake();
  }

  /** The partitions that are read at the moment. */
  assignment(): readonly TopicPartition[] {
    return [...this.#parts.assignment.partitions].map(({ topic, partition }) => ({ topic, partition }));
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
    await beginAt(this.#parts.reset, found);
    this.#parts.fetcher.pump();
    this.#parts.look();
    this.#parts.wake();
  }

  /**
   * The group and this member of it, as they are now: what a transaction commits offsets for (`tx.commitOffsets`). Once the group
   * has given the member's partitions to others it refuses what a member of before commits.
   */
  groupMetadata(): GroupMetadata {
    const { groupId, groupInstanceId } = this.#settings;
    const { memberId, generation } = this.#parts.membership.identity ?? outsider;
    return { groupId, memberId, generation, groupInstanceId };
  }

  /** How the consumer is at the moment. */
  health(): ConsumerHealth {
    return this.#parts.watch.health(this.#parts.membership, !this.#parts.source.hasFailed);
  }

  /** How far it is behind in each partition it reads, as the last fetches said: no request is made. */
  lag(): readonly ConsumerLag[] {
    return this.#parts.watch.lag();
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
    const isOwn = this.#parts.reader.isThere && this.#ownCode.isCalling();
    this.#closing ??= this.#close();
    return isOwn ? Promise.resolve() : this.#closing;
  }

  /** As {@link Consumer.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#stopListening?.();
    await this.#parts.close();
  }

  #release(): void {
    this.#ownCode.endLoop();
    this.#parts.release();
  }

  #loop<R>(items: Pick<ReadingLoopSource<R>, "more" | "itemOf">): AsyncIterator<R, undefined> {
    this.#parts.reader.begin("loop");
    const onPoison = this.#parts.sideTopics.poisonPolicyOf(this.#settings.poisonPolicy);
    const { source: records } = this.#parts;
    const source = { poll: () => records.poll(onPoison), next: () => records.next(onPoison), ...items };
    return new ReadingLoop(source, {
      isWaiting: () => this.#parts.source.isPolling,
      begun: (fed) => this.#parts.begun(fed),
      finished: (fed, outcome) => this.#parts.finished(fed, outcome),
      ended: async () => {
        this.#release();
        await this.#closing;
      },
    });
  }

  /** @throws NotAssignedError */
  #assigned(partitions: TopicPartition | readonly TopicPartition[]): readonly AssignedPartition[] {
    const all: readonly TopicPartition[] = "topic" in partitions ? [partitions] : partitions;
    return all.map((each) => {
      const partition = this.#parts.assignment.find(each);
      if (partition === undefined) throw new NotAssignedError(each);
      return partition;
    });
  }
}
