import { apis, MalformedMessageError } from "@ottla/protocol";
import { errorFields } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible; v3 user resources (KIP-373). Without an authorizer there are no ACLs to speak of.

/** What all three ACL calls are answered with. */
export const noAuthorizer = Object.freeze(
  errorFields("SECURITY_DISABLED", "No authorizer is configured on the broker."),
);

/** 0 stands for what a client read and did not understand, and nobody may send it on. @throws {@link MalformedMessageError} */
export function checkKnown(...values: readonly number[]): void {
  if (values.includes(0)) throw new MalformedMessageError("an ACL with an element that is UNKNOWN");
}

const handle: Handler<typeof apis.DescribeAcls> = (_, request) => {
  checkKnown(request.resourceTypeFilter, request.patternTypeFilter, request.operation, request.permissionType);
  return { throttleTimeMs: 0, ...noAuthorizer, resources: [] };
};

export const describeAclsEntry: HandlerEntry<typeof apis.DescribeAcls> = { api: apis.DescribeAcls, handle };
