import type { ProtocolErrorCode } from "@ottla/protocol";
import { startSession } from "./group-answers.js";
import type { GroupEffect, GroupEvent, GroupStep, HeartbeatRequest, StepContext } from "./group-event.js";
import { type GroupState, isPopulated, memberError, type PreparingRebalance, type Ticket } from "./group-state.js";
import { forgetPending, join } from "./join-step.js";
import { leave } from "./leave-step.js";
import { beginRebalance, completeJoin, removeMembers } from "./rebalance.js";
import { sync } from "./sync-step.js";

/**
 * What an event does to a classic consumer group. No clock, no sockets, no log: the coordinator runs the effects, and
 * answers only when what they wrote is durable.
 *
 * ```
 *            first join                    delay over / all joined
 *   Empty ───────────────▶ PreparingRebalance ───────────────────▶ CompletingRebalance
 *     ▲                     │   ▲        ▲                              │        │
 *     └── nobody joined ────┘   │        └──── join, leave, expiry ─────┘        │ leader's SyncGroup
 *                               └──── join, leave, expiry ──── Stable ◀──────────┘
 * ```
 */
export function step(state: GroupState, event: GroupEvent, context: StepContext): GroupStep {
  switch (event.kind) {
    case "join":
      return join(state, event.ticket, event.request, context);
    case "sync":
      return sync(state, event.ticket, event.request, context);
    case "heartbeat":
      return heartbeat(state, event.ticket, event.request);
    case "leave":
      return leave(state, event.ticket, event.members, context);
    case "offsetsCommitted":
      return [state, state.kind === "empty" ? [] : keepAlive(state, event.memberId)];
    case "joinTimerFired":
      return state.kind === "preparingRebalance" ? joinTimerFired(state, context) : [state, []];
    case "syncTimerFired":
      return syncTimerFired(state, context);
    case "sessionExpired":
      return sessionExpired(state, event.memberId, context);
    case "loaded":
      return loaded(state, context);
    case "deleted":
      return [{ kind: "dead" }, state.kind === "dead" ? [] : [...state.pendingMembers].map(stopSession)];
  }
}

const stopSession = (memberId: string): GroupEffect => ({ kind: "stopSession", memberId });

function keepAlive(state: GroupState, memberId: string): readonly GroupEffect[] {
  const member = isPopulated(state) ? state.members.get(memberId) : undefined;
  return member === undefined ? [] : [startSession(member)];
}

function heartbeat(state: GroupState, ticket: Ticket, request: HeartbeatRequest): GroupStep {
  const error = heartbeatError(state, request);
  const isAlive = error === "NONE" || error === "REBALANCE_IN_PROGRESS";
  const effects = isAlive ? keepAlive(state, request.memberId) : [];
  return [state, [...effects, { kind: "answer", to: "heartbeat", ticket, answer: error }]];
}

function heartbeatError(state: GroupState, request: HeartbeatRequest): ProtocolErrorCode {
  if (state.kind === "dead") return "COORDINATOR_NOT_AVAILABLE";
  const error = memberError(state, request.memberId, request.instanceId);
  if (error !== "NONE") return error;
  if (request.generation !== state.generation) return "ILLEGAL_GENERATION";
  // Between JoinGroup and the leader's SyncGroup a member may well send heartbeats already.
  return state.kind === "preparingRebalance" ? "REBALANCE_IN_PROGRESS" : "NONE";
}

function joinTimerFired(state: PreparingRebalance, context: StepContext): GroupStep {
  const delay = state.initialDelay;
  if (delay === null || !delay.isExtended || delay.remainingMs === 0) return completeJoin(state, context);
  const stepMs = Math.min(context.initialRebalanceDelayMs, delay.remainingMs);
  const remainingMs = Math.max(delay.remainingMs - delay.stepMs, 0);
  return [
    { ...state, initialDelay: { stepMs, remainingMs, isExtended: false } },
    [{ kind: "startJoinTimer", delayMs: stepMs }],
  ];
}

/** Members that never asked for their assignments are out. */
function syncTimerFired(state: GroupState, context: StepContext): GroupStep {
  if (state.kind !== "completingRebalance" && state.kind !== "stable") return [state, []];
  return state.pendingSyncs.size === 0 ? [state, []] : removeMembers(state, state.pendingSyncs, context);
}

function sessionExpired(state: GroupState, memberId: string, context: StepContext): GroupStep {
  if (state.kind === "dead") return [state, []];
  if (state.pendingMembers.has(memberId)) return forgetPending(state, memberId, context);
  if (!isPopulated(state) || !state.members.has(memberId)) return [state, []];
  // Who waits for us cannot send heartbeats. Its session starts again with our answer.
  if (state.kind === "preparingRebalance" && state.joins.get(memberId)?.isNew === false) return [state, []];
  if (state.kind === "completingRebalance" && state.syncs.has(memberId)) return [state, []];
  return removeMembers(state, new Set([memberId]), context);
}

/** The broker started: members of the generation it finds go on with it, and have a session's time to show up. */
function loaded(state: GroupState, context: StepContext): GroupStep {
  if (state.kind !== "stable") return [state, []];
  const sessions = [...state.members.values()].map(startSession);
  if (state.members.size <= context.maxSize) return [state, sessions];
  const reshuffle = { members: state.members, leader: state.leader, joins: new Map() };
  const [next, effects] = beginRebalance(state, reshuffle, context);
  return [next, [...sessions, ...effects]];
}
