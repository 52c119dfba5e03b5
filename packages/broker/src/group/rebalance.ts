import { answerJoin, failJoin, failSync, joinedMembers, startSession } from "./group-answers.js";
import type { GroupEffect, GroupStep, StepContext } from "./group-event.js";
import {
  type CompletingRebalance,
  type GroupMember,
  noBytes,
  type ParkedJoin,
  type PopulatedGroup,
  type PreparingRebalance,
  rebalanceTimeoutOf,
  type StableGroup,
  type Ticket,
} from "./group-state.js";
import { selectProtocol } from "./protocol-selection.js";

/** What a rebalance begins with; unlike a formed generation it may have lost its leader and all its members. */
export interface Reshuffle {
  readonly members: ReadonlyMap<string, GroupMember>;
  readonly leader: string | null;
  readonly joins: ReadonlyMap<string, ParkedJoin>;
}

/** Ends a generation: everybody has to join again, and those in `reshuffle.joins` have. */
export function beginRebalance(
  state: CompletingRebalance | StableGroup,
  reshuffle: Reshuffle,
  context: StepContext,
): GroupStep {
  const effects: GroupEffect[] = [{ kind: "stopSyncTimer" }];
  let { members } = reshuffle;
  if (state.kind === "completingRebalance") {
    effects.push(...sendBack(state.syncs, members));
    // Assignments of the generation before: its members have revoked what they lost by now.
    members = new Map([...members].map(([memberId, member]) => [memberId, { ...member, assignment: noBytes }]));
  }
  const preparing: PreparingRebalance = {
    kind: "preparingRebalance",
    generation: state.generation,
    pendingMembers: state.pendingMembers,
    protocolType: state.protocolType,
    protocolName: state.protocolName,
    members,
    leader: reshuffle.leader,
    joins: reshuffle.joins,
    initialDelay: null,
  };
  if (hasEverybodyJoined(preparing)) return after(effects, completeJoin(preparing, context));
  return [preparing, [...effects, { kind: "startJoinTimer", delayMs: rebalanceTimeoutOf(members) }]];
}

/** Members waiting for their assignments have to join again; their sessions were not watched while they waited. */
function* sendBack(
  syncs: ReadonlyMap<string, Ticket>,
  members: ReadonlyMap<string, GroupMember>,
): Generator<GroupEffect> {
  for (const [memberId, ticket] of syncs) {
    yield failSync(ticket, "REBALANCE_IN_PROGRESS");
    const member = members.get(memberId);
    if (member !== undefined) yield startSession(member);
  }
}

const hasEverybodyJoined = (state: PreparingRebalance) =>
  state.joins.size === state.members.size && state.pendingMembers.size === 0;

/** Goes on when nobody is missing. The first rebalance of a group waits its time in any case: it cannot know who will come. */
export function completeJoinIfAllAreIn(state: PreparingRebalance, context: StepContext): GroupStep {
  if (state.initialDelay !== null || !hasEverybodyJoined(state)) return [state, []];
  return completeJoin(state, context);
}

/** Forms the next generation from those who joined; dynamic members that did not are out, static ones keep their place. */
export function completeJoin(state: PreparingRebalance, context: StepContext): GroupStep {
  const effects: GroupEffect[] = [{ kind: "stopJoinTimer" }];
  const members = new Map<string, GroupMember>();
  for (const [memberId, member] of state.members) {
    if (state.joins.has(memberId) || member.instanceId !== null) members.set(memberId, member);
    else effects.push({ kind: "stopSession", memberId });
  }
  const generation = state.generation + 1;
  const { pendingMembers, protocolType } = state;
  if (members.size === 0) {
    const empty = { kind: "empty", generation, pendingMembers, protocolType, since: context.now } as const;
    return [empty, [...effects, { kind: "persist" }]];
  }
  const leader = electLeader(state, members);
  if (leader === undefined) {
    // Only static members, and none of them came: their sessions will tell whether they are alive.
    effects.push({ kind: "startJoinTimer", delayMs: rebalanceTimeoutOf(members) });
    return [{ ...state, members, leader: firstOf(members.keys()) ?? null, initialDelay: null }, effects];
  }
  const protocolName = selectProtocol(members);
  for (const [memberId, member] of members) {
    const join = state.joins.get(memberId);
    if (join !== undefined) {
      effects.push(
        answerJoin(join.ticket, {
          error: "NONE",
          memberId,
          generation,
          protocolType,
          protocolName,
          leader,
          skipAssignment: false,
          members: memberId === leader ? joinedMembers(members, protocolName) : [],
        }),
      );
    }
    effects.push(startSession(member));
  }
  effects.push({ kind: "startSyncTimer", delayMs: rebalanceTimeoutOf(members) });
  return [
    {
      kind: "completingRebalance",
      generation,
      pendingMembers,
      protocolType,
      protocolName,
      members,
      leader,
      pendingSyncs: new Set(members.keys()),
      syncs: new Map(),
    },
    effects,
  ];
}

function electLeader(state: PreparingRebalance, members: ReadonlyMap<string, GroupMember>): string | undefined {
  if (state.leader !== null && state.joins.has(state.leader)) return state.leader;
  for (const memberId of members.keys()) if (state.joins.has(memberId)) return memberId;
  return undefined;
}

/** Takes members out, answering what they had parked, and rebalances what remains. */
export function removeMembers(state: PopulatedGroup, gone: ReadonlySet<string>, context: StepContext): GroupStep {
  const effects: GroupEffect[] = [];
  const keep = ([memberId]: readonly [string, unknown]) => !gone.has(memberId);
  for (const memberId of gone) {
    effects.push({ kind: "stopSession", memberId });
    const join = state.kind === "preparingRebalance" ? state.joins.get(memberId) : undefined;
    if (join !== undefined) effects.push(failJoin(join.ticket, "UNKNOWN_MEMBER_ID", ""));
    const sync = state.kind === "completingRebalance" ? state.syncs.get(memberId) : undefined;
    if (sync !== undefined) effects.push(failSync(sync, "UNKNOWN_MEMBER_ID"));
  }
  const members = new Map([...state.members].filter(keep));
  const leader = state.leader !== null && gone.has(state.leader) ? (firstOf(members.keys()) ?? null) : state.leader;
  if (state.kind === "preparingRebalance") {
    const joins = new Map([...state.joins].filter(keep));
    return after(effects, completeJoinIfAllAreIn({ ...state, members, leader, joins }, context));
  }
  const remaining =
    state.kind === "completingRebalance" ? { ...state, syncs: new Map([...state.syncs].filter(keep)) } : state;
  return after(effects, beginRebalance(remaining, { members, leader, joins: new Map() }, context));
}

/** Puts what happened first before what a step does. */
export const after = (effects: readonly GroupEffect[], [state, more]: GroupStep): GroupStep => [
  state,
  [...effects, ...more],
];

function firstOf<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}
