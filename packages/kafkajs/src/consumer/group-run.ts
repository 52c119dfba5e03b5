import type {
  Kafka as Client,
  Admin as ClientAdmin,
  Consumer as ClientConsumer,
  OffsetToCommit,
  RawTopic,
  RebalanceChange,
} from "@ottla/client";
import type { Timer } from "@ottla/world";
import type { ClientSource } from "../config/client-source.js";
import type { TopicPartition } from "../config/cluster-types.js";
import type { RetryOptions } from "../config/kafka-config.js";
import { asKafkaJSError } from "../errors/as-kafkajs-error.js";
import type { EventEmitter } from "../events/event-emitter.js";
import type { Logger } from "../log/logger.js";
import { AssignedLanes } from "./assigned-lanes.js";
import { BatchHandling, messagesOf } from "./batch-handling.js";
import type { ConsumerConfig, ConsumerEventPayloads, ConsumerRunConfig, IMemberAssignment } from "./consumer-types.js";
import { groupOptions } from "./group-options.js";
import { HandlerRetries } from "./handler-retries.js";
import { MessageBatch } from "./message-batch.js";
import { OffsetBook } from "./offset-book.js";
import { isOfThePast, OffsetCommits } from "./offset-commits.js";
import { OwnCode } from "./own-code.js";
import type { PartitionLane } from "./partition-lane.js";
import { StartPositions } from "./start-positions.js";

/** What a run is made with. */
export interface RunParts {
  readonly client: Client;
  readonly source: ClientSource;
  readonly config: ConsumerConfig;
  readonly retry: RetryOptions;
  /** Whether each topic begins at its start where the group has committed nothing. */
  readonly topics: ReadonlyMap<string, { readonly fromBeginning: boolean }>;
  readonly emitter: EventEmitter<ConsumerEventPayloads>;
  readonly logger: Logger;
  /** It cannot go on. */
  readonly crashed: (error: Error) => void;
}

const maxRecords = 1_000;

/** One member of the group, from `run` to its stop or crash. */
export class GroupRun {
  /** The partitions that it has: to be paused, resumed, sought. */
  readonly lanes: AssignedLanes;
  readonly #parts: RunParts;
  readonly #config: ConsumerRunConfig;
  readonly #admin: ClientAdmin;
  readonly #consumer: ClientConsumer<RawTopic>;
  readonly #commits: OffsetCommits;
  readonly #handling: BatchHandling;
  readonly #retries: HandlerRetries;
  readonly #starts: StartPositions;
  readonly #timeoutMs: number;
  /** The names of its assigners, the first of which a group agrees on that has no other members. */
  readonly #protocol: readonly string[];
  readonly #book = new OffsetBook();
  readonly #ownCode = new OwnCode();
  #isRunning = true;
  #isLeader = false;
  #working = 0;
  #isDispatching = false;
  #joiningSince: number;
  #committedAt: number;
  #heartbeat: Timer | undefined;
  #reading: Promise<void> | undefined;
  #firstJoin: () => void = () => {};
  readonly #joined = new Promise<void>((resolve) => {
    this.#firstJoin = resolve;
  });
  #stopping: Promise<void> | undefined;

  /** @throws KafkaJSError */
  constructor(parts: RunParts, config: ConsumerRunConfig) {
    const { client, source, emitter } = parts;
    this.#parts = parts;
    this.#config = config;
    this.#admin = client.admin();
    this.#starts = new StartPositions(parts.topics);
    this.#timeoutMs = source.budgetMs(parts.retry);
    const led = () => {
      this.#isLeader = true;
    };
    const hooks = { led, rebalanced: (change: RebalanceChange) => this.#rebalance(change) };
    const options = groupOptions(parts.config, this.#starts, hooks, parts.logger);
    try {
      this.#consumer = client.consumer(options);
    } catch (error) {
      throw asKafkaJSError(error);
    }
    this.#protocol = (options.assignors ?? []).map((assignor) =>
      typeof assignor === "string" ? assignor : assignor.name,
    );
    this.lanes = new AssignedLanes(this.#consumer, this.#book, {
      changed: () => this.#dispatchSoon(),
      failed: (error) => this.#crash(asKafkaJSError(error)),
    });
    const commitParts = { admin: this.#admin, consumer: this.#consumer, emitter, timeoutMs: this.#timeoutMs };
    this.#commits = new OffsetCommits(commitParts, this.#book);
    this.#handling = new BatchHandling(config, {
      book: this.#book,
      commits: this.#commits,
      isRunning: () => this.#isRunning,
      calling: (call) => this.#ownCode.calling(call),
      pause: (lane) => this.#pauseLane(lane),
      commitIfNecessary: () => this.#commitIfNecessary(),
    });
    this.#retries = new HandlerRetries(source.world, parts.retry);
    this.#joiningSince = source.world.clock.monotonic();
    this.#committedAt = this.#joiningSince;
  }

  /** Resolves when the group has given this member its partitions, or it has crashed or stopped before. */
  async start(): Promise<void> {
    this.#reading = this.#read();
    this.#beat();
    await this.#joined;
  }

  /** Ends when what is being handled is done; commits what is done, and leaves the group. Never rejects. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Whether this is asked within a handler, which must not wait for {@link GroupRun.stop}. */
  isCalling(): boolean {
    return this.#ownCode.isCalling();
  }

  /** @throws KafkaJSError */
  commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    return this.#commits.commit(offsets);
  }

  /** Reads until the run ends. Never rejects. */
  async #read(): Promise<void> {
    try {
      for await (const { topic: name, partition, records } of this.#consumer.batches({ maxRecords })) {
        if (!this.#isRunning) break;
        const lane = this.lanes.find({ topic: name, partition });
        if (lane === undefined || lane.isRevoked) continue;
        lane.add(records);
        this.lanes.holdBack(lane);
        this.#dispatchSoon();
      }
    } catch (error) {
      this.#crash(asKafkaJSError(error));
    }
  }

  /** When this turn has brought what it brings: then it is one batch. */
  #dispatchSoon(): void {
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    this.#parts.source.world.timers.endOfTurn(() => {
      this.#isDispatching = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    const places = this.#config.partitionsConsumedConcurrently ?? 1;
    for (const lane of this.lanes) {
      if (!this.#isRunning || this.#working >= places) return;
      if (!lane.isReady) continue;
      this.lanes.toTheEnd(lane);
      void this.#work(lane);
    }
  }

  /** Handles what a lane holds. Never rejects. */
  async #work(lane: PartitionLane): Promise<void> {
    const { emitter, source } = this.#parts;
    const { clock } = source.world;
    const highWatermark = this.#highWatermark(lane);
    const records = lane.take();
    this.lanes.holdBack(lane);
    const { topic: name, partition } = lane;
    const batch = new MessageBatch(name, partition, messagesOf(records), highWatermark);
    const about = {
      topic: name,
      partition,
      highWatermark: batch.highWatermark,
      offsetLag: batch.offsetLag(),
      offsetLagLow: batch.offsetLagLow(),
      batchSize: records.length,
      firstOffset: batch.firstOffset() ?? "",
      lastOffset: batch.lastOffset(),
    };
    this.#working += 1;
    lane.isBusy = true;
    const begunAt = clock.monotonic();
    emitter.emit("consumer.start_batch_process", about);
    try {
      await this.#handling.handle(lane, batch, records);
      lane.failures = 0;
      emitter.emit("consumer.end_batch_process", { ...about, duration: clock.monotonic() - begunAt });
    } catch (error) {
      this.#failed(lane, error);
    }
    lane.finished();
    if (this.#config.autoCommit ?? true) void this.#commitDone().catch(() => {});
    this.#working -= 1;
    this.#dispatchSoon();
  }

  #failed(lane: PartitionLane, error: unknown): void {
    // Its handler heard that the partition is given up, or will be handled again by whoever gets it.
    if (lane.isRevoked || isOfThePast(error)) return;
    const { logger } = this.#parts;
    const { topic: name, partition } = lane;
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    logger.error(`a handler failed: ${message}`, { topic: name, partition, stack });
    const verdict = this.#retries.after(error, lane.failures);
    if (verdict instanceof Error) {
      this.#crash(verdict);
      return;
    }
    lane.failures += 1;
    lane.isWaiting = true;
    this.#parts.source.world.timers.after(verdict, () => {
      lane.isWaiting = false;
      this.#dispatchSoon();
    });
  }

  #crash(error: Error): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#parts.crashed(error);
    this.#firstJoin();
  }

  async #stop(): Promise<void> {
    this.#isRunning = false;
    this.#heartbeat?.cancel();
    this.#firstJoin();
    await this.#consumer.close();
    await this.#reading;
    await this.#quiet();
    await this.#commits.settled();
    await this.#admin.close();
  }

  /** Resolves when nothing is being handled; or in time, where a handler waits for this without its being known. */
  async #quiet(): Promise<void> {
    const { config, source } = this.#parts;
    const lanes = [...this.lanes];
    await new Promise<void>((resolve) => {
      const timer = source.world.timers.after((config.rebalanceTimeout ?? 60_000) / 2, resolve);
      void Promise.all(lanes.map((lane) => lane.idle())).then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  async #rebalance({ kind, partitions }: RebalanceChange): Promise<void> {
    if (kind === "assigned") return this.#assigned(partitions);
    const { emitter, logger, source, config } = this.#parts;
    const { groupId, memberId } = this.#consumer.groupMetadata();
    if (this.#isRunning) {
      this.#joiningSince = source.world.clock.monotonic();
      emitter.emit("consumer.rebalancing", { groupId, memberId });
    }
    const gone = partitions.flatMap((place) => this.lanes.find(place) ?? []);
    for (const lane of gone) lane.revoke();
    if (kind === "revoked") {
      await Promise.all(gone.map((lane) => lane.idle()));
      try {
        if (this.#config.autoCommit ?? true) await this.#commits.commitOf(gone);
      } catch (error) {
        logger.warn("the last commit of partitions failed: their last messages come again", {
          groupId: config.groupId,
          error: String(error),
        });
      }
    }
    this.lanes.remove(gone);
  }

  async #assigned(partitions: readonly TopicPartition[]): Promise<void> {
    const { config, source, emitter, topics } = this.#parts;
    this.lanes.add(partitions);
    this.lanes.begin(partitions, await this.#starts.atStart(partitions, this.#admin, config.groupId, this.#timeoutMs));
    const memberAssignment: IMemberAssignment = {};
    for (const name of topics.keys()) memberAssignment[name] = [];
    for (const lane of this.lanes) memberAssignment[lane.topic]?.push(lane.partition);
    const { groupId, memberId } = this.#consumer.groupMetadata();
    emitter.emit("consumer.group_join", {
      duration: source.world.clock.monotonic() - this.#joiningSince,
      groupId,
      memberId,
      isLeader: this.#isLeader,
      leaderId: this.#isLeader ? memberId : "",
      groupProtocol: this.#protocol[0] ?? "",
      memberAssignment,
    });
    this.#isLeader = false;
    this.#firstJoin();
  }

  #pauseLane({ topic: name, partition }: PartitionLane): () => void {
    const selection = [{ topic: name, partitions: [partition] }];
    this.lanes.pause(selection);
    return () => this.lanes.resume(selection);
  }

  async #commitIfNecessary(): Promise<void> {
    const { autoCommit = true, autoCommitInterval, autoCommitThreshold } = this.#config;
    if (!autoCommit) return;
    const { clock } = this.#parts.source.world;
    const isDue = (autoCommitInterval ?? Infinity) <= clock.monotonic() - this.#committedAt;
    if (isDue || this.#book.uncommittedCount >= (autoCommitThreshold ?? Infinity)) await this.#commitDone();
  }

  // Ends of transactions and aborted records reach no handler; without them a group would never be quite at the end.
  #passWhatHoldsNothing(): void {
    for (const { topic, partition, lag, highWatermark } of this.#consumer.lag()) {
      const lane = this.lanes.find({ topic, partition });
      if (lane?.isDrained && lag !== undefined && highWatermark !== undefined) {
        this.#book.pass(lane, highWatermark - lag);
      }
    }
  }

  async #commitDone(): Promise<void> {
    this.#passWhatHoldsNothing();
    this.#committedAt = this.#parts.source.world.clock.monotonic();
    try {
      await this.#commits.commitDone();
    } catch (error) {
      // Whoever has the partitions now handles again what was not committed.
      if (isOfThePast(error)) this.#parts.logger.warn("a commit came too late: the group rebalances", { error });
      else this.#crash(asKafkaJSError(error));
      throw error;
    }
  }

  #highWatermark(lane: PartitionLane): bigint {
    const lag = this.#consumer.lag().find((each) => each.topic === lane.topic && each.partition === lane.partition);
    return lag?.highWatermark ?? -1n;
  }

  /** Tells of heartbeats while the member is in its group; the client makes them. */
  #beat(): void {
    const { heartbeatInterval = 3_000 } = this.#parts.config;
    this.#heartbeat = this.#parts.source.world.timers.after(heartbeatInterval, () => {
      if (!this.#isRunning) return;
      if (this.#consumer.health().membership === "stable") {
        const { groupId, memberId, generation } = this.#consumer.groupMetadata();
        this.#parts.emitter.emit("consumer.heartbeat", { groupId, memberId, groupGenerationId: generation });
        if (this.#config.autoCommit ?? true) void this.#commitDone().catch(() => {});
      }
      this.#beat();
    });
  }
}
