import { apis } from "@ottla/protocol";
import { checkKnown, noAuthorizer } from "./describe-acls.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible; v3 user resources (KIP-373).

const handle: Handler<typeof apis.DeleteAcls> = (_, { filters }) => {
  for (const filter of filters) {
    checkKnown(filter.resourceTypeFilter, filter.patternTypeFilter, filter.operation, filter.permissionType);
  }
  return { throttleTimeMs: 0, filterResults: filters.map(() => ({ ...noAuthorizer, matchingAcls: [] })) };
};

export const deleteAclsEntry: HandlerEntry<typeof apis.DeleteAcls> = { api: apis.DeleteAcls, handle };
