import { apis } from "@ottla/protocol";
import { noError } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// One node moves nothing, so nothing is ever under way (KIP-455).

const handle: Handler<typeof apis.ListPartitionReassignments> = () => ({ throttleTimeMs: 0, ...noError, topics: [] });

export const listPartitionReassignmentsEntry: HandlerEntry<typeof apis.ListPartitionReassignments> = {
  api: apis.ListPartitionReassignments,
  handle,
};
