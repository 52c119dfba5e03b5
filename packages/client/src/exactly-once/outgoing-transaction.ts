import type { Sendable } from "../contract/record.js";
import type { Topic } from "../contract/topic.js";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import type { RecordMetadata, SendOutcome } from "../producer/record-metadata.js";
import type { SendOptions } from "../producer/send-options.js";
import type { Transaction } from "../producer/transaction/transaction.js";

/** The open transaction of a batch: writes to the topics of `into`. What it is asked need not be awaited. */
export class OutgoingTransaction<I extends Topic> {
  readonly #transaction: Transaction;
  readonly #into: ReadonlySet<string>;

  /** @internal Made by `kafka.exactlyOnce`. */
  constructor(transaction: Transaction, into: ReadonlySet<string>) {
    this.#transaction = transaction;
    this.#into = into;
  }

  /** As {@link Transaction.send}. @throws KafkaConfigError for a topic that `into` does not name */
  send<T extends I>(topic: T, record: Sendable<T>, options?: SendOptions): Promise<RecordMetadata> {
    this.#check(topic);
    return this.#transaction.send(topic, record, options);
  }

  /** As {@link Transaction.sendBatch}. @throws KafkaConfigError for a topic that `into` does not name */
  sendBatch<T extends I>(
    topic: T,
    records: readonly Sendable<T>[],
    options?: SendOptions,
  ): Promise<readonly SendOutcome[]> {
    this.#check(topic);
    return this.#transaction.sendBatch(topic, records, options);
  }

  #check({ name }: Topic): void {
    if (!this.#into.has(name)) throw new KafkaConfigError(`exactlyOnce: "${name}" is none of the topics in \`into\``);
  }
}
