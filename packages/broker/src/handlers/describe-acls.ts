import { apis } from "@ottla/protocol";
import { errorFields } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible; v3 user resources (KIP-373). Without an authorizer there are no ACLs to speak of.

/** What all three ACL calls are answered with. */
export const noAuthorizer = Object.freeze(
  errorFields("SECURITY_DISABLED", "No authorizer is configured on the broker."),
);

const handle: Handler<typeof apis.DescribeAcls> = () => ({ throttleTimeMs: 0, ...noAuthorizer, resources: [] });

export const describeAclsEntry: HandlerEntry<typeof apis.DescribeAcls> = { api: apis.DescribeAcls, handle };
