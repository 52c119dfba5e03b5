import type { ProtocolErrorCode } from "@ottla/protocol";
import { answerSync, failSync, startSession } from "./group-answers.js";
import type { GroupEffect, GroupStep, StepContext, SyncRequest } from "./group-event.js";
import {
  type CompletingRebalance,
  type GroupState,
  isPopulated,
  memberError,
  noBytes,
  type StableGroup,
  type Ticket,
} from "./group-state.js";

/** A member asks for its assignment; the leader's request brings everybody's. */
export function sync(state: GroupState, ticket: Ticket, request: SyncRequest, context: StepContext): GroupStep {
  const error = syncError(state, request);
  if (error !== "NONE") return [state, [failSync(ticket, error)]];
  switch (state.kind) {
    case "completingRebalance":
      return syncInRebalance(state, ticket, request, context);
    case "stable": {
      const member = state.members.get(request.memberId);
      const pendingSyncs = synced(state.pendingSyncs, request.memberId);
      const effects: GroupEffect[] = pendingSyncs.size === 0 ? [{ kind: "stopSyncTimer" }] : [];
      if (member !== undefined) effects.push(startSession(member));
      const { protocolType, protocolName } = state;
      const assignment = member?.assignment ?? noBytes;
      effects.push(answerSync(ticket, { error: "NONE", protocolType, protocolName, assignment }));
      return [{ ...state, pendingSyncs }, effects];
    }
    case "preparingRebalance":
    case "empty":
    case "dead":
      throw new Error(`SyncGroup was let through to a group that is ${state.kind}`);
  }
}

function syncError(state: GroupState, request: SyncRequest): ProtocolErrorCode {
  if (state.kind === "dead") return "COORDINATOR_NOT_AVAILABLE";
  const error = memberError(state, request.memberId, request.instanceId);
  if (error !== "NONE") return error;
  if (!isPopulated(state)) return "UNKNOWN_MEMBER_ID";
  if (request.generation !== state.generation) return "ILLEGAL_GENERATION";
  const { protocolType, protocolName } = request;
  if (protocolType !== null && protocolType !== state.protocolType) return "INCONSISTENT_GROUP_PROTOCOL";
  if (protocolName !== null && protocolName !== state.protocolName) return "INCONSISTENT_GROUP_PROTOCOL";
  return state.kind === "preparingRebalance" ? "REBALANCE_IN_PROGRESS" : "NONE";
}

function syncInRebalance(
  state: CompletingRebalance,
  ticket: Ticket,
  request: SyncRequest,
  context: StepContext,
): GroupStep {
  const { memberId } = request;
  const pendingSyncs = synced(state.pendingSyncs, memberId);
  const effects: GroupEffect[] = pendingSyncs.size === 0 ? [{ kind: "stopSyncTimer" }] : [];
  const earlier = state.syncs.get(memberId);
  // Asked again on another connection: nobody waits on the old one, or somebody who has to start over.
  if (earlier !== undefined) effects.push(failSync(earlier, "REBALANCE_IN_PROGRESS"));
  const syncs = new Map(state.syncs).set(memberId, ticket);
  if (memberId !== state.leader) return [{ ...state, pendingSyncs, syncs }, effects];

  const { generation, pendingMembers, protocolType, protocolName, leader } = state;
  const members = new Map(
    [...state.members].map(([id, member]) => [id, { ...member, assignment: request.assignments.get(id) ?? noBytes }]),
  );
  effects.push({ kind: "persist" });
  for (const [id, parked] of syncs) {
    const member = members.get(id);
    if (member === undefined) throw new Error(`${id} waits for an assignment but is no member`);
    const { assignment } = member;
    effects.push(answerSync(parked, { error: "NONE", protocolType, protocolName, assignment }), startSession(member));
  }
  const stable: StableGroup = {
    kind: "stable",
    generation,
    pendingMembers,
    protocolType,
    protocolName,
    members,
    leader,
    pendingSyncs,
    since: context.now,
  };
  return [stable, effects];
}

function synced(pending: ReadonlySet<string>, memberId: string): ReadonlySet<string> {
  if (!pending.has(memberId)) return pending;
  const rest = new Set(pending);
  rest.delete(memberId);
  return rest;
}
