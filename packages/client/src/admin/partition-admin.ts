import {
  alterPartitionReassignments,
  describeProducers,
  electLeaders,
  type KafkaProtocolError,
  listPartitionReassignments,
} from "@ottla/protocol";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError, throwRetriable } from "./answer-error.js";
import { byLeader } from "./by-leader.js";
import { groupedByTopic } from "./grouped-by-topic.js";
import type { PartitionName } from "./offset-admin.js";

/** Where the replicas of a partition are to be; the first is its preferred leader. Null stops a move that is under way. */
export interface Reassignment extends PartitionName {
  readonly replicas: readonly number[] | null;
}

/** What became of one partition of a call. */
export interface PartitionChange extends PartitionName {
  readonly error?: KafkaProtocolError | undefined;
}

/** A partition whose replicas are being moved. */
export interface OngoingReassignment extends PartitionName {
  /** All at the moment, those that come and those that go included. */
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

/** A producer as a partition's log knows it. */
export interface ActiveProducer {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Of its last record; undefined when the log does not say. */
  readonly lastSequence: number | undefined;
  /** Milliseconds since the epoch, of its last record. */
  readonly lastTimestamp: number | undefined;
  readonly coordinatorEpoch: number;
  /** Where its open transaction begins; undefined when none is open. */
  readonly transactionStartOffset: bigint | undefined;
}

/** The producers of one partition; `error` is set when its leader did not say. */
export interface PartitionProducers extends PartitionName {
  readonly producers: readonly ActiveProducer[];
  readonly error?: Error | undefined;
}

const controllerTimeoutMs = 60_000;
const electionTypes = { preferred: 0, unclean: 1 } as const;

/** Replicas, leaders and producers of partitions. */
export class PartitionAdmin {
  readonly #cluster: AdminCluster;

  /** @internal Made as `admin.partitions`. */
  constructor(cluster: AdminCluster) {
    this.#cluster = cluster;
  }

  /** Begins to move replicas (KIP-455): an outcome for each partition, in the order given. `reassignments` shows what is under way. */
  async reassign(partitions: readonly Reassignment[], options?: AdminOptions): Promise<readonly PartitionChange[]> {
    const topics = groupedByTopic(partitions).map(({ topic, partitions: places }) => ({
      name: topic,
      partitions: places.map(({ partition, replicas }) => ({ partitionIndex: partition, replicas })),
    }));
    const body = { timeoutMs: controllerTimeoutMs, topics };
    const response = await this.#cluster.request("controller", alterPartitionReassignments, body, options, (answer) =>
      throwRetriable(answer.errorCode, "reassign partitions"),
    );
    const whole = answerError(response.errorCode, "reassign partitions", response.errorMessage);
    return partitions.map(({ topic, partition }) => {
      const answers = response.responses.find(({ name }) => name === topic)?.partitions;
      const answer = answers?.find(({ partitionIndex }) => partitionIndex === partition);
      const error = answerError(answer?.errorCode ?? -1, `reassign ${topic}-${partition}`, answer?.errorMessage);
      return { topic, partition, error: whole ?? error };
    });
  }

  /** Partitions, of those named or of all, whose replicas are being moved. @throws KafkaProtocolError */
  async reassignments(
    partitions?: readonly PartitionName[],
    options?: AdminOptions,
  ): Promise<readonly OngoingReassignment[]> {
    const topics = partitions === undefined ? null : indexesByTopic(partitions);
    const body = { timeoutMs: controllerTimeoutMs, topics };
    const response = await this.#cluster.request("controller", listPartitionReassignments, body, options, (answer) => {
      const error = answerError(answer.errorCode, "list reassignments", answer.errorMessage);
      if (error !== undefined) throw error;
    });
    return response.topics.flatMap(({ name: topic, partitions: places }) =>
      places.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => ({
        topic,
        partition: partitionIndex,
        replicas,
        adding: addingReplicas,
        removing: removingReplicas,
      })),
    );
  }

  /**
   * Has leaders elected: the preferred ones, or, with `"unclean"`, any replica for partitions that have no leader, which loses what
   * it lacks (KIP-183, KIP-460). Without `partitions` for all; then the outcomes are those of partitions that something was done for.
   * `ELECTION_NOT_NEEDED` says that the leader was right already.
   *
   * @throws KafkaProtocolError
   */
  async electLeaders(
    kind: keyof typeof electionTypes,
    partitions?: readonly PartitionName[],
    options?: AdminOptions,
  ): Promise<readonly PartitionChange[]> {
    const topicPartitions =
      partitions === undefined
        ? null
        : groupedByTopic(partitions).map(({ topic, partitions: places }) => ({
            topic,
            partitions: places.map(({ partition }) => partition),
          }));
    const body = { electionType: electionTypes[kind], topicPartitions, timeoutMs: controllerTimeoutMs };
    const response = await this.#cluster.request("controller", electLeaders, body, options, (answer) => {
      const error = answerError(answer.errorCode, `elect ${kind} leaders`);
      if (error !== undefined) throw error;
      // Before version 1 the whole of it was refused partition by partition.
      const first = answer.replicaElectionResults[0]?.partitionResult[0];
      if (first?.errorCode === notController) throwRetriable(first.errorCode, `elect ${kind} leaders`);
    });
    const outcomes = response.replicaElectionResults.flatMap(({ topic, partitionResult }) =>
      partitionResult.map(({ partitionId, errorCode, errorMessage }) => ({
        topic,
        partition: partitionId,
        error: answerError(errorCode, `elect leader of ${topic}-${partitionId}`, errorMessage),
      })),
    );
    if (partitions === undefined) return outcomes;
    return partitions.map(
      ({ topic, partition }) =>
        outcomes.find((each) => each.topic === topic && each.partition === partition) ?? {
          topic,
          partition,
          error: answerError(-1, `elect leader of ${topic}-${partition}`),
        },
    );
  }

  /** Who writes to partitions, as their leaders know it (KIP-664; Kafka from 2.8 on). */
  async producers(
    partitions: readonly PartitionName[],
    options?: AdminOptions,
  ): Promise<readonly PartitionProducers[]> {
    type Producers = readonly ActiveProducer[];
    const answers = await byLeader<PartitionName, Producers>(
      this.#cluster,
      partitions,
      options,
      async (node, shares, signal) => {
        const topics = shares.map(({ topic, partitions: places }) => ({
          name: topic,
          partitionIndexes: places.map(({ partition }) => partition),
        }));
        const response = await this.#cluster.cluster.request({ node }, describeProducers, { topics }, { signal });
        return response.topics.flatMap(({ name, partitions: places }) =>
          places.map(({ partitionIndex, errorCode, errorMessage, activeProducers }) => ({
            topic: name,
            partition: partitionIndex,
            answer:
              answerError(errorCode, `producers of ${name}-${partitionIndex}`, errorMessage) ??
              activeProducers.map(producerOf),
          })),
        );
      },
    );
    return partitions.map(({ topic, partition }, index) => {
      const answer = answers[index] ?? [];
      return answer instanceof Error
        ? { topic, partition, producers: [], error: answer }
        : { topic, partition, producers: answer };
    });
  }
}

const notController = 41;

const indexesByTopic = (partitions: readonly PartitionName[]) =>
  groupedByTopic(partitions).map(({ topic, partitions: places }) => ({
    name: topic,
    partitionIndexes: places.map(({ partition }) => partition),
  }));

const producerOf = (producer: {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly lastSequence: number;
  readonly lastTimestamp: number;
  readonly coordinatorEpoch: number;
  readonly currentTxnStartOffset: number;
}): ActiveProducer => ({
  producerId: BigInt(producer.producerId),
  producerEpoch: producer.producerEpoch,
  lastSequence: producer.lastSequence < 0 ? undefined : producer.lastSequence,
  lastTimestamp: producer.lastTimestamp < 0 ? undefined : producer.lastTimestamp,
  coordinatorEpoch: producer.coordinatorEpoch,
  transactionStartOffset: producer.currentTxnStartOffset < 0 ? undefined : BigInt(producer.currentTxnStartOffset),
});
