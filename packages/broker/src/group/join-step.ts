import { answerJoin, failJoin, failSync, joinedMembers, startSession } from "./group-answers.js";
import type { GroupEffect, GroupStep, JoinRequest, StepContext } from "./group-event.js";
import {
  type CompletingRebalance,
  type DeadGroup,
  type GroupMember,
  type GroupState,
  isPopulated,
  memberError,
  membersOf,
  noBytes,
  type ParkedJoin,
  type PopulatedGroup,
  type PreparingRebalance,
  type StableGroup,
  staticMemberId,
  type Ticket,
} from "./group-state.js";
import { isUnchanged, selectProtocol, supportsProtocols } from "./protocol-selection.js";
import { after, beginRebalance, completeJoinIfAllAreIn, removeMembers } from "./rebalance.js";

/**
 * A new member cannot send heartbeats before it knows its id, and a parked connection does not show that its client is
 * gone. So that clients which time out and try again as somebody new do not pile up, they are given this long.
 */
const newMemberJoinTimeoutMs = 5 * 60_000;

/**
 * How many may have an id and not have come back with it. One connection can ask for ids as fast as it can write, each kept for
 * half an hour if it likes.
 */
const mostPendingMembers = 1000;

/** Somebody wants to be in the group, or to be in its next generation. */
export function join(state: GroupState, ticket: Ticket, request: JoinRequest, context: StepContext): GroupStep {
  const { memberId, instanceId } = request;
  if (state.kind === "dead") return [state, [failJoin(ticket, "COORDINATOR_NOT_AVAILABLE", memberId)]];
  if (!hasRoom(state, memberId, context.maxSize)) {
    const [next, effects] = forget(state, memberId, context);
    return [next, [...effects, failJoin(ticket, "GROUP_MAX_SIZE_REACHED", "")]];
  }
  if (!supportsProtocols(state, request.protocolType, request.protocols)) {
    return [state, [failJoin(ticket, "INCONSISTENT_GROUP_PROTOCOL", memberId)]];
  }
  if (memberId === "") return joinAsNew(state, ticket, request, context);
  if (instanceId === null && state.pendingMembers.has(memberId)) {
    return addMember(state, memberId, ticket, request, context);
  }
  const error = memberError(state, memberId, instanceId);
  if (error !== "NONE") return [state, [failJoin(ticket, error, memberId)]];
  return joinAgain(state, ticket, request, context);
}

function hasRoom(state: Exclude<GroupState, DeadGroup>, memberId: string, maxSize: number): boolean {
  switch (state.kind) {
    case "empty":
      return true;
    // Those who joined already count, not those who still might: else a group shrunk by configuration keeps everybody.
    case "preparingRebalance":
      return state.joins.has(memberId) || state.joins.size < maxSize;
    case "completingRebalance":
    case "stable":
      return state.members.has(memberId) || state.members.size < maxSize;
  }
}

function forget(state: Exclude<GroupState, DeadGroup>, memberId: string, context: StepContext): GroupStep {
  if (isPopulated(state) && state.members.has(memberId)) return removeMembers(state, new Set([memberId]), context);
  return forgetPending(state, memberId, context);
}

/** Somebody who was given an id will not come back with it. */
export function forgetPending(
  state: Exclude<GroupState, DeadGroup>,
  memberId: string,
  context: StepContext,
): GroupStep {
  if (!state.pendingMembers.has(memberId)) return [state, []];
  const next = { ...state, pendingMembers: without(state.pendingMembers, memberId) };
  const effects: GroupEffect[] = [{ kind: "stopSession", memberId }];
  return next.kind === "preparingRebalance" ? after(effects, completeJoinIfAllAreIn(next, context)) : [next, effects];
}

function joinAsNew(
  state: Exclude<GroupState, DeadGroup>,
  ticket: Ticket,
  request: JoinRequest,
  context: StepContext,
): GroupStep {
  const { newMemberId, instanceId } = request;
  if (instanceId !== null) {
    const oldMemberId = staticMemberId(state, instanceId);
    if (oldMemberId === undefined) return addMember(state, newMemberId, ticket, request, context);
    const old = membersOf(state).get(oldMemberId);
    if (old === undefined || !isPopulated(state)) throw new Error(`Static member ${instanceId} has no member`);
    return takeOver(state, old, ticket, request, context);
  }
  if (!request.requiresKnownMemberId) return addMember(state, newMemberId, ticket, request, context);
  // Of the codes that make a client wait and try again, the one that does not send it to look for another coordinator.
  if (state.pendingMembers.size >= mostPendingMembers) {
    return [state, [failJoin(ticket, "COORDINATOR_LOAD_IN_PROGRESS", "")]];
  }
  return [
    { ...state, pendingMembers: new Set(state.pendingMembers).add(newMemberId) },
    [
      { kind: "startSession", memberId: newMemberId, delayMs: request.sessionTimeoutMs },
      failJoin(ticket, "MEMBER_ID_REQUIRED", newMemberId),
    ],
  ];
}

function addMember(
  state: Exclude<GroupState, DeadGroup>,
  memberId: string,
  ticket: Ticket,
  request: JoinRequest,
  context: StepContext,
): GroupStep {
  const member: GroupMember = {
    memberId,
    instanceId: request.instanceId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    sessionTimeoutMs: request.sessionTimeoutMs,
    protocols: request.protocols,
    assignment: noBytes,
  };
  const effects: GroupEffect[] = [{ kind: "startSession", memberId, delayMs: newMemberJoinTimeoutMs }];
  const members = new Map(membersOf(state)).set(memberId, member);
  const pendingMembers = without(state.pendingMembers, memberId);
  const parked: ParkedJoin = { ticket, isNew: true };
  switch (state.kind) {
    case "empty": {
      const stepMs = context.initialRebalanceDelayMs;
      const remainingMs = Math.max(request.rebalanceTimeoutMs - stepMs, 0);
      const preparing: PreparingRebalance = {
        kind: "preparingRebalance",
        generation: state.generation,
        pendingMembers,
        protocolType: request.protocolType,
        protocolName: null,
        members,
        leader: memberId,
        joins: new Map([[memberId, parked]]),
        initialDelay: { stepMs, remainingMs, isExtended: false },
      };
      return [preparing, [...effects, { kind: "startJoinTimer", delayMs: stepMs }]];
    }
    case "preparingRebalance": {
      const preparing: PreparingRebalance = {
        ...state,
        pendingMembers,
        members,
        leader: state.leader ?? memberId,
        joins: new Map(state.joins).set(memberId, parked),
        initialDelay: state.initialDelay === null ? null : { ...state.initialDelay, isExtended: true },
      };
      return after(effects, completeJoinIfAllAreIn(preparing, context));
    }
    case "completingRebalance":
    case "stable": {
      const reshuffle = { members, leader: state.leader, joins: new Map([[memberId, parked]]) };
      return after(effects, beginRebalance({ ...state, pendingMembers }, reshuffle, context));
    }
  }
}

function joinAgain(
  state: Exclude<GroupState, DeadGroup>,
  ticket: Ticket,
  request: JoinRequest,
  context: StepContext,
): GroupStep {
  const member = membersOf(state).get(request.memberId);
  if (member === undefined || !isPopulated(state)) throw new Error(`${request.memberId} is no member`);
  if (state.kind !== "preparingRebalance" && isUnchanged(member, request.protocols)) {
    // It missed the answer to its JoinGroup, or looks whether something changed. A leader of a stable group wants a
    // rebalance: it has seen new partitions.
    const isLeader = member.memberId === state.leader;
    if (state.kind === "completingRebalance" || !isLeader) {
      return [state, [answerJoin(ticket, currentGeneration(state, member.memberId, isLeader))]];
    }
  }
  const updated = updatedBy(member, request);
  const members = new Map(state.members).set(member.memberId, updated);
  if (state.kind !== "preparingRebalance") {
    const joins = new Map([[member.memberId, { ticket, isNew: false }]]);
    return beginRebalance(state, { members, leader: state.leader, joins }, context);
  }
  const earlier = state.joins.get(member.memberId);
  const joins = new Map(state.joins).set(member.memberId, { ticket, isNew: earlier?.isNew ?? false });
  // Asked again on another connection: nobody waits on the old one, or somebody who has to start over.
  const effects = earlier === undefined ? [] : [failJoin(earlier.ticket, "REBALANCE_IN_PROGRESS", member.memberId)];
  return after(effects, completeJoinIfAllAreIn({ ...state, members, joins }, context));
}

const updatedBy = (member: GroupMember, request: JoinRequest): GroupMember => ({
  ...member,
  rebalanceTimeoutMs: request.rebalanceTimeoutMs,
  sessionTimeoutMs: request.sessionTimeoutMs,
  protocols: request.protocols,
});

const currentGeneration = (state: CompletingRebalance | StableGroup, memberId: string, withMembers: boolean) => ({
  error: "NONE" as const,
  memberId,
  generation: state.generation,
  protocolType: state.protocolType,
  protocolName: state.protocolName,
  leader: state.leader,
  skipAssignment: false,
  members: withMembers ? joinedMembers(state.members, state.protocolName) : [],
});

/** A static member comes back without its id (KIP-345): it gets the old one's place and the old one is fenced. */
function takeOver(
  state: PopulatedGroup,
  old: GroupMember,
  ticket: Ticket,
  request: JoinRequest,
  context: StepContext,
): GroupStep {
  const member: GroupMember = { ...updatedBy(old, request), memberId: request.newMemberId };
  const { memberId } = member;
  const wasLeader = state.leader === old.memberId;
  const leader = wasLeader ? memberId : state.leader;
  // In the old one's place, so that the order of the members stays.
  const members = new Map([...state.members.values()].map((each) => (each === old ? member : each)).map(byId));
  const effects: GroupEffect[] = [{ kind: "stopSession", memberId: old.memberId }, startSession(member)];
  switch (state.kind) {
    case "preparingRebalance": {
      const joins = new Map(state.joins);
      const earlier = joins.get(old.memberId);
      joins.delete(old.memberId);
      joins.set(memberId, { ticket, isNew: false });
      if (earlier !== undefined) effects.push(failJoin(earlier.ticket, "FENCED_INSTANCE_ID", old.memberId));
      return after(effects, completeJoinIfAllAreIn({ ...state, members, leader, joins }, context));
    }
    case "completingRebalance": {
      // The leader may be assigning to the old id at this moment, so the new one would be left without an assignment.
      const syncs = new Map(state.syncs);
      const earlier = syncs.get(old.memberId);
      syncs.delete(old.memberId);
      if (earlier !== undefined) effects.push(failSync(earlier, "FENCED_INSTANCE_ID"));
      const joins = new Map([[memberId, { ticket, isNew: false }]]);
      return after(effects, beginRebalance({ ...state, syncs }, { members, leader, joins }, context));
    }
    case "stable": {
      if (selectProtocol(members) !== state.protocolName) {
        const joins = new Map([[memberId, { ticket, isNew: false }]]);
        return after(effects, beginRebalance(state, { members, leader, joins }, context));
      }
      const pendingSyncs = without(state.pendingSyncs, old.memberId);
      if (pendingSyncs.size === 0) effects.push({ kind: "stopSyncTimer" });
      const next: StableGroup = { ...state, members, leader: wasLeader ? memberId : state.leader, pendingSyncs };
      // Before KIP-814 a leader could only be told that another one leads, so that it does not assign anew.
      const answer = request.canSkipAssignment
        ? { ...currentGeneration(next, memberId, wasLeader), skipAssignment: wasLeader }
        : { ...currentGeneration(next, memberId, false), leader: state.leader };
      return [next, [...effects, { kind: "persist" }, answerJoin(ticket, answer)]];
    }
  }
}

const byId = (member: GroupMember): readonly [string, GroupMember] => [member.memberId, member];

function without<T>(values: ReadonlySet<T>, value: T): ReadonlySet<T> {
  if (!values.has(value)) return values;
  const rest = new Set(values);
  rest.delete(value);
  return rest;
}
