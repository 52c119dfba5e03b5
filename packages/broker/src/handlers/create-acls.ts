import { apis } from "@ottla/protocol";
import { checkKnown, noAuthorizer } from "./describe-acls.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible; v3 user resources (KIP-373).

const handle: Handler<typeof apis.CreateAcls> = (_, { creations }) => {
  for (const acl of creations) {
    checkKnown(acl.resourceType, acl.resourcePatternType, acl.operation, acl.permissionType);
  }
  return { throttleTimeMs: 0, results: creations.map(() => noAuthorizer) };
};

export const createAclsEntry: HandlerEntry<typeof apis.CreateAcls> = { api: apis.CreateAcls, handle };
