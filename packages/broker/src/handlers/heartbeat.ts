import { apis } from "@ottla/protocol";
import { errorOf, wireCode } from "./error-code.js";
import { checkGroupId } from "./group-request.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v3 static members (KIP-345); v4 flexible.

const handle: Handler<typeof apis.Heartbeat> = async ({ broker }, request) => {
  try {
    checkGroupId(request.groupId);
    const error = await broker.groups.heartbeat(request.groupId, {
      memberId: request.memberId,
      instanceId: request.groupInstanceId,
      generation: request.generationId,
    });
    return { errorCode: wireCode(error) };
  } catch (failure) {
    return { errorCode: errorOf(failure).errorCode };
  }
};

export const heartbeatEntry: HandlerEntry<typeof apis.Heartbeat> = { api: apis.Heartbeat, handle };
