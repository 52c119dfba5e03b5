import { apis } from "@ottla/protocol";
import { voterRefused } from "./add-raft-voter.js";
import type { Handler, HandlerEntry } from "./handler.js";

// KIP-853.

const handle: Handler<typeof apis.RemoveRaftVoter> = ({ broker }, request) => ({
  throttleTimeMs: 0,
  ...voterRefused(broker, request),
});

export const removeRaftVoterEntry: HandlerEntry<typeof apis.RemoveRaftVoter> = { api: apis.RemoveRaftVoter, handle };
