import { apis, zeroUuid } from "@ottla/protocol";
import { errorOf, wireCode } from "./error-code.js";
import { checkGroupId } from "./group-request.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { answerOffsets, concernsGroup, judgeOffsets, offsetsIn } from "./offsets-to-commit.js";

// v2 leader epochs; v3 flexible, who commits (KIP-447); v4 TRANSACTION_ABORTABLE; v5 adds the group to the transaction by
// itself (KIP-890), below that AddOffsetsToTxn came before.

const handle: Handler<typeof apis.TxnOffsetCommit> = async ({ broker }, request, version) => {
  const judge = () =>
    request.topics.map((topic) =>
      judgeOffsets(broker, { ...topic, topicId: zeroUuid }, broker.topics.get(topic.name), {
        unknown: "UNKNOWN_TOPIC_OR_PARTITION",
        retentionMs: null,
      }),
    );
  let topics = judge();
  if (!concernsGroup(topics)) return { throttleTimeMs: 0, topics: answerOffsets(topics, 0) };
  const { transactionalId, groupId: group, producerId, producerEpoch, memberId } = request;
  const producer = { transactionalId, producerId, producerEpoch };
  const committer = { memberId, instanceId: request.groupInstanceId, generation: request.generationIdOrMemberEpoch };
  try {
    checkGroupId(group);
    await broker.groups.commitTransactionalOffsets({
      group,
      producerId,
      producerEpoch,
      committer,
      // (1) The request came, (2) while it waited to be let in its topic was deleted, and the offsets of that topic with it.
      offsets: () => {
        topics = judge();
        return offsetsIn(topics);
      },
      admit: (partition) => broker.transactions.admit(producer, partition, version >= 5 ? "add" : "verify"),
    });
    return { throttleTimeMs: 0, topics: answerOffsets(topics, 0) };
  } catch (failure) {
    return { throttleTimeMs: 0, topics: answerOffsets(topics, codeFor(errorOf(failure).errorCode, version)) };
  }
};

/** The code as clients of a version know it. */
function codeFor(errorCode: number, version: number): number {
  switch (errorCode) {
    case wireCode("COORDINATOR_LOAD_IN_PROGRESS"):
      return version < 2 ? wireCode("COORDINATOR_NOT_AVAILABLE") : errorCode;
    case wireCode("TRANSACTION_ABORTABLE"):
      return version < 4 ? wireCode("INVALID_TXN_STATE") : errorCode;
    default:
      return errorCode;
  }
}

export const txnOffsetCommitEntry: HandlerEntry<typeof apis.TxnOffsetCommit> = { api: apis.TxnOffsetCommit, handle };
