import {
  type DescribeTopicPartitionsResponse,
  describeTopicPartitions,
  type KafkaProtocolError,
} from "@ottla/protocol";
import type { PartitionMetadata } from "../cluster/topic-metadata.js";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError } from "./answer-error.js";

/** A partition as {@link TopicAdmin.pages} describes it. */
export interface DescribedPartition extends PartitionMetadata {
  /** Replicas that may lead without losing anything, though not in sync (KIP-966). */
  readonly eligibleLeaderReplicas: readonly number[];
  readonly lastKnownEligibleLeaderReplicas: readonly number[];
  readonly error?: KafkaProtocolError | undefined;
}

/** A topic, or part of one: its partitions may go on on the next page. */
export interface TopicPart {
  readonly name: string;
  readonly topicId: string;
  readonly isInternal: boolean;
  readonly partitions: readonly DescribedPartition[];
  readonly error?: KafkaProtocolError | undefined;
}

/** @see TopicAdmin.pages */
export async function* topicPages(
  admin: AdminCluster,
  names: readonly string[] | undefined,
  options: (AdminOptions & { readonly partitionsPerPage?: number | undefined }) | undefined,
): AsyncGenerator<readonly TopicPart[], undefined> {
  // No names are all names, on the wire.
  if (names?.length === 0) return;
  const topics = (names ?? []).toSorted().map((name) => ({ name }));
  const responsePartitionLimit = options?.partitionsPerPage ?? 2_000;
  let cursor: DescribeTopicPartitionsResponse["nextCursor"] = null;
  do {
    const from: typeof cursor = cursor;
    // Those before the cursor are behind us.
    const left = from === null ? topics : topics.filter(({ name }) => name >= from.topicName);
    const body = { topics: left, responsePartitionLimit, cursor: from };
    const response: DescribeTopicPartitionsResponse = await admin.request(
      "any",
      describeTopicPartitions,
      body,
      options,
    );
    yield response.topics.map(({ name, topicId, isInternal, partitions, errorCode }) => ({
      name: name ?? "",
      topicId,
      isInternal,
      partitions: partitions.map((each) => ({
        partition: each.partitionIndex,
        leader: each.leaderId,
        leaderEpoch: each.leaderEpoch,
        replicas: each.replicaNodes,
        inSyncReplicas: each.isrNodes,
        offlineReplicas: each.offlineReplicas,
        eligibleLeaderReplicas: each.eligibleLeaderReplicas ?? [],
        lastKnownEligibleLeaderReplicas: each.lastKnownElr ?? [],
        error: answerError(each.errorCode, `describe ${name}-${each.partitionIndex}`),
      })),
      error: answerError(errorCode, `describe topic "${name}"`),
    }));
    cursor = response.nextCursor;
  } while (cursor !== null);
}
