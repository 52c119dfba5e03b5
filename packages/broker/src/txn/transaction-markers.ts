import { encodeControlBatch, KafkaProtocolError } from "@ottla/protocol";
import type { Clock } from "@ottla/world";
import type { GroupCoordinator } from "../group/group-coordinator.js";
import { offsetsTopicName } from "../topics/internal-topics.js";
import type { Topics } from "../topics/topics.js";
import type { ProducerIdentity, TopicPartition, TransactionResult } from "./transaction-state.js";

/** What is written into each partition of a transaction to end it. */
export interface TransactionMarker extends ProducerIdentity {
  /** Leader epoch of the coordinator's partition: a log takes no marker of an earlier coordinator. */
  readonly coordinatorEpoch: number;
  readonly result: TransactionResult;
  /** From 2 on the epoch is above that of the transaction's batches. */
  readonly transactionVersion: number;
}

/** Writes markers into the logs of this node: all partitions are its own. */
export class TransactionMarkers {
  readonly #topics: Pick<Topics, "get">;
  readonly #groups: Pick<GroupCoordinator, "endTransaction">;
  readonly #clock: Clock;

  constructor(parts: {
    readonly topics: Pick<Topics, "get">;
    readonly groups: Pick<GroupCoordinator, "endTransaction">;
    readonly clock: Clock;
  }) {
    this.#topics = parts.topics;
    this.#groups = parts.groups;
    this.#clock = parts.clock;
  }

  /**
   * Resolves when the marker is durable.
   *
   * @throws {@link KafkaProtocolError} `UNKNOWN_TOPIC_OR_PARTITION`, and what the log has against the marker. As a rejection.
   */
  async write({ topic, partition }: TopicPartition, marker: TransactionMarker): Promise<void> {
    const log = this.#topics.get(topic)?.partitions[partition];
    if (log === undefined) {
      throw new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", `There is no ${topic}-${partition}`);
    }
    checkEpochs(marker);
    // The offsets that wait for the marker are the group coordinator's.
    if (topic === offsetsTopicName) return this.#groups.endTransaction({ partition, ...marker });
    const { result: type, producerId, producerEpoch, coordinatorEpoch, transactionVersion } = marker;
    const timestamp = this.#clock.now();
    const batch = encodeControlBatch({ type, producerId, producerEpoch, coordinatorEpoch, timestamp });
    const { lastOffset } = log.append(batch, "coordinator", { transactionVersion });
    await log.whenDurable(lastOffset + 1);
  }
}

/** What a log has of a producer that it does not know. */
const noEpoch = -1;

function checkEpochs({ producerId, producerEpoch, coordinatorEpoch }: TransactionMarker): void {
  if (producerEpoch < noEpoch) {
    throw new KafkaProtocolError(
      "INVALID_PRODUCER_EPOCH",
      `A marker for producer ${producerId}, epoch ${producerEpoch}`,
    );
  }
  if (coordinatorEpoch < noEpoch) {
    throw new KafkaProtocolError(
      "TRANSACTION_COORDINATOR_FENCED",
      `A marker for producer ${producerId} of coordinator epoch ${coordinatorEpoch}`,
    );
  }
}
