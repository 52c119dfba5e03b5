import { apis, zeroUuid } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { type ErrorFields, errorFields } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 says when to answer (KIP-1186).

const handle: Handler<typeof apis.AddRaftVoter> = ({ broker }, request) => ({
  throttleTimeMs: 0,
  ...voterRefused(broker, request),
});

/** Why a voter is neither added nor removed (KIP-853): the quorum is this node, as with `kraft.version` 0. */
export function voterRefused(
  broker: BrokerServices,
  asked: { readonly clusterId: string | null; readonly voterId: number; readonly voterDirectoryId: string },
): ErrorFields {
  const { clusterId, voterId, voterDirectoryId } = asked;
  if (clusterId !== null && clusterId !== broker.clusterId) {
    return errorFields(
      "INCONSISTENT_CLUSTER_ID",
      `The given id "${clusterId}" is not this cluster's, ${broker.clusterId}`,
    );
  }
  if (voterId < 0 || voterDirectoryId === zeroUuid) {
    return errorFields("INVALID_REQUEST", `Voter ${voterId} with directory ${voterDirectoryId} is no voter`);
  }
  return errorFields("UNSUPPORTED_VERSION", "The voters of this cluster are fixed: its kraft.version is 0");
}

export const addRaftVoterEntry: HandlerEntry<typeof apis.AddRaftVoter> = { api: apis.AddRaftVoter, handle };
