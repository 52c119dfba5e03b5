import type { ReceivedRecord } from "@ottla/client";
import { KafkaJSProtocolError } from "../errors/kafkajs-errors.js";
import type { ConsumerRunConfig, EachBatchPayload, KafkaMessage } from "./consumer-types.js";
import { kafkaMessage } from "./kafka-message.js";
import type { MessageBatch } from "./message-batch.js";
import { byTopic, type OffsetBook } from "./offset-book.js";
import type { OffsetCommits } from "./offset-commits.js";
import type { PartitionLane } from "./partition-lane.js";

/** What a handler may ask of the run it is of. */
export interface HandlingHost {
  readonly book: OffsetBook;
  readonly commits: OffsetCommits;
  isRunning(): boolean;
  /** Calls a handler, so that the run knows what is called from within it. */
  calling(call: () => Promise<void>): Promise<void>;
  /** Pauses the lane's partition; what it returns resumes it. */
  pause(lane: PartitionLane): () => void;
  /** Commits what is done when the interval or the threshold says so. */
  commitIfNecessary(): Promise<void>;
}

/** Calls the handlers of `run`. What they left undone goes back to the lane. */
export class BatchHandling {
  readonly #config: ConsumerRunConfig;
  readonly #host: HandlingHost;

  constructor(config: ConsumerRunConfig, host: HandlingHost) {
    this.#config = config;
    this.#host = host;
  }

  /** Handles a batch of the lane's records. @throws what the handler throws */
  async handle(lane: PartitionLane, batch: MessageBatch, records: readonly ReceivedRecord[]): Promise<void> {
    const { eachMessage, eachBatch } = this.#config;
    const { epoch } = lane;
    try {
      if (eachMessage) await this.#eachMessage(lane, batch, epoch, eachMessage);
      else if (eachBatch) await this.#eachBatch(lane, batch, epoch, eachBatch);
      else this.#resolve(lane, epoch, batch.lastOffset());
    } finally {
      const done = this.#host.book.doneUpTo(lane);
      lane.putBack(done === undefined ? records : records.filter(({ offset }) => offset >= done), epoch);
    }
  }

  async #eachMessage(
    lane: PartitionLane,
    batch: MessageBatch,
    epoch: number,
    eachMessage: NonNullable<ConsumerRunConfig["eachMessage"]>,
  ): Promise<void> {
    const { topic, partition } = lane;
    for (const message of batch.messages) {
      if (!this.#host.isRunning() || lane.isPaused || isStale(lane, epoch)) return;
      const payload = {
        topic,
        partition,
        message,
        heartbeat: () => heartbeat(lane),
        pause: () => this.#host.pause(lane),
      };
      await this.#host.calling(() => eachMessage(payload));
      this.#resolve(lane, epoch, message.offset);
      // Not awaited: the next message need not wait for a broker. What it rejects with is told where it was begun.
      void this.#host.commitIfNecessary().catch(() => {});
    }
  }

  async #eachBatch(
    lane: PartitionLane,
    batch: MessageBatch,
    epoch: number,
    eachBatch: NonNullable<ConsumerRunConfig["eachBatch"]>,
  ): Promise<void> {
    const { book, commits } = this.#host;
    const payload: EachBatchPayload = {
      batch,
      resolveOffset: (offset) => this.#resolve(lane, epoch, offset),
      heartbeat: () => heartbeat(lane),
      pause: () => this.#host.pause(lane),
      commitOffsetsIfNecessary: (offsets) =>
        offsets === undefined
          ? this.#host.commitIfNecessary()
          : commits.commit(
              offsets.topics.flatMap(({ topic, partitions }) =>
                partitions.map(({ partition, offset }) => ({ topic, partition, offset: BigInt(offset) })),
              ),
            ),
      uncommittedOffsets: () => ({ topics: byTopic(book.uncommitted()) }),
      isRunning: () => this.#host.isRunning(),
      isStale: () => isStale(lane, epoch),
    };
    await this.#host.calling(() => eachBatch(payload));
    if (this.#config.eachBatchAutoResolve ?? true) this.#resolve(lane, epoch, batch.lastOffset());
  }

  #resolve(lane: PartitionLane, epoch: number, offset: string): void {
    if (lane.epoch === epoch) this.#host.book.resolve(lane, BigInt(offset));
  }
}

/** The messages of records, as handlers get them. */
export const messagesOf = (records: readonly ReceivedRecord[]): KafkaMessage[] => records.map(kafkaMessage);

const isStale = (lane: PartitionLane, epoch: number): boolean => lane.isRevoked || lane.epoch !== epoch;

// Code that calls it in long work wants to hear that others are waiting for the partition.
async function heartbeat({ isRevoked, topic, partition }: PartitionLane): Promise<void> {
  if (!isRevoked) return;
  const told = new Error(`the group rebalances: topic ${topic}, partition ${partition} is being given up`);
  throw new KafkaJSProtocolError(Object.assign(told, { type: "REBALANCE_IN_PROGRESS", code: 27 }));
}
