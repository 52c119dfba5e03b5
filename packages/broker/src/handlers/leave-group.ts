import { apis, KafkaProtocolError, type LeaveGroupResponseInput, type ProtocolErrorCode } from "@ottla/protocol";
import type { LeaveOutcome, MemberIdentity } from "../group/group-event.js";
import { errorOf, wireCode } from "./error-code.js";
import { checkGroupId } from "./group-request.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v3 several members, and static ones by their instance ids (KIP-345); v4 flexible; v5 reason (KIP-800).

const handle: Handler<typeof apis.LeaveGroup> = async ({ broker }, request, version) => {
  const members: MemberIdentity[] =
    version >= 3
      ? request.members.map(({ memberId, groupInstanceId }) => ({ memberId, instanceId: groupInstanceId }))
      : [{ memberId: request.memberId, instanceId: null }];
  try {
    checkGroupId(request.groupId);
    return responseTo(await broker.groups.leaveGroup(request.groupId, members), version);
  } catch (failure) {
    // A group that is not there has none of these members.
    if (failure instanceof KafkaProtocolError && failure.code === "UNKNOWN_MEMBER_ID") {
      return responseTo(failedFor(members, failure.code), version);
    }
    return { errorCode: errorOf(failure).errorCode, members: [] };
  }
};

const failedFor = (members: readonly MemberIdentity[], error: ProtocolErrorCode): readonly LeaveOutcome[] =>
  members.map((member) => ({ ...member, error }));

function responseTo(outcomes: readonly LeaveOutcome[], version: number): LeaveGroupResponseInput {
  if (version < 3) return { errorCode: wireCode(outcomes[0]?.error ?? "NONE"), members: [] };
  const members = outcomes.map(({ memberId, instanceId, error }) => ({
    memberId,
    groupInstanceId: instanceId,
    errorCode: wireCode(error),
  }));
  return { errorCode: 0, members };
}

export const leaveGroupEntry: HandlerEntry<typeof apis.LeaveGroup> = { api: apis.LeaveGroup, handle };
