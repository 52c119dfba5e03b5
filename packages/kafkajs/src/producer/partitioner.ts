import type { Partitioner } from "@ottla/client";
import type { PartitionMetadata } from "../config/cluster-types.js";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";
import { OutgoingRecord } from "./outgoing-record.js";
import type { ICustomPartitioner } from "./producer-types.js";

/** A partitioner of kafkajs as the client's: it is asked about the message as it was given. */
export function clientPartitioner(createPartitioner: ICustomPartitioner): Partitioner {
  const choose = createPartitioner();
  return (record, partitionCount, leaderOf) => {
    const { topic } = record;
    if (!(record instanceof OutgoingRecord)) throw new KafkaJSNonRetriableError(`topic "${topic}": no message`);
    const partitionMetadata = Array.from({ length: partitionCount }, (_, partitionId): PartitionMetadata => {
      const leader = leaderOf(partitionId);
      const replicas = leader < 0 ? [] : [leader];
      return { partitionErrorCode: 0, partitionId, leader, replicas, isr: replicas, offlineReplicas: [] };
    });
    // Partition numbers that went through headers or object keys come back as text.
    return Number(choose({ topic, partitionMetadata, message: record.message }));
  };
}
