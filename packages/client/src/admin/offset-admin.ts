import { KafkaProtocolError, listOffsets, offsetCommit, offsetDelete, offsetFetch } from "@ottla/protocol";
import type { GroupMetadata } from "../consumer/group-metadata.js";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError } from "./answer-error.js";
import { byLeader } from "./by-leader.js";
import { groupedByTopic } from "./grouped-by-topic.js";

/** One partition of a topic. */
export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

/**
 * Which offset: of the first record, one past the last, or of the first record at or after a time (milliseconds since the
 * epoch, or a Date). `"maxTimestamp"`: of the record with the latest time (KIP-734; Kafka from 3.0 on). With tiered storage:
 * `"earliestLocal"` (KIP-405), `"latestTiered"` (KIP-1005) and `"earliestPendingUpload"` (KIP-1023).
 */
export type OffsetSpec =
  | "earliest"
  | "latest"
  | "maxTimestamp"
  | "earliestLocal"
  | "latestTiered"
  | "earliestPendingUpload"
  | number
  | Date;

/** An offset of a partition; `error` is set when it could not be had. */
export interface ListedOffset extends PartitionName {
  /** Undefined with an error, and when no record is that late. */
  readonly offset?: bigint | undefined;
  /** Of the record at the offset, when asked for by time; else -1. */
  readonly timestamp: number;
  readonly leaderEpoch: number;
  readonly error?: Error | undefined;
}

/** What a group committed for a partition. */
export interface CommittedOffset extends PartitionName {
  /** The next record to read; undefined when nothing was committed. */
  readonly offset?: bigint | undefined;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly error?: Error | undefined;
}

/** An offset to commit in a group's name. */
export interface OffsetToCommit extends PartitionName {
  readonly offset: bigint;
  readonly metadata?: string | undefined;
}

/** What became of one partition of a call. */
export interface PartitionOutcome extends PartitionName {
  readonly error?: Error | undefined;
}

/** Timestamps with a meaning of their own, and the first version of ListOffsets that knows it. */
const special = {
  earliest: { timestamp: -2, since: 1 },
  latest: { timestamp: -1, since: 1 },
  maxTimestamp: { timestamp: -3, since: 7 },
  earliestLocal: { timestamp: -4, since: 8 },
  latestTiered: { timestamp: -5, since: 9 },
  earliestPendingUpload: { timestamp: -6, since: 11 },
} as const;
const clientReplica = -1;
// From version 10 on these name topics by id, and an id dies with its topic, whose offsets a group may still hold.
const byName = { maxVersion: 9 };

/** Offsets in logs, and those that groups committed. */
export class OffsetAdmin {
  readonly #cluster: AdminCluster;

  /** @internal Made as `admin.offsets`. */
  constructor(cluster: AdminCluster) {
    this.#cluster = cluster;
  }

  /** Finds offsets in logs, one per partition, in the order asked. */
  async list(
    partitions: readonly (PartitionName & { readonly at: OffsetSpec })[],
    options?: AdminOptions & { readonly isolation?: "read_committed" | "read_uncommitted" },
  ): Promise<readonly ListedOffset[]> {
    type Asked = (typeof partitions)[number];
    type Found = Pick<ListedOffset, "offset" | "timestamp" | "leaderEpoch">;
    const isolationLevel = options?.isolation === "read_committed" ? 1 : 0;
    const answers = await byLeader<Asked, Found>(this.#cluster, partitions, options, async (node, shares, signal) => {
      const topics = shares.map(({ topic, partitions: places }) => ({
        name: topic,
        partitions: places.map(({ partition, at }) => ({ partitionIndex: partition, timestamp: timestampOf(at) })),
      }));
      const body = (version: number) => {
        throwIfTooNew(
          shares.flatMap(({ partitions: places }) => places),
          version,
        );
        return { replicaId: clientReplica, isolationLevel, topics };
      };
      const response = await this.#cluster.cluster.request({ node }, listOffsets, body, { signal });
      return response.topics.flatMap(({ name, partitions: places }) =>
        places.map(({ partitionIndex, errorCode, offset, timestamp, leaderEpoch }) => {
          const error = answerError(errorCode, `offsets of ${name}-${partitionIndex}`);
          const found = { offset: offset < 0 ? undefined : BigInt(offset), timestamp, leaderEpoch };
          return { topic: name, partition: partitionIndex, answer: error ?? found };
        }),
      );
    });
    return partitions.map(({ topic, partition }, index) => {
      const answer = answers[index];
      if (answer === undefined || answer instanceof Error) {
        return { topic, partition, timestamp: -1, leaderEpoch: -1, error: answer };
      }
      return { topic, partition, ...answer };
    });
  }

  /** What a group committed: for `partitions`, or for all it has. */
  async committed(
    groupId: string,
    options?: AdminOptions & { readonly partitions?: readonly PartitionName[] },
  ): Promise<readonly CommittedOffset[]> {
    const topics =
      options?.partitions === undefined
        ? null
        : groupedByTopic(options.partitions).map(({ topic, partitions }) => ({
            name: topic,
            partitionIndexes: partitions.map(({ partition }) => partition),
          }));
    const context = `offsets of group "${groupId}"`;
    const response = await this.#cluster.request(
      { group: groupId },
      offsetFetch,
      (version) => (version >= 8 ? { groups: [{ groupId, topics }] } : { groupId, topics }),
      options,
      (answer) => {
        const error = answerError(answer.groups[0]?.errorCode ?? answer.errorCode, context);
        if (error !== undefined) throw error;
      },
      byName,
    );
    const found = response.groups[0]?.topics ?? response.topics;
    return found.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode }) => ({
        topic: name,
        partition: partitionIndex,
        offset: committedOffset < 0 ? undefined : BigInt(committedOffset),
        leaderEpoch: committedLeaderEpoch,
        metadata: metadata ?? "",
        error: answerError(errorCode, `offset of group "${groupId}" for ${name}-${partitionIndex}`),
      })),
    );
  }

  /**
   * Commits offsets in the name of a group: by its id while it has no members, or by what `consumer.groupMetadata()` says, as the
   * member that it is of. Of a member that has lost its place the coordinator takes none.
   */
  async commit(
    group: GroupMetadata | string,
    offsets: readonly OffsetToCommit[],
    options?: AdminOptions,
  ): Promise<readonly PartitionOutcome[]> {
    const groupId = typeof group === "string" ? group : group.groupId;
    const member = typeof group === "string" ? {} : memberOf(group);
    const topics = groupedByTopic(offsets).map(({ topic, partitions }) => ({
      name: topic,
      partitions: partitions.map(({ partition, offset, metadata }) => ({
        partitionIndex: partition,
        committedOffset: Number(offset),
        committedMetadata: metadata ?? null,
      })),
    }));
    const context = `commit for group "${groupId}"`;
    const response = await this.#cluster.request(
      { group: groupId },
      offsetCommit,
      { groupId, ...member, topics },
      options,
      (answer) => throwIfCoordinatorMoved(answer.topics, context),
      byName,
    );
    return outcomes(offsets, response.topics, context);
  }

  /** Forgets what a group committed for partitions it does not read at that time. */
  async delete(
    groupId: string,
    partitions: readonly PartitionName[],
    options?: AdminOptions,
  ): Promise<readonly PartitionOutcome[]> {
    const topics = groupedByTopic(partitions).map(({ topic, partitions: places }) => ({
      name: topic,
      partitions: places.map(({ partition }) => ({ partitionIndex: partition })),
    }));
    const context = `delete offsets of group "${groupId}"`;
    const response = await this.#cluster.request(
      { group: groupId },
      offsetDelete,
      { groupId, topics },
      options,
      (answer) => {
        const error = answerError(answer.errorCode, context);
        if (error !== undefined) throw error;
      },
    );
    return outcomes(partitions, response.topics, context);
  }
}

const memberOf = ({ memberId, generation, groupInstanceId }: GroupMetadata) => ({
  memberId,
  generationIdOrMemberEpoch: generation,
  groupInstanceId,
});

const timestampOf = (at: OffsetSpec): number => {
  if (typeof at === "string") return special[at].timestamp;
  return typeof at === "number" ? at : at.getTime();
};

function throwIfTooNew(asked: readonly { readonly at: OffsetSpec }[], version: number): void {
  for (const { at } of asked) {
    if (typeof at !== "string" || special[at].since <= version) continue;
    const context = `the offset "${at}" needs ListOffsets ${special[at].since}, the broker has ${version}`;
    throw new KafkaProtocolError("UNSUPPORTED_VERSION", context);
  }
}

type TopicAnswers = readonly {
  readonly name: string;
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[];
}[];

// Coordinators that moved or are loading refuse every partition alike.
function throwIfCoordinatorMoved(topics: TopicAnswers, context: string): void {
  const error = answerError(topics[0]?.partitions[0]?.errorCode ?? 0, context);
  if (error?.retriable) throw error;
}

function outcomes(asked: readonly PartitionName[], topics: TopicAnswers, context: string): PartitionOutcome[] {
  return asked.map(({ topic, partition }) => {
    const answers = topics.find(({ name }) => name === topic)?.partitions;
    const code = answers?.find(({ partitionIndex }) => partitionIndex === partition)?.errorCode ?? -1;
    return { topic, partition, error: answerError(code, `${context}: ${topic}-${partition}`) };
  });
}
