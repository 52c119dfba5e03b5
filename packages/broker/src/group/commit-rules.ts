import type { ProtocolErrorCode } from "@ottla/protocol";
import type { MemberIdentity } from "./group-event.js";
import { type GroupState, memberError } from "./group-state.js";

export interface Committer extends MemberIdentity {
  /** -1 for somebody outside of the group. */
  readonly generation: number;
}

/** How offsets are committed: at once, or with a transaction. */
export type CommitKind = "plain" | "transactional";

/**
 * Whether somebody may commit offsets for a group: a member in the current generation, or, while the group is empty,
 * anybody who does not claim to be one (an administrator, a consumer that assigns its partitions itself).
 * In a transaction nobody needs to say who it is, as before KIP-447, and the transaction itself holds back the next assignment.
 */
export function commitError(
  state: GroupState | undefined,
  { memberId, instanceId, generation }: Committer,
  kind: CommitKind,
): ProtocolErrorCode {
  if (state === undefined) return generation < 0 ? "NONE" : "ILLEGAL_GENERATION";
  if (state.kind === "dead") return "COORDINATOR_NOT_AVAILABLE";
  if (generation < 0 && state.kind === "empty") return "NONE";
  const claimsMembership = generation >= 0 || memberId !== "" || instanceId !== null;
  if (!claimsMembership) return kind === "transactional" || state.kind === "empty" ? "NONE" : "UNKNOWN_MEMBER_ID";
  const error = memberError(state, memberId, instanceId);
  if (error !== "NONE") return error;
  if (generation !== state.generation) return "ILLEGAL_GENERATION";
  // It knows the generation, so it is about to get a new assignment: too late to commit for the old one.
  return kind === "plain" && state.kind === "completingRebalance" ? "REBALANCE_IN_PROGRESS" : "NONE";
}
