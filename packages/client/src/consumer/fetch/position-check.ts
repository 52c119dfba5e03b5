import { errorCodeOf, KafkaProtocolError, offsetForLeaderEpoch, type ProtocolErrorCode } from "@ottla/protocol";
import type { Cluster } from "../../cluster/cluster.js";
import { groupByTopic, partitionKey } from "../topic-partition.js";
import type { AssignedPartition, Divergence } from "./assigned-partition.js";

/** What a leader says of a position. */
export type PositionVerdict =
  | { readonly kind: "same" }
  | { readonly kind: "diverged"; readonly divergence: Divergence }
  | { readonly kind: "refused"; readonly code: ProtocolErrorCode };

/**
 * Asks the leader of partitions whether its log still has what was read of them: where the epoch of the last record read ends
 * (KIP-320). After an unclean election it may end below, or be unknown.
 *
 * @throws whatever `Cluster.request` throws.
 */
export async function checkPositions(
  cluster: Cluster,
  nodeId: number,
  partitions: readonly AssignedPartition[],
  signal: AbortSignal,
): Promise<ReadonlyMap<AssignedPartition, PositionVerdict>> {
  const byKey = new Map(partitions.map((partition) => [partitionKey(partition), partition]));
  // As they are when asked: a partition may begin elsewhere meanwhile.
  const asked = new Map(
    partitions.map((partition) => {
      const { position = 0 } = partition;
      return [partition, { position, epoch: partition.leaderEpochBefore(position) }];
    }),
  );
  const topics = groupByTopic(partitions).map(({ topic, partitions: numbers }) => ({
    topic,
    partitions: numbers.flatMap((number) => {
      const partition = byKey.get(partitionKey({ topic, partition: number }));
      const leaderEpoch = partition && asked.get(partition)?.epoch;
      const currentLeaderEpoch = cluster.leaderOf(topic, number)?.epoch ?? -1;
      return leaderEpoch === undefined ? [] : { partition: number, currentLeaderEpoch, leaderEpoch };
    }),
  }));
  const verdicts = new Map<AssignedPartition, PositionVerdict>();
  try {
    const body = (version: number) => {
      // Before version 3 only brokers may ask.
      if (version < 3) throw new KafkaProtocolError("UNSUPPORTED_VERSION", `OffsetForLeaderEpoch to broker ${nodeId}`);
      return { replicaId: -1, topics };
    };
    const response = await cluster.request({ node: nodeId }, offsetForLeaderEpoch, body, { signal });
    for (const { topic, partitions: answers } of response.topics) {
      for (const { partition: number, errorCode, leaderEpoch: epoch, endOffset } of answers) {
        const partition = byKey.get(partitionKey({ topic, partition: number }));
        const question = partition && asked.get(partition);
        if (partition === undefined || question === undefined) continue;
        const code = errorCodeOf(errorCode);
        const isSame = epoch === question.epoch && endOffset >= question.position;
        if (code !== "NONE") verdicts.set(partition, { kind: "refused", code });
        else if (isSame) verdicts.set(partition, { kind: "same" });
        else verdicts.set(partition, { kind: "diverged", divergence: { epoch, endOffset } });
      }
    }
    for (const partition of partitions) {
      if (!verdicts.has(partition)) verdicts.set(partition, { kind: "refused", code: "UNKNOWN_TOPIC_OR_PARTITION" });
    }
  } catch (error) {
    const isUnknown = error instanceof KafkaProtocolError && error.code === "UNSUPPORTED_VERSION";
    if (!isUnknown) throw error;
    for (const partition of partitions) verdicts.set(partition, { kind: "same" });
  }
  return verdicts;
}
