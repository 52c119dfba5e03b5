import {
  apis,
  type OffsetCommitRequest,
  type OffsetCommitResponseInput,
  type ProtocolErrorCode,
} from "@ottla/protocol";
import type { OffsetToCommit } from "../group/group-shard.js";
import type { Topic } from "../topics/topics.js";
import { errorOf, wireCode } from "./error-code.js";
import { checkLength } from "./group-request.js";
import type { Handler, HandlerEntry, RequestContext } from "./handler.js";

// v2-4 retention time; v6 leader epochs; v7 static members; v8 flexible; v9 GROUP_ID_NOT_FOUND (KIP-848); v10 topic ids.

type RequestedTopic = OffsetCommitRequest["topics"][number];
type RequestedPartition = RequestedTopic["partitions"][number];

const brokersRetention = -1;

const handle: Handler<typeof apis.OffsetCommit> = async (context, request, version) => {
  const { groups } = context.broker;
  const { groupId, generationIdOrMemberEpoch: generation, memberId, groupInstanceId: instanceId } = request;
  const topics = request.topics.map((topic) => judge(context, request, topic, version));
  const accepted = topics.flatMap(({ offsets }) => offsets);
  const committer = { memberId, instanceId, generation };
  try {
    checkLength("group id", groupId);
    // Members of a group that is gone: from v9 on they are told so.
    if (generation >= 0 && version >= 9 && !(await groups.knows(groupId))) {
      return respond(topics, wireCode("GROUP_ID_NOT_FOUND"));
    }
    await groups.commitOffsets(groupId, committer, accepted);
    return respond(topics, 0);
  } catch (failure) {
    return respond(topics, errorOf(failure).errorCode);
  }
};

interface JudgedTopic {
  readonly requested: RequestedTopic;
  /** Of those partitions that have no error of their own. */
  readonly offsets: readonly OffsetToCommit[];
  /** In the order of the partitions. */
  readonly errors: readonly ProtocolErrorCode[];
}

function judge(
  context: RequestContext,
  request: OffsetCommitRequest,
  requested: RequestedTopic,
  version: number,
): JudgedTopic {
  const { topics, config, world } = context.broker;
  const topic = version >= 10 ? topics.byId(requested.topicId) : topics.get(requested.name);
  const now = world.clock.now();
  const errors: ProtocolErrorCode[] = [];
  const offsets: OffsetToCommit[] = [];
  for (const partition of requested.partitions) {
    const error = errorFor(topic, partition, config.get("offset.metadata.max.bytes"), version);
    errors.push(error);
    if (error !== "NONE" || topic === undefined) continue;
    const { retentionTimeMs } = request;
    offsets.push({
      topic: topic.name,
      partition: partition.partitionIndex,
      value: {
        offset: partition.committedOffset,
        leaderEpoch: partition.committedLeaderEpoch,
        metadata: partition.committedMetadata ?? "",
        commitTimestamp: now,
        expireTimestamp:
          retentionTimeMs === brokersRetention ? null : Math.min(now + retentionTimeMs, Number.MAX_SAFE_INTEGER),
        topicId: topic.id,
      },
    });
  }
  return { requested, offsets, errors };
}

function errorFor(
  topic: Topic | undefined,
  { partitionIndex, committedMetadata }: RequestedPartition,
  longestMetadata: number,
  version: number,
): ProtocolErrorCode {
  if (topic === undefined) return version >= 10 ? "UNKNOWN_TOPIC_ID" : "UNKNOWN_TOPIC_OR_PARTITION";
  if (topic.partitions[partitionIndex] === undefined) return "UNKNOWN_TOPIC_OR_PARTITION";
  return (committedMetadata ?? "").length > longestMetadata ? "OFFSET_METADATA_TOO_LARGE" : "NONE";
}

/** Partitions that are not there are told first of all; what is wrong with the text, only to those who may commit. */
const respond = (topics: readonly JudgedTopic[], errorCode: number): OffsetCommitResponseInput => ({
  topics: topics.map(({ requested: { name, topicId, partitions }, errors }) => ({
    name,
    topicId,
    partitions: partitions.map(({ partitionIndex }, index) => {
      const own = errors[index] ?? "NONE";
      const isHidden = own === "NONE" || (own === "OFFSET_METADATA_TOO_LARGE" && errorCode !== 0);
      return { partitionIndex, errorCode: isHidden ? errorCode : wireCode(own) };
    }),
  })),
});

export const offsetCommitEntry: HandlerEntry<typeof apis.OffsetCommit> = { api: apis.OffsetCommit, handle };
