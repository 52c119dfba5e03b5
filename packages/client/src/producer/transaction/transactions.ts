import { KafkaProtocolError, type ProtocolErrorCode } from "@ottla/protocol";
import type { OffsetToCommit } from "../../admin/offset-admin.js";
import type { ClientWorld, Cluster } from "../../cluster/cluster.js";
import type { GroupMetadata } from "../../consumer/group-metadata.js";
import { partitionKey, type TopicPartition } from "../../consumer/topic-partition.js";
import type { RawRecord } from "../../contract/raw-record.js";
import type { Topic } from "../../contract/topic.js";
import { KafkaAuthenticationError } from "../../errors/kafka-authentication-error.js";
import { KafkaClosedError } from "../../errors/kafka-closed-error.js";
import { KafkaConfigError } from "../../errors/kafka-config-error.js";
import { TransactionError } from "../../errors/transaction-error.js";
import type { ProducerIdentity } from "../producer-batch.js";
import type { ProducerSettings } from "../producer-options.js";
import { type RecordSink, withdrawn } from "../record-sink.js";
import type { TransactionGate } from "../sender.js";
import { Transaction } from "./transaction.js";
import { TransactionLink, type TransactionVersion } from "./transaction-link.js";

/** What transactions ask of the producer they are of. */
interface TransactionsHost {
  send(topic: Topic, record: unknown, sink: RecordSink): void;
  sendRaw(record: RawRecord, sink: RecordSink): void;
  /** Something may leave that could not. */
  schedule(): void;
  /** Resolves when every record was told what became of it. */
  flush(): Promise<void>;
  /** Fails all that is not acknowledged; resolves when no request is under way. */
  drop(error: Error): Promise<void>;
}

/** The transaction under way. */
interface Running {
  isOpen: boolean;
  /** Its coordinator may know of it. */
  hasBegun: boolean;
  failure: Error | undefined;
  /** What comes to nothing from now on is no failure: it is being aborted. */
  isAborting: boolean;
  readonly added: Set<string>;
  readonly wanted: Map<string, TopicPartition>;
  adding: Promise<void> | undefined;
  readonly offsets: Set<Promise<void>>;
  ending: Promise<void> | undefined;
}

// The version before the one that says that a batch adds its partition by itself.
const lastOldProduce = 11;
const abortable: ProtocolErrorCode = "TRANSACTION_ABORTABLE";
const fatalCodes: ReadonlySet<ProtocolErrorCode> = new Set<ProtocolErrorCode>([
  "PRODUCER_FENCED",
  "INVALID_PRODUCER_EPOCH",
  "INVALID_PRODUCER_ID_MAPPING",
  "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "UNSUPPORTED_VERSION",
]);

/** The transactions of one producer, one at a time: begins, commits and aborts them, and lets their batches leave. */
export class Transactions implements TransactionGate {
  readonly #id: string;
  readonly #world: ClientWorld;
  readonly #settings: ProducerSettings;
  readonly #host: TransactionsHost;
  readonly #signal: AbortSignal;
  readonly #link: TransactionLink;
  #identity: ProducerIdentity | undefined;
  #version: TransactionVersion = 1;
  /** The coordinator has to be asked for an epoch before the next transaction. */
  #mustInit = true;
  #fatal: TransactionError | undefined;
  #running: Running | undefined;

  constructor(
    parts: { readonly world: ClientWorld; readonly cluster: Cluster; readonly host: TransactionsHost },
    settings: ProducerSettings,
    transactionalId: string,
    signal: AbortSignal,
  ) {
    this.#id = transactionalId;
    this.#world = parts.world;
    this.#host = parts.host;
    this.#settings = settings;
    this.#signal = signal;
    this.#link = new TransactionLink(parts.world, parts.cluster, settings, transactionalId);
  }

  get current(): ProducerIdentity | undefined {
    return this.#identity;
  }

  get maxProduceVersion(): number | undefined {
    return this.#version === 2 ? undefined : lastOldProduce;
  }

  admits(partition: TopicPartition): boolean {
    const running = this.#running;
    // Behind a record that failed nothing can be numbered.
    if (running === undefined || running.failure !== undefined || running.isAborting) return false;
    if (this.#version === 2) {
      running.hasBegun = true;
      return true;
    }
    const key = partitionKey(partition);
    if (running.added.has(key)) return true;
    running.wanted.set(key, { topic: partition.topic, partition: partition.partition });
    running.adding ??= this.#add(running);
    return false;
  }

  /** @throws as `Producer.transaction` */
  async run<R>(work: (tx: Transaction) => Promise<R> | R): Promise<R> {
    if (this.#fatal !== undefined) throw this.#fatal;
    if (this.#running !== undefined) {
      throw new KafkaConfigError(`transactional id "${this.#id}": one transaction at a time, and one is open`);
    }
    const running = newRunning();
    this.#running = running;
    try {
      await this.#begin();
      const result = await this.#worked(running, work);
      await this.#end(running, true);
      if (running.failure !== undefined) throw this.#aborted(running.failure);
      return result;
    } finally {
      running.isOpen = false;
      this.#running = undefined;
    }
  }

  /** Aborts an open transaction; waits for one that is being ended. Never rejects. */
  async close(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    if (running.ending === undefined) {
      this.#fail(running, new KafkaClosedError("the producer was closed while its transaction was open"));
    }
    await this.#end(running, false).catch(() => {});
  }

  async #worked<R>(running: Running, work: (tx: Transaction) => Promise<R> | R): Promise<R> {
    const transaction = new Transaction({
      clock: this.#world.clock,
      send: (topic, record, sink) => this.#watched(running, sink, (watched) => this.#host.send(topic, record, watched)),
      sendRaw: (record, sink) => this.#watched(running, sink, (watched) => this.#host.sendRaw(record, watched)),
      commitOffsets: (group, offsets) => this.#commitOffsets(running, group, offsets),
    });
    try {
      return await work(transaction);
    } catch (error) {
      await this.#end(running, false, error);
      throw running.failure === undefined ? error : this.#aborted(running.failure);
    }
  }

  async #begin(): Promise<void> {
    const wait = this.#wait(this.#settings.maxBlockMs);
    try {
      if (this.#mustInit) this.#identity = await this.#link.begin(this.#identity, wait);
      this.#mustInit = false;
      this.#version = await this.#link.version(wait);
    } catch (error) {
      throw this.#asFatal(error) ?? (error instanceof KafkaProtocolError ? this.#aborted(error) : error);
    }
  }

  #end(running: Running, wantsCommit: boolean, thrown?: unknown): Promise<void> {
    running.ending ??= this.#finish(running, wantsCommit, thrown);
    return running.ending;
  }

  async #finish(running: Running, wantsCommit: boolean, thrown: unknown): Promise<void> {
    running.isOpen = false;
    await Promise.allSettled(running.offsets);
    if (wantsCommit && running.failure === undefined) await this.#host.flush();
    if (wantsCommit && running.failure === undefined && (await this.#commit(running))) return;
    await this.#abort(running, thrown);
  }

  /** Answers false when it must be aborted instead. */
  async #commit(running: Running): Promise<boolean> {
    const identity = this.#identity;
    if (!running.hasBegun || identity === undefined) return true;
    let outcome: "aborted" | "unknown" = "aborted";
    const uncertain = () => {
      outcome = "unknown";
    };
    try {
      const wait = this.#wait(this.#settings.deliveryTimeoutMs);
      this.#identity = await this.#link.end(identity, this.#version, true, wait, uncertain);
      return true;
    } catch (error) {
      if (error instanceof KafkaProtocolError && error.code === abortable) {
        running.failure = error;
        return false;
      }
      const fatal = this.#asFatal(error, outcome);
      if (fatal !== undefined) throw fatal;
      this.#mustInit = true;
      const context = `transactional id "${this.#id}": no answer says whether the transaction is committed`;
      throw new TransactionError("OUTCOME_UNKNOWN", context, { cause: error });
    }
  }

  async #abort(running: Running, thrown: unknown): Promise<void> {
    const { failure } = running;
    running.isAborting = true;
    await this.#host.drop(this.#aborted(failure ?? thrown));
    await running.adding;
    if (failure instanceof KafkaAuthenticationError) throw this.#asFatal(failure);
    if (failure instanceof KafkaProtocolError && fatalCodes.has(failure.code)) throw this.#asFatal(failure);
    const identity = this.#identity;
    if (!running.hasBegun || identity === undefined) return;
    // Before KIP-890 only another epoch keeps what is late out of the next transaction.
    this.#mustInit = this.#version === 1;
    try {
      const wait = this.#wait(this.#settings.deliveryTimeoutMs);
      this.#identity = await this.#link.end(identity, this.#version, false, wait);
    } catch (error) {
      // Before KIP-890: of one whose first partition was refused the coordinator knows nothing.
      const isUnknown = error instanceof KafkaProtocolError && error.code === "INVALID_TXN_STATE";
      const fatal = isUnknown ? undefined : this.#asFatal(error);
      if (fatal !== undefined) throw fatal;
      // The coordinator aborts it when its time is over, or when the next begins.
      this.#mustInit = true;
    }
  }

  async #add(running: Running): Promise<void> {
    // Wait a turn, so that the partitions of one look at the queues travel together.
    await Promise.resolve();
    const identity = this.#identity;
    while (running.wanted.size > 0 && running.failure === undefined && identity !== undefined) {
      const partitions = [...running.wanted.values()];
      running.wanted.clear();
      running.hasBegun = true;
      try {
        await this.#link.addPartitions(identity, partitions, this.#wait(this.#settings.deliveryTimeoutMs));
        for (const each of partitions) running.added.add(partitionKey(each));
        this.#host.schedule();
      } catch (error) {
        this.#fail(running, error);
      }
    }
    running.adding = undefined;
  }

  async #commitOffsets(
    running: Running,
    group: GroupMetadata | string,
    offsets: readonly OffsetToCommit[],
  ): Promise<void> {
    const refusal = this.#refusal(running);
    if (refusal !== undefined) throw refusal;
    const committing = this.#offsetsCommitted(running, group, offsets);
    running.offsets.add(committing);
    try {
      await committing;
    } catch (error) {
      this.#fail(running, error);
      throw error;
    } finally {
      running.offsets.delete(committing);
    }
  }

  async #offsetsCommitted(
    running: Running,
    group: GroupMetadata | string,
    offsets: readonly OffsetToCommit[],
  ): Promise<void> {
    const identity = this.#identity;
    if (offsets.length === 0 || identity === undefined) return;
    const metadata =
      typeof group === "string" ? { groupId: group, memberId: "", generation: -1, groupInstanceId: null } : group;
    const wait = this.#wait(this.#settings.deliveryTimeoutMs);
    running.hasBegun = true;
    if (this.#version === 1) await this.#link.addOffsets(identity, metadata.groupId, wait);
    await this.#link.commitOffsets(identity, this.#version, metadata, offsets, wait);
  }

  #watched(running: Running, sink: RecordSink, send: (watched: RecordSink) => void): void {
    const refusal = this.#refusal(running);
    if (refusal !== undefined) {
      sink.failed(refusal);
      return;
    }
    if (sink.isWithdrawn === true) {
      this.#fail(running, withdrawn());
      return;
    }
    send({
      get isWithdrawn() {
        return sink.isWithdrawn === true;
      },
      delivered: (metadata) => sink.delivered(metadata),
      failed: (error) => {
        this.#fail(running, error);
        sink.failed(error);
      },
    });
  }

  #refusal({ isOpen, failure }: Running): Error | undefined {
    if (failure !== undefined) return this.#aborted(failure);
    return isOpen ? undefined : new KafkaConfigError(`transactional id "${this.#id}": this transaction is over`);
  }

  #fail(running: Running, error: unknown): void {
    if (running.failure !== undefined || running.isAborting) return;
    const failure = error instanceof Error ? error : new Error(String(error));
    running.failure = failure;
    // Not at once: whoever says that it failed may be going through the queues.
    queueMicrotask(() => void this.#host.drop(this.#aborted(failure)));
  }

  #aborted(cause: unknown): TransactionError {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new TransactionError("TRANSACTION_ABORTED", `transactional id "${this.#id}": ${why}`, { cause });
  }

  /** What a coordinator refuses for good ends the producer; undefined for what may pass. */
  #asFatal(error: unknown, outcome: "aborted" | "unknown" = "aborted"): TransactionError | undefined {
    const isRefusal = error instanceof KafkaProtocolError && error.code !== abortable;
    if (!isRefusal && !(error instanceof KafkaAuthenticationError)) return undefined;
    const isFenced = error.code === "PRODUCER_FENCED" || error.code === "INVALID_PRODUCER_EPOCH";
    const context = `transactional id "${this.#id}": ${error.message}`;
    const code = isFenced ? "PRODUCER_FENCED" : "PRODUCER_REFUSED";
    this.#fatal = new TransactionError(code, context, { cause: error, outcome });
    return this.#fatal;
  }

  #wait(forMs: number): { readonly deadline: number; readonly signal: AbortSignal } {
    return { deadline: this.#world.clock.monotonic() + forMs, signal: this.#signal };
  }
}

const newRunning = (): Running => ({
  isOpen: true,
  hasBegun: false,
  failure: undefined,
  isAborting: false,
  added: new Set(),
  wanted: new Map(),
  adding: undefined,
  offsets: new Set(),
  ending: undefined,
});
