import { apis, type JoinGroupRequest, type JoinGroupResponseInput, KafkaProtocolError } from "@ottla/protocol";
import type { JoinAnswer } from "../group/group-event.js";
import { errorOf, wireCode } from "./error-code.js";
import { checkGroupId, checkLength } from "./group-request.js";
import type { Handler, HandlerEntry, RequestContext } from "./handler.js";

// v1 rebalance timeout; v4 MEMBER_ID_REQUIRED (KIP-394); v5 static members (KIP-345); v6 flexible; v7 protocol type
// (KIP-559); v8 reason (KIP-800); v9 skipAssignment (KIP-814).

const handle: Handler<typeof apis.JoinGroup> = async (context, request, version) => {
  try {
    check(context, request);
    const answer = await context.broker.groups.joinGroup(request.groupId, {
      memberId: request.memberId,
      instanceId: request.groupInstanceId,
      clientId: context.clientId ?? "",
      clientHost: `/${context.connection.host}`,
      sessionTimeoutMs: request.sessionTimeoutMs,
      rebalanceTimeoutMs: version === 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
      protocolType: request.protocolType,
      protocols: request.protocols,
      requiresKnownMemberId: version >= 4,
      canSkipAssignment: version >= 9,
    });
    return responseTo(answer, version);
  } catch (failure) {
    return failed(request.memberId, errorOf(failure).errorCode, version);
  }
};

function check({ broker, clientId }: RequestContext, request: JoinGroupRequest): void {
  const { groupId, sessionTimeoutMs } = request;
  checkGroupId(groupId);
  checkLength("client id", clientId ?? "");
  checkLength("group instance id", request.groupInstanceId ?? "");
  checkLength("protocol type", request.protocolType);
  for (const { name } of request.protocols) checkLength("protocol name", name);
  const min = broker.config.get("group.min.session.timeout.ms");
  const max = broker.config.get("group.max.session.timeout.ms");
  if (sessionTimeoutMs < min || sessionTimeoutMs > max) {
    throw new KafkaProtocolError(
      "INVALID_SESSION_TIMEOUT",
      `${sessionTimeoutMs} ms is not between ${min} and ${max} ms`,
    );
  }
}

const responseTo = (answer: JoinAnswer, version: number): JoinGroupResponseInput => ({
  errorCode: wireCode(answer.error),
  generationId: answer.generation,
  protocolType: answer.protocolType,
  // Kafka takes a protocol of the empty name for none.
  protocolName: version < 7 ? (answer.protocolName ?? "") : answer.protocolName || null,
  leader: answer.leader,
  skipAssignment: answer.skipAssignment,
  memberId: answer.memberId,
  members: answer.members,
});

const failed = (memberId: string, errorCode: number, version: number): JoinGroupResponseInput => ({
  errorCode,
  generationId: -1,
  protocolName: version < 7 ? "" : null,
  leader: "",
  memberId,
  members: [],
});

export const joinGroupEntry: HandlerEntry<typeof apis.JoinGroup> = { api: apis.JoinGroup, handle };
