import type { Producer as ClientProducer, Transaction as ClientTransaction } from "@ottla/client";
import { TransactionError } from "@ottla/client";
import type { Offsets } from "../config/cluster-types.js";
import { asKafkaJSError } from "../errors/as-kafkajs-error.js";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";
import { outgoing } from "./outgoing.js";
import type { ProducerBatch, ProducerRecord, RecordMetadata } from "./producer-types.js";
import { sent } from "./sent.js";

const aborted = new Error("the transaction was aborted");

/** Whoever works in a transaction, as a promise that the client awaits. */
class Work {
  readonly ended: Promise<void>;
  commit: () => void = () => {};
  abort: (reason: Error) => void = () => {};

  constructor() {
    this.ended = new Promise((resolve, reject) => {
      this.commit = resolve;
      this.abort = reject;
    });
    this.ended.catch(() => {});
  }
}

/** An open transaction: ends by `commit` or `abort`, once. */
export class Transaction {
  readonly #tx: ClientTransaction;
  readonly #work: Work;
  readonly #finished: Promise<void>;
  #end: "open" | "committing" | "aborting" = "open";
  #failure: Error | undefined;

  private constructor(tx: ClientTransaction, work: Work, finished: Promise<void>) {
    this.#tx = tx;
    this.#work = work;
    this.#finished = finished;
  }

  /** Begins one. @throws KafkaJSError */
  static begin(producer: ClientProducer): Promise<Transaction> {
    return new Promise((resolve, reject) => {
      const work = new Work();
      const finished = producer.transaction((tx) => {
        resolve(new Transaction(tx, work, finished));
        return work.ended;
      });
      finished.catch((error: unknown) => reject(asKafkaJSError(error)));
    });
  }

  async send({ topic, messages, ...how }: ProducerRecord): Promise<RecordMetadata[]> {
    return this.sendBatch({ ...how, topicMessages: [{ topic, messages }] });
  }

  async sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]> {
    this.#guard();
    return sent(outgoing(batch, true).map((record) => this.#tx.sendRaw(record)));
  }

  /** Commits offsets of a group with the transaction. */
  async sendOffsets({ consumerGroupId, topics }: Offsets & { consumerGroupId: string }): Promise<void> {
    this.#guard();
    const offsets = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({ topic, partition, offset: BigInt(offset) })),
    );
    try {
      await this.#tx.commitOffsets(consumerGroupId, offsets);
    } catch (error) {
      throw asKafkaJSError(error);
    }
  }

  async commit(): Promise<void> {
    this.#guard();
    this.#end = "committing";
    this.#work.commit();
    try {
      await this.#finished;
    } catch (error) {
      this.#failure = error as Error;
      throw asKafkaJSError(error);
    }
  }

  /** Also after a `commit` that failed: then it says whether nothing of the transaction is read. */
  async abort(): Promise<void> {
    if (this.#failure !== undefined) {
      if (this.#failure instanceof TransactionError && this.#failure.outcome === "aborted") return;
      throw asKafkaJSError(this.#failure);
    }
    this.#guard();
    this.#end = "aborting";
    this.#work.abort(aborted);
    try {
      await this.#finished;
    } catch (error) {
      if (error !== aborted) throw asKafkaJSError(error);
    }
  }

  isActive(): boolean {
    return this.#end === "open";
  }

  /** Lets the producer close. */
  abandon(): void {
    if (this.isActive()) void this.abort().catch(() => {});
  }

  #guard(): void {
    if (!this.isActive()) throw new KafkaJSNonRetriableError("the transaction has ended");
  }
}
