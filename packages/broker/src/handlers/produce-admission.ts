import { CorruptBatchError, KafkaProtocolError, type ProduceRequest, RecordBatch } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { recoded } from "../txn/recoded.js";
import type { TransactionalProducer } from "../txn/transaction-coordinator.js";
import { holds, noPartitions, type PartitionSet, type TopicPartition, union } from "../txn/transaction-state.js";

/** Why batches of a request may not be written; `undefined` for one that may. */
export interface Admitted {
  refusalOf(topic: string, partition: number, records: Uint8Array): unknown;
}

/** A batch of a request, and the partition of this broker that it is for. */
export interface RequestedBatch extends TopicPartition {
  readonly records: Buffer;
}

// Version 11 brought TRANSACTION_ABORTABLE, 12 lets a batch add its partition (KIP-890).
const abortableFromVersion = 11;
const addingFromVersion = 12;

/** Under which `transaction.version` a request's batches are. */
export const transactionVersionOf = (produceVersion: number): number => (produceVersion >= addingFromVersion ? 2 : 0);

// Asked again after each wait: (1) admitted, (2) the transaction times out while that becomes durable, (3) a batch written
// now would open a transaction that nobody ends.
const mostAttempts = 5;

const everybody = (refusal: unknown): Admitted => ({ refusalOf: () => refusal });
const nobody = everybody(undefined);

/**
 * Lets the transactional batches of a request into their producer's transaction, then calls `begin`, in the same turn as the last
 * look at the transaction. `begin` runs at once when there is nothing to wait for.
 */
export function whenAdmitted<T>(
  { transactions }: Pick<BrokerServices, "transactions">,
  { transactionalId }: Pick<ProduceRequest, "transactionalId">,
  batches: readonly RequestedBatch[],
  version: number,
  begin: (admitted: Admitted) => T,
): T | Promise<T> {
  const transactional = batches.flatMap(({ topic, partition, records }) => {
    const batch = transactionalBatchIn(records);
    return batch === undefined ? [] : [{ topic, partition, batch }];
  });
  const [first] = transactional;
  if (first === undefined || transactionalId === null) return begin(nobody);
  const { producerId, producerEpoch } = first.batch;
  if (transactional.some(({ batch }) => batch.producerId !== producerId || batch.producerEpoch !== producerEpoch)) {
    const what = "Transactional records contained more than one producer ID";
    return begin(everybody(new KafkaProtocolError("INVALID_PRODUCER_ID_MAPPING", what)));
  }
  const producer = { transactionalId, producerId, producerEpoch };
  return new Admission(transactions, producer, { batches, transactional }, version).attempt(begin, 1);
}

class Admission {
  readonly #transactions: BrokerServices["transactions"];
  readonly #producer: TransactionalProducer;
  readonly #version: number;
  // What is admitted or refused as one.
  #undecided: readonly (readonly TopicPartition[])[];
  readonly #refusals = new Map<string, Map<number, unknown>>();
  readonly #known: PartitionSet;

  constructor(
    transactions: BrokerServices["transactions"],
    producer: TransactionalProducer,
    request: { readonly batches: readonly TopicPartition[]; readonly transactional: readonly TopicPartition[] },
    version: number,
  ) {
    const partitions = request.transactional;
    this.#known = union(noPartitions, request.batches);
    this.#transactions = transactions;
    this.#producer = producer;
    this.#version = version;
    this.#undecided = version >= addingFromVersion ? [partitions] : partitions.map((partition) => [partition]);
  }

  attempt<T>(begin: (admitted: Admitted) => T, count: number): T | Promise<T> {
    const mode = this.#version >= addingFromVersion ? "add" : "verify";
    const waits: Promise<void>[] = [];
    for (const partitions of this.#undecided) {
      try {
        const wait = this.#transactions.admitAll(this.#producer, partitions, mode);
        if (wait !== undefined) waits.push(wait.catch((failure: unknown) => this.#refuse(partitions, failure)));
      } catch (failure) {
        this.#refuse(partitions, failure);
      }
    }
    if (waits.length === 0) return begin(this.#admitted());
    if (count < mostAttempts) return Promise.all(waits).then(() => this.attempt(begin, count + 1));
    const what = `Producer ${this.#producer.producerId} ends one transaction after the other`;
    for (const partitions of this.#undecided) {
      this.#refuse(partitions, new KafkaProtocolError("CONCURRENT_TRANSACTIONS", what));
    }
    return Promise.all(waits).then(() => begin(this.#admitted()));
  }

  #refuse(partitions: readonly TopicPartition[], failure: unknown): void {
    this.#undecided = this.#undecided.filter((each) => each !== partitions);
    const refusal = asProduceError(failure, this.#version);
    for (const { topic, partition } of partitions) {
      const refusals = this.#refusals.get(topic) ?? new Map<number, unknown>();
      this.#refusals.set(topic, refusals.set(partition, refusal));
    }
  }

  #admitted(): Admitted {
    return {
      refusalOf: (topic, partition, records) =>
        this.#refusals.get(topic)?.get(partition) ?? this.#lateness({ topic, partition }, records),
    };
  }

  /** (1) The request came, (2) while it waited its topic was created: nobody would end a transaction that began there now. */
  #lateness(target: TopicPartition, records: Uint8Array): KafkaProtocolError | undefined {
    if (holds(this.#known, target) || !isMarkedTransactional(records)) return undefined;
    const what = `${target.topic}-${target.partition} was not there yet when its transaction was asked`;
    return new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", what);
  }
}

// Where a batch says its magic, where its attributes end, and what they say of transactions.
const magicAt = 16;
const attributesAt = 22;
const transactionalBit = 0x10;

/** A look at one bit, for the many batches that are not. */
export const isMarkedTransactional = (records: Uint8Array): boolean =>
  ((records[attributesAt] ?? 0) & transactionalBit) !== 0 && records[magicAt] === 2;

/** What a log will refuse anyway is not looked at. */
function transactionalBatchIn(records: Buffer): RecordBatch | undefined {
  if (records.length < RecordBatch.headerLength) return undefined;
  try {
    const batch = RecordBatch.at(records);
    return batch.isTransactional && batch.producerId >= 0 ? batch : undefined;
  } catch (error) {
    if (error instanceof CorruptBatchError) return undefined;
    throw error;
  }
}

/** Codes that a producer of this version knows, and retries where it should. */
function asProduceError(failure: unknown, version: number): unknown {
  if (!(failure instanceof KafkaProtocolError)) return failure;
  switch (failure.code) {
    case "TRANSACTION_ABORTABLE":
      if (version >= abortableFromVersion) return failure;
      return new KafkaProtocolError("INVALID_TXN_STATE", "Partition was not added to the transaction", {
        cause: failure,
      });
    case "CONCURRENT_TRANSACTIONS":
      return version >= addingFromVersion ? failure : recoded(failure, "NOT_ENOUGH_REPLICAS");
    case "NOT_COORDINATOR":
    case "COORDINATOR_NOT_AVAILABLE":
    case "COORDINATOR_LOAD_IN_PROGRESS":
      return recoded(failure, "NOT_ENOUGH_REPLICAS");
    default:
      return failure;
  }
}
