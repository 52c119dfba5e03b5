/** A producer as it names itself: the id with the epoch that tells its incarnations apart. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Partitions by topic. */
export type PartitionSet = ReadonlyMap<string, ReadonlySet<number>>;

/** Which protocol a producer ends its transactions by: 2 bumps its epoch each time (KIP-890). */
export type ClientTransactionVersion = 0 | 2;

export type TransactionResult = "commit" | "abort";

interface KnownProducer extends ProducerIdentity {
  /** The producer id before the last change; -1 when not known. A producer may still use it to ask again. */
  readonly previousProducerId: number;
  /** The epoch before this one, of a producer that may not have heard of the bump; -1 for none. The log does not keep it. */
  readonly lastProducerEpoch: number;
  readonly timeoutMs: number;
  /** Milliseconds since the Unix epoch, like all times here. */
  readonly lastUpdateTimestamp: number;
  readonly clientTransactionVersion: ClientTransactionVersion;
}

/** Has a producer that did nothing yet. */
export interface EmptyTransaction extends KnownProducer {
  readonly kind: "empty";
}

export interface OngoingTransaction extends KnownProducer {
  readonly kind: "ongoing";
  readonly startTimestamp: number;
  readonly partitions: PartitionSet;
}

/** Its end is decided; markers are being written to its partitions. */
export interface PreparedTransaction extends KnownProducer {
  readonly kind: "prepareCommit" | "prepareAbort";
  readonly startTimestamp: number;
  readonly partitions: PartitionSet;
  /** What the producer goes on with where its epochs are used up, else -1. */
  readonly nextProducerId: number;
}

export interface CompletedTransaction extends KnownProducer {
  readonly kind: "completeCommit" | "completeAbort";
  readonly startTimestamp: number;
}

/** What the coordinator knows about one transactional id. Never changed, only replaced. */
export type TransactionState = EmptyTransaction | OngoingTransaction | PreparedTransaction | CompletedTransaction;

export type TransactionStateKind = TransactionState["kind"];

/** Kafka's numbers for the states, as they are in the log. 6 and 7 are never written. */
export const stateIds: Readonly<Record<TransactionStateKind, number>> = Object.freeze({
  empty: 0,
  ongoing: 1,
  prepareCommit: 2,
  prepareAbort: 3,
  completeCommit: 4,
  completeAbort: 5,
});

/** Kafka's names for the states, as clients see them. */
export const stateNames: Readonly<Record<TransactionStateKind, string>> = Object.freeze({
  empty: "Empty",
  ongoing: "Ongoing",
  prepareCommit: "PrepareCommit",
  prepareAbort: "PrepareAbort",
  completeCommit: "CompleteCommit",
  completeAbort: "CompleteAbort",
});

/** Names that a filter may have though nothing is ever seen in these states. */
export const passingStateNames: readonly string[] = Object.freeze(["Dead", "PrepareEpochFence"]);

export const noProducerId = -1;
export const noProducerEpoch = -1;
const lastEpoch = 32_767;

/** The last epoch is kept back, so that a producer can always be fenced. */
export const isExhausted = (producerEpoch: number): boolean => producerEpoch >= lastEpoch - 1;

/** One more, unless there is none. */
export const bumped = (producerEpoch: number): number => Math.min(producerEpoch + 1, lastEpoch);

export const isPrepared = (state: TransactionState): state is PreparedTransaction =>
  state.kind === "prepareCommit" || state.kind === "prepareAbort";

/** The partitions that are in it, of which markers have to be written. */
export const partitionsOf = (state: TransactionState): PartitionSet =>
  state.kind === "ongoing" || isPrepared(state) ? state.partitions : noPartitions;

export const noPartitions: PartitionSet = new Map();

export const holds = (set: PartitionSet, { topic, partition }: TopicPartition): boolean =>
  set.get(topic)?.has(partition) === true;

export function union(set: PartitionSet, added: readonly TopicPartition[]): PartitionSet {
  const result = new Map(set);
  const copied = new Map<string, Set<number>>();
  for (const { topic, partition } of added) {
    const partitions = copied.get(topic) ?? new Set(set.get(topic));
    partitions.add(partition);
    copied.set(topic, partitions);
    result.set(topic, partitions);
  }
  return result;
}

export function* partitionsIn(set: PartitionSet): Generator<TopicPartition> {
  for (const [topic, partitions] of set) for (const partition of partitions) yield { topic, partition };
}
