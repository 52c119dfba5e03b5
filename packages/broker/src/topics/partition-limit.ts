import { KafkaProtocolError } from "@ottla/protocol";

// As in Kafka's controller. Without it a request of a few bytes makes more partitions than fit into memory.
const mostPartitions = 10_000;

/** Whether one request may make so many partitions, of all its topics together. */
export const isWithinRequest = (partitions: number): boolean => partitions <= mostPartitions;

/** @throws {@link KafkaProtocolError} `POLICY_VIOLATION` unless {@link isWithinRequest}. */
export function checkPartitionsOfRequest(partitions: number): void {
  if (isWithinRequest(partitions)) return;
  throw new KafkaProtocolError(
    "POLICY_VIOLATION",
    `Excessively large number of partitions per request: ${partitions}, at most ${mostPartitions}.`,
  );
}
