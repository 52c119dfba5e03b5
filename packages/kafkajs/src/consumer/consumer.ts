import type { Timer } from "@ottla/world";
import type { GroupDescription } from "../admin/admin-types.js";
import { groupDescription } from "../admin/group-calls.js";
import type { ClientSource } from "../config/client-source.js";
import type {
  TopicPartitionOffset,
  TopicPartitionOffsetAndMetadata,
  TopicPartitions,
} from "../config/cluster-types.js";
import { ConnectedClient } from "../config/connected-client.js";
import type { RetryOptions } from "../config/kafka-config.js";
import { initialRetryMs } from "../config/retry.js";
import { asKafkaJSError } from "../errors/as-kafkajs-error.js";
import { KafkaJSError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded } from "../errors/kafkajs-errors.js";
import { EventEmitter, type RemoveInstrumentationEventListener } from "../events/event-emitter.js";
import type { Logger } from "../log/logger.js";
import {
  type ConsumerConfig,
  type ConsumerEventPayloads,
  type ConsumerEventTypes,
  type ConsumerRunConfig,
  type ConsumerSubscribeTopic,
  type ConsumerSubscribeTopics,
  consumerEvents,
} from "./consumer-types.js";
import { GroupRun } from "./group-run.js";
import type { TopicSelection } from "./paused-partitions.js";
import { checkedPlace, rawTopic, subscribedTo } from "./subscription.js";

/**
 * A member of a group. Made by `kafka.consumer()`: connect, subscribe, run. What `run` handles is at least once: an offset is
 * committed when its message, and all before it in the partition, are done.
 */
export class Consumer {
  readonly events = consumerEvents;
  readonly #source: ClientSource;
  readonly #config: ConsumerConfig;
  readonly #retry: ConsumerConfig["retry"] & RetryOptions;
  readonly #logger: Logger;
  readonly #emitter: EventEmitter<ConsumerEventPayloads>;
  readonly #client: ConnectedClient<"consumer">;
  readonly #topics = new Map<string, { readonly fromBeginning: boolean }>();
  #run: GroupRun | undefined;
  /** `run` was called, and not stopped: also while it waits to start again. */
  #isStarted = false;
  #restart: Timer | undefined;

  /** @throws KafkaJSNonRetriableError */
  constructor(source: ClientSource, config: ConsumerConfig) {
    const { groupId, heartbeatInterval = 3_000, sessionTimeout = 30_000 } = config;
    if (typeof groupId !== "string" || groupId === "") throw new KafkaJSNonRetriableError("groupId: it is missing");
    if (heartbeatInterval >= sessionTimeout) {
      throw new KafkaJSNonRetriableError(
        `heartbeatInterval: ${heartbeatInterval} is not less than sessionTimeout, ${sessionTimeout}`,
      );
    }
    this.#source = source;
    this.#config = config;
    this.#retry = source.retry(config.retry);
    this.#logger = source.logger.namespace("Consumer");
    this.#emitter = new EventEmitter(source.world.clock, this.#logger, consumerEvents);
    const needs = { metadataMaxAge: config.metadataMaxAge, retry: this.#retry };
    this.#client = new ConnectedClient(source, needs, "consumer", this.#emitter);
  }

  /** @throws KafkaJSError when no broker answers, KafkaJSSASLAuthenticationError */
  connect(): Promise<void> {
    return this.#client.connect();
  }

  /** Stops, and closes the connections. Within a handler it resolves at once, as {@link Consumer.stop}. */
  async disconnect(): Promise<void> {
    const isOwn = this.#run?.isCalling() === true;
    const work = this.#disconnect();
    if (!isOwn) await work;
  }

  /** @throws KafkaJSNonRetriableError while it runs */
  async subscribe(subscription: ConsumerSubscribeTopics | ConsumerSubscribeTopic): Promise<void> {
    if (this.#isStarted) throw new KafkaJSNonRetriableError("topics are subscribed to before run, or after stop");
    const fromBeginning = subscription.fromBeginning ?? false;
    const names = await subscribedTo(subscription, async () => {
      const admin = this.#client.current.admin();
      try {
        return (await admin.topics.list({ internal: true })).map(({ name }) => name);
      } catch (error) {
        throw asKafkaJSError(error);
      } finally {
        await admin.close();
      }
    });
    await this.#found(names);
    for (const name of names) this.#topics.set(name, { fromBeginning });
  }

  /** Resolves when the group has given this member its partitions; messages are handled from then on. */
  async run(config: ConsumerRunConfig = {}): Promise<void> {
    if (this.#isStarted) {
      this.#logger.warn("run was called again while the consumer runs: nothing is done", {
        groupId: this.#config.groupId,
      });
      return;
    }
    this.#client.check();
    this.#isStarted = true;
    await this.#start(config);
  }

  /**
   * Waits for messages being handled, commits what is done, and leaves the group. `run` may be called again. Within a handler it
   * resolves at once, and the consumer stops when that has ended: waiting for it there would be waiting for oneself.
   */
  async stop(): Promise<void> {
    const isOwn = this.#run?.isCalling() === true;
    const work = this.#stop();
    if (!isOwn) await work;
  }

  /** Commits offsets: those of the next messages to handle. */
  async commitOffsets(offsets: TopicPartitionOffsetAndMetadata[]): Promise<void> {
    const wanted = offsets.map(({ metadata, ...given }) => {
      const { offset, ...place } = checkedPlace(given);
      if (offset < 0n) throw new KafkaJSNonRetriableError(`offset ${offset} is below 0`);
      return { ...place, offset, ...(typeof metadata === "string" && { metadata }) };
    });
    await this.#running().commit(wanted);
  }

  /** Goes on at another offset; "-1" is the end, "-2" the beginning. */
  seek(given: TopicPartitionOffset): void {
    const { offset, ...place } = checkedPlace(given);
    if (offset < -2n) throw new KafkaJSNonRetriableError(`offset ${offset} is below 0`);
    this.#running().lanes.seek(place, offset);
  }

  async describeGroup(): Promise<GroupDescription> {
    const admin = this.#client.current.admin();
    try {
      const [group] = await admin.groups.describe([this.#config.groupId]);
      if (group === undefined) throw new KafkaJSError(`no answer about group "${this.#config.groupId}"`);
      return groupDescription(group);
    } catch (error) {
      throw asKafkaJSError(error);
    } finally {
      await admin.close();
    }
  }

  /** Hands out no more of these topics or partitions, until resumed. */
  pause(topics: TopicSelection[]): void {
    this.#running().lanes.pause(topics);
  }

  /** Those of this member's partitions that are paused. */
  paused(): TopicPartitions[] {
    return this.#run?.lanes.paused() ?? [];
  }

  resume(topics: TopicSelection[]): void {
    this.#running().lanes.resume(topics);
  }

  on<Name extends keyof ConsumerEventTypes>(
    eventName: Name,
    listener: (event: ConsumerEventTypes[Name]) => void,
  ): RemoveInstrumentationEventListener<Name> {
    return this.#emitter.on(eventName, listener);
  }

  logger(): Logger {
    return this.#logger;
  }

  async #disconnect(): Promise<void> {
    await this.#client.settled();
    await this.#stop();
    await this.#client.disconnect();
  }

  async #stop(): Promise<void> {
    const run = this.#run;
    this.#restart?.cancel();
    this.#isStarted = false;
    if (run === undefined) return;
    await run.stop();
    if (this.#run !== run) return;
    this.#run = undefined;
    this.#emitter.emit("consumer.stop", null);
  }

  /** Resolves when the topics are there; asking for them may create them. @throws KafkaJSError */
  async #found(names: readonly string[]): Promise<void> {
    const client = this.#client.current;
    const timeoutMs = this.#source.connectBudgetMs(this.#retry);
    try {
      if (this.#config.allowAutoTopicCreation ?? true) {
        const producer = client.producer({ maxBlockMs: timeoutMs, acks: 1 });
        try {
          await producer.prepare(names.map(rawTopic));
        } finally {
          await producer.close();
        }
      } else if (names.length > 0) {
        const admin = client.admin();
        try {
          for (const { error } of await admin.topics.describe(names, { timeoutMs }))
            if (error !== undefined) throw error;
        } finally {
          await admin.close();
        }
      }
    } catch (error) {
      throw asKafkaJSError(error);
    }
  }

  async #start(config: ConsumerRunConfig): Promise<void> {
    // As a member that asks for nothing it would only take part in rebalances.
    if (this.#topics.size === 0) return;
    const run = new GroupRun(
      {
        client: this.#client.current,
        source: this.#source,
        config: this.#config,
        retry: this.#retry,
        topics: this.#topics,
        emitter: this.#emitter,
        logger: this.#logger,
        crashed: (error) => void this.#crashed(run, config, error),
      },
      config,
    );
    this.#run = run;
    await run.start();
  }

  /** Never rejects. */
  async #crashed(run: GroupRun, config: ConsumerRunConfig, error: Error): Promise<void> {
    const { groupId } = this.#config;
    this.#logger.error(`the consumer crashed: ${error.name}: ${error.message}`, { groupId, stack: error.stack });
    await run.stop();
    // It was stopped meanwhile.
    if (this.#run !== run) return;
    this.#run = undefined;
    this.#emitter.emit("consumer.stop", null);
    this.#emitter.emit("consumer.disconnect", null);
    const restart = isWorthARestart(error) && (await this.#mayRestart(error));
    this.#emitter.emit("consumer.crash", { error, groupId, restart });
    if (!this.#isStarted) return;
    if (!restart) {
      this.#isStarted = false;
      return;
    }
    const waitMs = error instanceof KafkaJSNumberOfRetriesExceeded ? error.retryTime : initialRetryMs(this.#retry);
    this.#logger.error(`the consumer starts again in ${waitMs} ms`, { groupId });
    this.#restart = this.#source.world.timers.after(waitMs, () => {
      if (!this.#isStarted) return;
      void this.#start(config).catch((failure: unknown) => {
        this.#isStarted = false;
        this.#emitter.emit("consumer.crash", { error: asKafkaJSError(failure), groupId, restart: false });
      });
    });
  }

  async #mayRestart(error: Error): Promise<boolean> {
    try {
      return (await this.#retry.restartOnFailure?.(error)) ?? true;
    } catch (thrown) {
      this.#logger.error("restartOnFailure failed: the consumer starts again", { error: String(thrown) });
      return true;
    }
  }

  #running(): GroupRun {
    if (this.#run === undefined) throw new KafkaJSNonRetriableError("the consumer does not run: call run first");
    return this.#run;
  }
}

function isWorthARestart(error: Error): boolean {
  if (error instanceof KafkaJSNumberOfRetriesExceeded) return true;
  let origin: unknown = error;
  while (origin instanceof Error && origin.cause instanceof Error) origin = origin.cause;
  return origin instanceof Error && "retriable" in origin && origin.retriable === true;
}
