import type { Clock } from "@ottla/world";
import type { OffsetToCommit } from "../../admin/offset-admin.js";
import type { GroupMetadata } from "../../consumer/group-metadata.js";
import type { RawRecord } from "../../contract/raw-record.js";
import type { Sendable } from "../../contract/record.js";
import type { Topic } from "../../contract/topic.js";
import { channels } from "../../telemetry/channels.js";
import { tracedSend, withHeaders, withRawHeaders } from "../../telemetry/traced-send.js";
import type { RecordMetadata, SendOutcome } from "../record-metadata.js";
import { PendingBatch, PendingSend, type RecordSink } from "../record-sink.js";
import type { SendOptions } from "../send-options.js";

/** What a transaction does to its producer. */
interface TransactionPort {
  readonly clock: Clock;
  send(topic: Topic, record: unknown, sink: RecordSink): void;
  sendRaw(record: RawRecord, sink: RecordSink): void;
  commitOffsets(group: GroupMetadata | string, offsets: readonly OffsetToCommit[]): Promise<void>;
}

/**
 * An open transaction. What it is asked need not be awaited: it commits when all has succeeded. A record that fails, or a commit
 * of offsets, takes the whole transaction with it, whether or not anybody waits for it; so does one that its signal withdraws.
 */
export class Transaction {
  readonly #port: TransactionPort;

  /** @internal Made by `producer.transaction()`. */
  constructor(port: TransactionPort) {
    this.#port = port;
  }

  /** Sends one record; resolves when it is acknowledged, which says nothing of the commit. @throws as `Producer.send`, and TransactionError */
  send<T extends Topic>(topic: T, record: Sendable<T>, options?: SendOptions): Promise<RecordMetadata> {
    const one = ([each = record]: readonly Sendable<T>[]) => {
      const sink = new PendingSend(options?.signal);
      this.#port.send(topic, each, sink);
      return sink.promise;
    };
    if (!channels.send.hasSubscribers) return heard(one([record]));
    const records = [record as Sendable<T> & object];
    return heard(tracedSend(this.#port.clock, topic.name, records, withRawHeaders, one));
  }

  /** Sends several records of a topic, in order; resolves with an outcome for each, as `Producer.sendBatch`. */
  sendBatch<T extends Topic>(
    topic: T,
    records: readonly Sendable<T>[],
    options?: SendOptions,
  ): Promise<readonly SendOutcome[]> {
    const all = (each: readonly Sendable<T>[]) => {
      const batch = new PendingBatch(each.length, options?.signal);
      for (const [index, record] of each.entries()) this.#port.send(topic, record, batch.sink(index));
      return batch.promise;
    };
    if (!channels.send.hasSubscribers) return heard(all(records));
    const objects = records as readonly (Sendable<T> & object)[];
    return heard(tracedSend(this.#port.clock, topic.name, objects, withRawHeaders, all));
  }

  /** Sends a record that is bytes already. @throws as {@link Transaction.send} */
  sendRaw(record: RawRecord, options?: SendOptions): Promise<RecordMetadata> {
    const one = ([each = record]: readonly RawRecord[]) => {
      const sink = new PendingSend(options?.signal);
      this.#port.sendRaw(each, sink);
      return sink.promise;
    };
    if (!channels.send.hasSubscribers) return heard(one([record]));
    return heard(tracedSend(this.#port.clock, record.topic, [record], withHeaders, one));
  }

  /**
   * Commits offsets for a group with the transaction (KIP-447). An offset is that of the next record to read: one more than that of
   * the last one handled.
   *
   * @param group - `consumer.groupMetadata()` of a consumer with `autoCommit: false`: the coordinator refuses it once the group gave its
   * partitions to others. A group's id alone is taken from anybody.
   * @throws KafkaProtocolError when the group's coordinator refuses; {@link TransactionError}; KafkaTimeoutError after `deliveryTimeoutMs`.
   */
  commitOffsets(group: GroupMetadata | string, offsets: readonly OffsetToCommit[]): Promise<void> {
    return heard(this.#port.commitOffsets(group, offsets));
  }
}

// The transaction tells of a failure itself: that of a promise nobody looks at must not end the process.
function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
