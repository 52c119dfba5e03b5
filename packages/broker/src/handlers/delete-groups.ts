import { apis } from "@ottla/protocol";
import { errorOf } from "./error-code.js";
import type { Handler, HandlerEntry, RequestContext } from "./handler.js";

// v2 flexible.

const handle: Handler<typeof apis.DeleteGroups> = async (context, request) => ({
  throttleTimeMs: 0,
  // A name given twice is answered once. Offsets may be kept under an empty name, so that is one too.
  results: await Promise.all([...new Set(request.groupsNames)].map((groupId) => remove(context, groupId))),
});

async function remove({ broker }: RequestContext, groupId: string) {
  try {
    await broker.groups.deleteGroup(groupId);
    return { groupId, errorCode: 0 };
  } catch (failure) {
    return { groupId, errorCode: errorOf(failure).errorCode };
  }
}

export const deleteGroupsEntry: HandlerEntry<typeof apis.DeleteGroups> = { api: apis.DeleteGroups, handle };
