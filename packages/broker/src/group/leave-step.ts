import type { GroupEffect, GroupStep, LeaveOutcome, MemberIdentity, StepContext } from "./group-event.js";
import { type GroupState, isPopulated, memberError, staticMemberId, type Ticket } from "./group-state.js";
import { forgetPending } from "./join-step.js";
import { after, removeMembers } from "./rebalance.js";

/** Members leave, or an administrator makes static ones leave by their instance ids. One rebalance follows for all. */
export function leave(
  state: GroupState,
  ticket: Ticket,
  identities: readonly MemberIdentity[],
  context: StepContext,
): GroupStep {
  if (state.kind === "dead") {
    const outcomes = identities.map((identity) => ({ ...identity, error: "COORDINATOR_NOT_AVAILABLE" as const }));
    return [state, [{ kind: "answer", to: "leave", ticket, answer: outcomes }]];
  }
  const members = new Set<string>();
  const pending = new Set<string>();
  const outcomes = identities.map((identity): LeaveOutcome => {
    const { memberId, instanceId } = identity;
    const current = instanceId === null ? undefined : staticMemberId(state, instanceId);
    // Who left with one that was named before is not there any more.
    const hasLeft = current !== undefined && members.has(current);
    if (hasLeft || members.has(memberId) || pending.has(memberId)) return { ...identity, error: "UNKNOWN_MEMBER_ID" };
    if (memberId === "") {
      if (current === undefined) return { ...identity, error: "UNKNOWN_MEMBER_ID" };
      members.add(current);
      return { ...identity, error: "NONE" };
    }
    if (state.pendingMembers.has(memberId)) {
      pending.add(memberId);
      return { ...identity, error: "NONE" };
    }
    const error = memberError(state, memberId, instanceId);
    if (error === "NONE") members.add(memberId);
    return { ...identity, error };
  });

  const answer: GroupEffect = { kind: "answer", to: "leave", ticket, answer: outcomes };
  let step: GroupStep = [state, [answer]];
  // An id that was given out and is given back concerns nobody else. (Kafka rebalances a stable group for it.)
  for (const memberId of pending) {
    const [current, effects] = step;
    if (current.kind !== "dead") step = after(effects, forgetPending(current, memberId, context));
  }
  const [current, effects] = step;
  if (members.size === 0 || !isPopulated(current)) return step;
  return after(effects, removeMembers(current, members, context));
}
