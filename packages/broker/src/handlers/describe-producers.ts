import { apis, type DescribeProducersResponseInput, type ProtocolErrorCode } from "@ottla/protocol";
import type { PartitionLog } from "../log/partition-log.js";
import type { ProducerEntry } from "../log/producer-state.js";
import { topicNameProblem } from "../topics/topic-name.js";
import type { Topic } from "../topics/topics.js";
import { errorOf, wireCode } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { withFewRepeats } from "./repeated.js";

// v0, the only one (KIP-664): what finds transactions that nobody ends.

type PartitionAnswer = DescribeProducersResponseInput["topics"][number]["partitions"][number];

const unknown: ProtocolErrorCode = "UNKNOWN_TOPIC_OR_PARTITION";

const handle: Handler<typeof apis.DescribeProducers> = ({ broker }, request) => {
  const asked = request.topics.flatMap(({ name, partitionIndexes }, at) =>
    partitionIndexes.map((index) => ({ name, index, at })),
  );
  const topics = request.topics.map(({ name }) => ({ name, partitions: [] as PartitionAnswer[] }));
  for (const { name, index, at } of withFewRepeats(asked, ({ name, index }) => `${name}/${index}`)) {
    topics[at]?.partitions.push(answerFor(broker.topics.get(name), name, index));
  }
  return { throttleTimeMs: 0, topics };
};

function answerFor(topic: Topic | undefined, name: string, partitionIndex: number): PartitionAnswer {
  const problem = topicNameProblem(name);
  if (problem !== undefined) {
    return { ...failed(partitionIndex, wireCode("INVALID_TOPIC_EXCEPTION")), errorMessage: problem };
  }
  // As in Kafka an unknown partition comes without a text.
  if (topic === undefined) {
    return { ...failed(partitionIndex, wireCode(unknown)), errorMessage: `There is no topic ${name}` };
  }
  const log = topic.partitions[partitionIndex];
  if (log === undefined) return failed(partitionIndex, wireCode(unknown));
  try {
    return { partitionIndex, errorCode: 0, activeProducers: activeProducers(log) };
  } catch (failure) {
    return failed(partitionIndex, errorOf(failure).errorCode);
  }
}

const failed = (partitionIndex: number, errorCode: number): PartitionAnswer => ({
  partitionIndex,
  errorCode,
  activeProducers: [],
});

const activeProducers = (log: PartitionLog): PartitionAnswer["activeProducers"] =>
  Array.from(log.producers(), (producer: ProducerEntry) => ({
    producerId: producer.producerId,
    producerEpoch: producer.epoch,
    lastSequence: producer.batches.at(-1)?.lastSequence ?? -1,
    lastTimestamp: producer.lastTimestamp,
    coordinatorEpoch: producer.coordinatorEpoch,
    currentTxnStartOffset: producer.transactionFirstOffset,
  }));

export const describeProducersEntry: HandlerEntry<typeof apis.DescribeProducers> = {
  api: apis.DescribeProducers,
  handle,
};
