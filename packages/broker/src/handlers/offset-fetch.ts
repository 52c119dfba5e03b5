import {
  apis,
  KafkaProtocolError,
  type OffsetFetchRequest,
  type OffsetFetchResponseInput,
  zeroUuid,
} from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import type { FetchedOffset, FetchedTopic } from "../group/group-coordinator.js";
import { errorOf, wireCode } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { withFewRepeats } from "./repeated.js";

// v2 null topics for all, and an error for the whole; v5 leader epochs; v6 flexible; v7 requireStable (KIP-447); v8 several groups (KIP-709); v9 member id and epoch (KIP-848); v10 topic ids.

type RequestedGroup = OffsetFetchRequest["groups"][number];
type TopicAnswer = NonNullable<NonNullable<OffsetFetchResponseInput["groups"]>[number]["topics"]>[number];
type PartitionAnswer = NonNullable<TopicAnswer["partitions"]>[number];
interface GroupAnswer {
  readonly groupId: string;
  readonly topics: readonly TopicAnswer[];
  readonly errorCode: number;
}

const handle: Handler<typeof apis.OffsetFetch> = async ({ broker }, request, version) => {
  const { requireStable } = request;
  if (version >= 8) {
    // Of all that a group has, not of the partitions that are named.
    const wanted = withFewRepeats(request.groups, ({ groupId, topics }) => (topics === null ? groupId : undefined));
    const groups = await Promise.all(wanted.map((group) => answerFor(broker, group, version, requireStable)));
    return { topics: [], errorCode: 0, groups };
  }
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: zeroUuid })) ?? null;
  const group = { groupId: request.groupId, memberId: null, memberEpoch: -1, topics };
  const answer = await answerFor(broker, group, version, requireStable);
  if (version >= 2) return { topics: answer.topics.map(named), errorCode: answer.errorCode, groups: [] };
  // v1 has no place for an error but the partitions.
  const failed = (request.topics ?? []).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partition) => failedPartition(partition, answer.errorCode)),
  }));
  return { topics: answer.errorCode === 0 ? answer.topics.map(named) : failed, groups: [] };
};

const named = ({ name = "", partitions }: TopicAnswer) => ({ name, partitions });

async function answerFor(
  broker: BrokerServices,
  { groupId, topics }: RequestedGroup,
  version: number,
  requireStable: boolean,
): Promise<GroupAnswer> {
  const answerOf = (fetched: FetchedOffset) => partitionAnswer(fetched, requireStable);
  try {
    const answers =
      topics === null
        ? await allOffsets(broker, groupId, version, answerOf)
        : await offsetsOf(broker, groupId, topics, version, answerOf);
    return { groupId, topics: answers, errorCode: 0 };
  } catch (failure) {
    return { groupId, topics: [], errorCode: errorOf(failure).errorCode };
  }
}

async function allOffsets(
  { groups, topics }: BrokerServices,
  groupId: string,
  version: number,
  answerOf: (fetched: FetchedOffset) => PartitionAnswer,
): Promise<TopicAnswer[]> {
  const fetched = await groups.fetchOffsets(groupId, null);
  return fetched.flatMap(({ topic, partitions }) => {
    const topicId = topics.get(topic)?.id;
    // Who knows topics by their ids cannot be told of one that has none any more.
    if (version >= 10 && topicId === undefined) return [];
    return [{ name: topic, topicId: topicId ?? zeroUuid, partitions: partitions.map(answerOf) }];
  });
}

async function offsetsOf(
  { groups, topics }: BrokerServices,
  groupId: string,
  requested: NonNullable<RequestedGroup["topics"]>,
  version: number,
  answerOf: (fetched: FetchedOffset) => PartitionAnswer,
): Promise<TopicAnswer[]> {
  const wanted = requested.map(({ name, topicId, partitionIndexes }) => ({
    topic: version >= 10 ? topics.byId(topicId)?.name : name,
    name,
    topicId,
    partitions: partitionIndexes,
  }));
  const known = wanted.flatMap(({ topic, partitions }) => (topic === undefined ? [] : [{ topic, partitions }]));
  const fetched = (await groups.fetchOffsets(groupId, known))[Symbol.iterator]();
  const isKnown = ({ topic }: { readonly topic: string | undefined }) => topic !== undefined;
  // Ids that nobody knows come last, as in Kafka.
  return [...wanted.filter(isKnown), ...wanted.filter((topic) => !isKnown(topic))].map(
    ({ topic, name, topicId, partitions }) => ({
      name,
      topicId,
      partitions:
        topic === undefined
          ? partitions.map((partition) => failedPartition(partition, wireCode("UNKNOWN_TOPIC_ID")))
          : nextOf(fetched).partitions.map(answerOf),
    }),
  );
}

/** The coordinator answers one by one what it was asked for. */
function nextOf(fetched: Iterator<FetchedTopic>): FetchedTopic {
  const next = fetched.next();
  if (next.done) throw new KafkaProtocolError("UNKNOWN_SERVER_ERROR", "Fewer topics were answered than asked for");
  return next.value;
}

/** Who must not read below what a transaction may be about to commit waits for its end (KIP-447). */
function partitionAnswer({ partition, offset, isPending }: FetchedOffset, requireStable: boolean): PartitionAnswer {
  if (isPending && requireStable) return failedPartition(partition, wireCode("UNSTABLE_OFFSET_COMMIT"));
  if (offset === undefined) return failedPartition(partition, 0);
  return {
    partitionIndex: partition,
    committedOffset: offset.offset,
    committedLeaderEpoch: offset.leaderEpoch,
    metadata: offset.metadata,
    errorCode: 0,
  };
}

const failedPartition = (partitionIndex: number, errorCode: number): PartitionAnswer => ({
  partitionIndex,
  committedOffset: -1,
  committedLeaderEpoch: -1,
  metadata: "",
  errorCode,
});

export const offsetFetchEntry: HandlerEntry<typeof apis.OffsetFetch> = { api: apis.OffsetFetch, handle };
