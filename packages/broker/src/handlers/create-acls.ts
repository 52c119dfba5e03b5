import { apis } from "@ottla/protocol";
import { noAuthorizer } from "./describe-acls.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible; v3 user resources (KIP-373).

const handle: Handler<typeof apis.CreateAcls> = (_, { creations }) => ({
  throttleTimeMs: 0,
  results: creations.map(() => noAuthorizer),
});

export const createAclsEntry: HandlerEntry<typeof apis.CreateAcls> = { api: apis.CreateAcls, handle };
