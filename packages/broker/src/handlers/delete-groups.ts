import { apis } from "@ottla/protocol";
import { errorOf } from "./error-code.js";
import { checkGroupId } from "./group-request.js";
import type { Handler, HandlerEntry, RequestContext } from "./handler.js";

// v2 flexible.

const handle: Handler<typeof apis.DeleteGroups> = async (context, request) => ({
  throttleTimeMs: 0,
  results: await Promise.all(request.groupsNames.map((groupId) => remove(context, groupId))),
});

async function remove({ broker }: RequestContext, groupId: string) {
  try {
    checkGroupId(groupId);
    await broker.groups.deleteGroup(groupId);
    return { groupId, errorCode: 0 };
  } catch (failure) {
    return { groupId, errorCode: errorOf(failure).errorCode };
  }
}

export const deleteGroupsEntry: HandlerEntry<typeof apis.DeleteGroups> = { api: apis.DeleteGroups, handle };
