import { apis } from "@ottla/protocol";
import { errorOf, wireCode } from "./error-code.js";
import { checkLength } from "./group-request.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { answerOffsets, concernsGroup, judgeOffsets, offsetsIn } from "./offsets-to-commit.js";

// v2-4 retention time; v6 leader epochs; v7 static members; v8 flexible; v9 GROUP_ID_NOT_FOUND (KIP-848); v10 topic ids.

const brokersRetention = -1;

const handle: Handler<typeof apis.OffsetCommit> = async ({ broker }, request, version) => {
  const { groupId, generationIdOrMemberEpoch: generation, memberId, groupInstanceId: instanceId } = request;
  const retentionMs = request.retentionTimeMs === brokersRetention ? null : request.retentionTimeMs;
  const isById = version >= 10;
  const unknown = isById ? "UNKNOWN_TOPIC_ID" : "UNKNOWN_TOPIC_OR_PARTITION";
  const topics = request.topics.map((topic) => {
    const found = isById ? broker.topics.byId(topic.topicId) : broker.topics.get(topic.name);
    return judgeOffsets(broker, topic, found, { unknown, retentionMs });
  });
  if (!concernsGroup(topics)) return { topics: answerOffsets(topics, 0) };
  try {
    checkLength("group id", groupId);
    // Members of a group that is gone: from v9 on they are told so.
    if (generation >= 0 && version >= 9 && !(await broker.groups.knows(groupId))) {
      return { topics: answerOffsets(topics, wireCode("GROUP_ID_NOT_FOUND")) };
    }
    await broker.groups.commitOffsets(groupId, { memberId, instanceId, generation }, offsetsIn(topics));
    return { topics: answerOffsets(topics, 0) };
  } catch (failure) {
    return { topics: answerOffsets(topics, errorOf(failure).errorCode) };
  }
};

export const offsetCommitEntry: HandlerEntry<typeof apis.OffsetCommit> = { api: apis.OffsetCommit, handle };
