import { apis, type ProtocolErrorCode } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { internalTopics } from "../topics/internal-topics.js";
import type { TransactionalProducer } from "../txn/transaction-coordinator.js";
import { holds, noPartitions, type TopicPartition, union } from "../txn/transaction-state.js";
import { errorOf, wireCode } from "./error-code.js";
import { fencedBefore } from "./fenced-producer.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 PRODUCER_FENCED; v3 flexible; v4 several transactions, from broker to broker, which may only ask (KIP-890);
// v5 TRANSACTION_ABORTABLE.

interface Transaction extends TransactionalProducer {
  readonly verifyOnly: boolean;
  readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[];
}

const handle: Handler<typeof apis.AddPartitionsToTxn> = async ({ broker }, request, version) => {
  if (version < 4) {
    const transaction = {
      transactionalId: request.v3AndBelowTransactionalId,
      producerId: request.v3AndBelowProducerId,
      producerEpoch: request.v3AndBelowProducerEpoch,
      verifyOnly: false,
      topics: request.v3AndBelowTopics,
    };
    return { throttleTimeMs: 0, resultsByTopicV3AndBelow: await resultsOf(broker, transaction, version) };
  }
  const resultsByTransaction = [];
  for (const transaction of request.transactions) {
    const { transactionalId } = transaction;
    resultsByTransaction.push({ transactionalId, topicResults: await resultsOf(broker, transaction, version) });
  }
  return { throttleTimeMs: 0, resultsByTransaction };
};

async function resultsOf(broker: BrokerServices, transaction: Transaction, version: number) {
  const { topics } = transaction;
  const codeOf = await outcomes(broker, transaction, version);
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partition) => ({
      partitionIndex: partition,
      partitionErrorCode: codeOf({ topic: name, partition }),
    })),
  }));
}

async function outcomes(
  { topics, transactions }: BrokerServices,
  transaction: Transaction,
  version: number,
): Promise<(partition: TopicPartition) => number> {
  const problemOf = ({ topic, partition }: TopicPartition): ProtocolErrorCode | undefined => {
    if (internalTopics.has(topic)) return "TOPIC_AUTHORIZATION_FAILED";
    return topics.get(topic)?.partitions[partition] === undefined ? "UNKNOWN_TOPIC_OR_PARTITION" : undefined;
  };
  const partitions = transaction.topics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => ({ topic: name, partition })),
  );
  // All or none.
  if (partitions.some((partition) => problemOf(partition) !== undefined)) {
    return (partition) => wireCode(problemOf(partition) ?? "OPERATION_NOT_ATTEMPTED");
  }
  try {
    if (transaction.verifyOnly) {
      const missing = union(noPartitions, transactions.missing(transaction, partitions));
      return (partition) => (holds(missing, partition) ? wireCode("TRANSACTION_ABORTABLE") : 0);
    }
    await transactions.addPartitions(transaction, partitions, version >= 4 ? 2 : 0);
    return () => 0;
  } catch (failure) {
    const { errorCode } = errorOf(fencedBefore(failure, 2, version));
    return () => errorCode;
  }
}

export const addPartitionsToTxnEntry: HandlerEntry<typeof apis.AddPartitionsToTxn> = {
  api: apis.AddPartitionsToTxn,
  handle,
};
