import { describeTransactions, listTransactions, writeTxnMarkers } from "@ottla/protocol";
import type { Clock } from "@ottla/world";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError, throwRetriable } from "./answer-error.js";
import { byLeader } from "./by-leader.js";
import type { PartitionName, PartitionOutcome } from "./offset-admin.js";
import type { PartitionAdmin } from "./partition-admin.js";

/** `"unknown"`: a state this client has no name for. */
export type TransactionState =
  | "Empty"
  | "Ongoing"
  | "PrepareCommit"
  | "PrepareAbort"
  | "CompleteCommit"
  | "CompleteAbort"
  | "Dead"
  | "PrepareEpochFence"
  | "unknown";

/** A transactional id as a coordinator lists it. */
export interface ListedTransaction {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly state: TransactionState;
  /** The broker that coordinates it. */
  readonly coordinatorId: number;
}

/** Which transactional ids; all that is given must fit. */
export interface TransactionFilter {
  readonly states?: readonly TransactionState[] | undefined;
  readonly producerIds?: readonly bigint[] | undefined;
  /** Open for at least so long (KIP-994; Kafka from 3.8 on). */
  readonly openForMs?: number | undefined;
  /** A regular expression of RE2 for the whole id (KIP-1152; Kafka from 4.1 on). */
  readonly pattern?: string | undefined;
}

/** The transaction of one id; `error` is set when its coordinator did not say, or knows no such id. */
export interface DescribedTransaction {
  readonly transactionalId: string;
  readonly state: TransactionState;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly timeoutMs: number;
  /** Milliseconds since the epoch; undefined when none is open. */
  readonly startedAt: number | undefined;
  /** What it has written to so far. */
  readonly partitions: readonly PartitionName[];
  readonly error?: Error | undefined;
}

/** A transaction that a partition holds open: what of it is to be aborted. */
export interface HangingTransaction extends PartitionName {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  /** Where it begins: readers of committed records come no further. */
  readonly startOffset: bigint;
  /** Milliseconds since the epoch, of its last record. */
  readonly lastTimestamp: number | undefined;
}

const states: ReadonlySet<string> = new Set<TransactionState>([
  "Empty",
  "Ongoing",
  "PrepareCommit",
  "PrepareAbort",
  "CompleteCommit",
  "CompleteAbort",
  "Dead",
  "PrepareEpochFence",
]);
const stateOf = (text: string): TransactionState => (states.has(text) ? (text as TransactionState) : "unknown");

/** Transactions, as their coordinators and the partitions know them (KIP-664; Kafka from 3.0 on). */
export class TransactionAdmin {
  readonly #cluster: AdminCluster;
  readonly #partitions: PartitionAdmin;
  readonly #clock: Clock;

  /** @internal Made as `admin.transactions`. */
  constructor(cluster: AdminCluster, partitions: PartitionAdmin, clock: Clock) {
    this.#cluster = cluster;
    this.#partitions = partitions;
    this.#clock = clock;
  }

  /** Transactional ids of all brokers, by id. @throws when some broker does not answer: part of a list is not the list */
  async list(filter: TransactionFilter = {}, options?: AdminOptions): Promise<readonly ListedTransaction[]> {
    const body = {
      stateFilters: filter.states ?? [],
      producerIdFilters: (filter.producerIds ?? []).map(Number),
      ...(filter.openForMs !== undefined && { durationFilter: filter.openForMs }),
      ...(filter.pattern !== undefined && { transactionalIdPattern: filter.pattern }),
    };
    const nodes = await this.#cluster.nodeIds(options);
    const lists = await Promise.all(
      nodes.map(async (nodeId) => {
        const response = await this.#cluster.request({ node: nodeId }, listTransactions, body, options, (answer) => {
          const error = answerError(answer.errorCode, `list transactions of broker ${nodeId}`);
          if (error !== undefined) throw error;
        });
        return response.transactionStates.map(({ transactionalId, producerId, transactionState }) => ({
          transactionalId,
          producerId: BigInt(producerId),
          state: stateOf(transactionState),
          coordinatorId: nodeId,
        }));
      }),
    );
    return lists.flat().toSorted((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1));
  }

  /** Where transactional ids stand, each as its coordinator says, in the order asked. */
  async describe(
    transactionalIds: readonly string[],
    options?: AdminOptions,
  ): Promise<readonly DescribedTransaction[]> {
    return Promise.all(transactionalIds.map((id) => this.#describeOne(id, options)));
  }

  /**
   * Transactions that partitions hold open for `openForMs` without a record of theirs and that no coordinator will end: what
   * `kafka-transactions.sh find-hanging` looks for. `openForMs` must be above the cluster's `transaction.max.timeout.ms`, 15 minutes
   * by default, which it is here too: one that is younger may be a coordinator's.
   *
   * @throws when some broker or partition does not say
   */
  async findHanging(
    partitions: readonly PartitionName[],
    options?: AdminOptions & { readonly openForMs?: number | undefined },
  ): Promise<readonly HangingTransaction[]> {
    const latest = this.#clock.now() - (options?.openForMs ?? defaultOpenForMs);
    const candidates: HangingTransaction[] = [];
    for (const { topic, partition, producers, error } of await this.#partitions.producers(partitions, options)) {
      if (error !== undefined) throw error;
      for (const { transactionStartOffset: startOffset, lastTimestamp, ...producer } of producers) {
        if (startOffset === undefined || (lastTimestamp ?? 0) > latest) continue;
        const { producerId, producerEpoch, coordinatorEpoch } = producer;
        candidates.push({ topic, partition, producerId, producerEpoch, coordinatorEpoch, startOffset, lastTimestamp });
      }
    }
    if (candidates.length === 0) return [];
    const producerIds = [...new Set(candidates.map(({ producerId }) => producerId))];
    const listed = await this.list({ producerIds }, options);
    const described = await this.describe(
      listed.map(({ transactionalId }) => transactionalId),
      options,
    );
    const isKnown = ({ topic, partition, producerId }: HangingTransaction): boolean =>
      described.some(
        (each) =>
          each.producerId === producerId &&
          each.partitions.some((place) => place.topic === topic && place.partition === partition),
      );
    return candidates.filter((candidate) => !isKnown(candidate));
  }

  /**
   * Writes the end of a transaction into its partition, as aborted, over the head of its coordinator: for those that `findHanging`
   * found. One that is under way loses what it wrote there and may commit the rest. An outcome for each, in the order given.
   */
  async abortHanging(
    transactions: readonly HangingTransaction[],
    options?: AdminOptions,
  ): Promise<readonly PartitionOutcome[]> {
    // One at a time: a partition may hold several, and an answer names the partition alone.
    const outcomes: PartitionOutcome[] = [];
    for (const transaction of transactions) outcomes.push(await this.#abortOne(transaction, options));
    return outcomes;
  }

  async #abortOne(hanging: HangingTransaction, options: AdminOptions | undefined): Promise<PartitionOutcome> {
    const { topic, partition } = hanging;
    const marker = {
      producerId: Number(hanging.producerId),
      producerEpoch: hanging.producerEpoch,
      transactionResult: false,
      topics: [{ name: topic, partitionIndexes: [partition] }],
      // A partition that has had no marker of it knows no epoch.
      coordinatorEpoch: Math.max(hanging.coordinatorEpoch, 0),
    };
    const [answer] = await byLeader<PartitionName, true>(
      this.#cluster,
      [{ topic, partition }],
      options,
      async (node, _, signal) => {
        const response = await this.#cluster.cluster.request(
          { node },
          writeTxnMarkers,
          { markers: [marker] },
          { signal },
        );
        return response.markers.flatMap(({ topics }) =>
          topics.flatMap(({ name, partitions }) =>
            partitions.map(({ partitionIndex, errorCode }) => ({
              topic: name,
              partition: partitionIndex,
              answer: answerError(errorCode, `abort the transaction of ${name}-${partitionIndex}`) ?? true,
            })),
          ),
        );
      },
    );
    return { topic, partition, error: answer === true ? undefined : answer };
  }

  async #describeOne(transactionalId: string, options: AdminOptions | undefined): Promise<DescribedTransaction> {
    const context = `describe transactional id "${transactionalId}"`;
    const nothing = { producerId: -1n, producerEpoch: -1, timeoutMs: -1, startedAt: undefined, partitions: [] };
    try {
      const body = { transactionalIds: [transactionalId] };
      const to = { transaction: transactionalId };
      const response = await this.#cluster.request(to, describeTransactions, body, options, (answer) =>
        throwRetriable(answer.transactionStates[0]?.errorCode ?? 0, context),
      );
      const found = response.transactionStates[0];
      const error = answerError(found?.errorCode ?? -1, context);
      if (found === undefined || error !== undefined) return { transactionalId, state: "unknown", ...nothing, error };
      return {
        transactionalId,
        state: stateOf(found.transactionState),
        producerId: BigInt(found.producerId),
        producerEpoch: found.producerEpoch,
        timeoutMs: found.transactionTimeoutMs,
        startedAt: found.transactionStartTimeMs < 0 ? undefined : found.transactionStartTimeMs,
        partitions: found.topics.flatMap(({ topic, partitions }) =>
          partitions.map((partition) => ({ topic, partition })),
        ),
      };
    } catch (error) {
      if (options?.signal?.aborted || !(error instanceof Error)) throw error;
      return { transactionalId, state: "unknown", ...nothing, error };
    }
  }
}

const defaultOpenForMs = 15 * 60_000;
