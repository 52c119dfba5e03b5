import { apis } from "@ottla/protocol";
import { errorOf, wireCode } from "./error-code.js";
import { checkGroupId } from "./group-request.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v3 static members (KIP-345); v4 flexible; v5 protocol type and name, which must be given (KIP-559).

const noAssignment = Buffer.alloc(0);

const handle: Handler<typeof apis.SyncGroup> = async ({ broker }, request, version) => {
  const { protocolType, protocolName } = request;
  try {
    if (version >= 5 && (protocolType === null || protocolName === null)) {
      return { errorCode: wireCode("INCONSISTENT_GROUP_PROTOCOL"), assignment: noAssignment };
    }
    checkGroupId(request.groupId);
    const answer = await broker.groups.syncGroup(request.groupId, {
      memberId: request.memberId,
      instanceId: request.groupInstanceId,
      generation: request.generationId,
      protocolType,
      protocolName,
      assignments: new Map(request.assignments.map(({ memberId, assignment }) => [memberId, assignment])),
    });
    return { ...answer, errorCode: wireCode(answer.error) };
  } catch (failure) {
    return { errorCode: errorOf(failure).errorCode, assignment: noAssignment };
  }
};

export const syncGroupEntry: HandlerEntry<typeof apis.SyncGroup> = { api: apis.SyncGroup, handle };
