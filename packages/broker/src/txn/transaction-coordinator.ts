import { KafkaProtocolError } from "@ottla/protocol";
import type { Timer, World } from "@ottla/world";
import type { BrokerConfig } from "../config/broker-config.js";
import { partitionOf } from "../group/coordinator-partition.js";
import type { Logger } from "../logger.js";
import { featureLevel } from "../topics/cluster-features.js";
import { transactionsTopic, transactionsTopicName } from "../topics/internal-topics.js";
import type { MetadataLog } from "../topics/metadata-log.js";
import type { ProducerIds } from "../topics/producer-ids.js";
import type { Topic, Topics } from "../topics/topics.js";
import { recoded } from "./recoded.js";
import type { TransactionMarkers } from "./transaction-markers.js";
import { TransactionShard } from "./transaction-shard.js";
import type {
  ClientTransactionVersion,
  ProducerIdentity,
  TopicPartition,
  TransactionResult,
  TransactionState,
} from "./transaction-state.js";

export interface TransactionCoordinatorParts {
  readonly world: Pick<World, "clock" | "timers">;
  readonly config: BrokerConfig;
  readonly topics: Pick<Topics, "get" | "ensure">;
  readonly metadata: Pick<MetadataLog, "image">;
  readonly producerIds: Pick<ProducerIds, "next">;
  readonly markers: Pick<TransactionMarkers, "write">;
  readonly logger: Logger;
}

/** A producer of transactions, as its requests name it. */
export interface TransactionalProducer extends ProducerIdentity {
  readonly transactionalId: string;
}

/** `add` begins a transaction where none is open, and adds what is not in it (KIP-890); `verify` only looks. */
export type AdmissionMode = "add" | "verify";

/**
 * The transactions of the broker. Each transactional id lives on the partition of `__transaction_state` that it hashes to.
 *
 * Every promise resolves when what it tells is durable. A rejection is a {@link KafkaProtocolError} for the client,
 * `NOT_COORDINATOR` while a log is loaded again after a failure.
 */
export class TransactionCoordinator {
  readonly #parts: TransactionCoordinatorParts;
  readonly #shards = new Map<number, TransactionShard>();
  readonly #loading = new Map<number, Promise<void>>();
  #partitionCount = 0;
  #abortTimer: Timer | undefined;
  #expiryTimer: Timer | undefined;
  #isClosed = false;

  private constructor(parts: TransactionCoordinatorParts) {
    this.#parts = parts;
  }

  /** Loads what the logs hold. Transactions that were open stay open, those whose end was decided are ended. */
  static async open(parts: TransactionCoordinatorParts): Promise<TransactionCoordinator> {
    const coordinator = new TransactionCoordinator(parts);
    const topic = parts.topics.get(transactionsTopicName);
    if (topic !== undefined) await coordinator.#load(topic);
    coordinator.#scheduleAborts();
    coordinator.#scheduleExpiry();
    return coordinator;
  }

  /** Ends what goes on in the background. It is taken up again at the next start. */
  close(): void {
    this.#isClosed = true;
    this.#abortTimer?.cancel();
    this.#expiryTimer?.cancel();
    for (const shard of this.#shards.values()) shard.close();
  }

  /** Creates `__transaction_state` where it is not there. */
  async ensureTopic(): Promise<void> {
    this.#checkOpen();
    const topic =
      this.#parts.topics.get(transactionsTopicName) ??
      (await this.#parts.topics.ensure(transactionsTopic(this.#parts.config)));
    await this.#load(topic);
  }

  /**
   * Gives a producer its id and epoch, and fences whoever had the transactional id before.
   *
   * @throws {@link KafkaProtocolError} `INVALID_REQUEST`, `INVALID_TRANSACTION_TIMEOUT`, `PRODUCER_FENCED`, and `CONCURRENT_TRANSACTIONS` while an
   * open transaction is aborted
   */
  async initProducer(
    transactionalId: string,
    timeoutMs: number,
    expected: ProducerIdentity | undefined,
  ): Promise<ProducerIdentity> {
    checkId(transactionalId);
    const longest = this.#parts.config.get("transaction.max.timeout.ms");
    if (timeoutMs <= 0 || timeoutMs > longest) {
      throw new KafkaProtocolError(
        "INVALID_TRANSACTION_TIMEOUT",
        `Transaction timeout ${timeoutMs} ms, transaction.max.timeout.ms is ${longest}`,
      );
    }
    await this.ensureTopic();
    return this.#shardOf(transactionalId).run(transactionalId, { kind: "initProducer", timeoutMs, expected });
  }

  /**
   * Adds partitions to a producer's transaction, beginning one where none is open.
   *
   * @throws {@link KafkaProtocolError} `INVALID_PRODUCER_ID_MAPPING`, `PRODUCER_FENCED`, `CONCURRENT_TRANSACTIONS`
   */
  async addPartitions(
    producer: TransactionalProducer,
    partitions: readonly TopicPartition[],
    version: ClientTransactionVersion,
  ): Promise<void> {
    const { transactionalId } = producer;
    checkId(transactionalId);
    await this.#shardOf(transactionalId).run(transactionalId, { kind: "addPartitions", producer, partitions, version });
  }

  /**
   * Ends a producer's transaction. Resolves when that is decided for good, with who the producer is from now on; the markers
   * follow.
   *
   * @throws {@link KafkaProtocolError} `INVALID_PRODUCER_ID_MAPPING`, `PRODUCER_FENCED`, `INVALID_TXN_STATE`, `CONCURRENT_TRANSACTIONS`
   */
  async end(
    producer: TransactionalProducer,
    result: TransactionResult,
    version: ClientTransactionVersion,
  ): Promise<ProducerIdentity> {
    const { transactionalId } = producer;
    checkId(transactionalId);
    return this.#shardOf(transactionalId).run(transactionalId, { kind: "end", producer, result, version });
  }

  /**
   * Lets records for a partition into a producer's transaction: `add` for clients of transactions v2 (Produce 12,
   * TxnOffsetCommit 5), `verify` for those that add partitions themselves. `undefined` when it is in it, durably; otherwise ask
   * again once the promise resolved: meanwhile the transaction may have ended.
   *
   * @throws {@link KafkaProtocolError} as its clients are told: `INVALID_PRODUCER_EPOCH`, `INVALID_PRODUCER_ID_MAPPING`, `TRANSACTION_ABORTABLE`,
   * `CONCURRENT_TRANSACTIONS`, `NOT_COORDINATOR`, `INVALID_REQUEST`. Also as a rejection.
   */
  admit(producer: TransactionalProducer, partition: TopicPartition, mode: AdmissionMode): Promise<void> | undefined {
    return this.admitAll(producer, [partition], mode);
  }

  /** As {@link TransactionCoordinator.admit}, for several partitions with one change. */
  admitAll(
    producer: TransactionalProducer,
    partitions: readonly TopicPartition[],
    mode: AdmissionMode,
  ): Promise<void> | undefined {
    const { transactionalId } = producer;
    if (mode === "verify" && !this.#parts.config.get("transaction.partition.verification.enable")) return undefined;
    try {
      checkId(transactionalId);
      const shard = this.#shardOf(transactionalId);
      if (mode === "add") return shard.admit(transactionalId, producer, partitions);
      const [missing] = shard.missing(transactionalId, producer, partitions);
      if (missing === undefined) return shard.pending(transactionalId);
      throw new KafkaProtocolError(
        "TRANSACTION_ABORTABLE",
        `${missing.topic}-${missing.partition} is not in the transaction of ${transactionalId}`,
      );
    } catch (error) {
      throw asAdmissionError(error);
    }
  }

  /** Which of the partitions are not in the producer's transaction. @throws {@link KafkaProtocolError} as {@link TransactionCoordinator.addPartitions} */
  missing(producer: TransactionalProducer, partitions: readonly TopicPartition[]): readonly TopicPartition[] {
    const { transactionalId } = producer;
    checkId(transactionalId);
    return this.#shardOf(transactionalId).missing(transactionalId, producer, partitions);
  }

  /** @throws {@link KafkaProtocolError} `INVALID_REQUEST`, `TRANSACTIONAL_ID_NOT_FOUND` */
  async describe(transactionalId: string): Promise<TransactionState> {
    checkId(transactionalId);
    const shard = this.#shardOf(transactionalId);
    const state = shard.states().get(transactionalId);
    if (state === undefined) {
      throw new KafkaProtocolError("TRANSACTIONAL_ID_NOT_FOUND", `Transactional id ${transactionalId} is not known`);
    }
    await shard.durable();
    return state;
  }

  /** All that is known, partition by partition. */
  async list(): Promise<readonly (readonly [string, TransactionState])[]> {
    const all: (readonly [string, TransactionState])[] = [];
    for (let partition = 0; partition < this.#partitionCount; partition += 1) {
      const shard = this.#shardAt(partition);
      all.push(...shard.states());
      await shard.durable();
    }
    return all;
  }

  /** Aborts transactions that are open too long. It runs every `transaction.abort.timed.out.transaction.cleanup.interval.ms` by itself. */
  async abortTimedOut(): Promise<void> {
    await this.#eachShard((shard) => shard.abortTimedOut());
  }

  /** Forgets what `transactional.id.expiration.ms` has passed. It runs every `transaction.remove.expired.transaction.cleanup.interval.ms` by itself. */
  async expire(): Promise<void> {
    const { config, world } = this.#parts;
    const time = world.clock.now() - config.get("transactional.id.expiration.ms");
    await this.#eachShard((shard) => shard.expireUnusedSince(time));
  }

  async #eachShard(work: (shard: TransactionShard) => Promise<void>): Promise<void> {
    for (let partition = 0; partition < this.#partitionCount; partition += 1) {
      try {
        await work(this.#shardAt(partition));
      } catch (error) {
        if (!this.#isClosed) {
          this.#parts.logger.warn("Transactions could not be cleaned up; it is tried again", { partition, error });
        }
      }
    }
  }

  #scheduleAborts(): void {
    if (this.#isClosed) return;
    const { config, world } = this.#parts;
    const intervalMs = config.get("transaction.abort.timed.out.transaction.cleanup.interval.ms");
    this.#abortTimer = world.timers.idle(intervalMs, () => {
      void this.abortTimedOut().then(() => this.#scheduleAborts());
    });
  }

  #scheduleExpiry(): void {
    if (this.#isClosed) return;
    const { config, world } = this.#parts;
    const intervalMs = config.get("transaction.remove.expired.transaction.cleanup.interval.ms");
    this.#expiryTimer = world.timers.idle(intervalMs, () => {
      void this.expire().then(() => this.#scheduleExpiry());
    });
  }

  async #load(topic: Topic): Promise<void> {
    this.#partitionCount ||= topic.partitions.length;
    const all = Array.from({ length: this.#partitionCount }, (_, partition) => partition);
    await Promise.all(all.map((partition) => this.#loadPartition(topic, partition)));
  }

  /** Loads a partition, unless it is. Its failure is told by the next request for it. */
  async #loadPartition(topic: Topic, partition: number): Promise<void> {
    if (this.#shards.get(partition)?.isClosed === false) return;
    const loading = this.#loading.get(partition);
    if (loading !== undefined) return loading;
    const load = this.#open(topic, partition).finally(() => this.#loading.delete(partition));
    this.#loading.set(partition, load);
    return load;
  }

  async #open(topic: Topic, partition: number): Promise<void> {
    const { world, config, markers, producerIds, logger, metadata } = this.#parts;
    const log = topic.partitions[partition];
    if (log === undefined || this.#isClosed) return;
    try {
      const shard = await TransactionShard.open(log, {
        clock: world.clock,
        timers: world.timers,
        logger,
        markers,
        nextProducerId: () => producerIds.next(),
        admissionWaitMs: () => config.get("add.partitions.to.txn.retry.backoff.max.ms"),
        transactionVersion: () => featureLevel(metadata.image, "transaction.version"),
      });
      if (this.#isClosed) shard.close();
      this.#shards.set(partition, shard);
    } catch (error) {
      logger.error("Transactions could not be loaded", { topic: topic.name, partition, error });
    }
  }

  #shardOf(transactionalId: string): TransactionShard {
    this.#checkOpen();
    if (this.#partitionCount === 0) {
      throw new KafkaProtocolError("NOT_COORDINATOR", `Nobody has asked for the coordinator of ${transactionalId}`);
    }
    return this.#shardAt(partitionOf(transactionalId, this.#partitionCount));
  }

  #shardAt(partition: number): TransactionShard {
    this.#checkOpen();
    const shard = this.#shards.get(partition);
    if (shard !== undefined && !shard.isClosed) return shard;
    const topic = this.#parts.topics.get(transactionsTopicName);
    if (topic !== undefined) void this.#loadPartition(topic, partition);
    throw new KafkaProtocolError("NOT_COORDINATOR", `${transactionsTopicName}-${partition} is being loaded`);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new KafkaProtocolError("COORDINATOR_NOT_AVAILABLE", "The broker is stopping");
  }
}

function checkId(transactionalId: string): void {
  if (transactionalId === "") throw new KafkaProtocolError("INVALID_REQUEST", "The transactional id is empty");
}

/** A producer that writes records hears of its fencing by the older code. */
function asAdmissionError(error: unknown): unknown {
  if (!(error instanceof KafkaProtocolError) || error.code !== "PRODUCER_FENCED") return error;
  return recoded(error, "INVALID_PRODUCER_EPOCH");
}
