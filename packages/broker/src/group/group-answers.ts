import type { ProtocolErrorCode } from "@ottla/protocol";
import type { GroupEffect, JoinAnswer, JoinedMember, SyncAnswer } from "./group-event.js";
import { type GroupMember, noBytes, type Ticket } from "./group-state.js";
import { metadataOf } from "./protocol-selection.js";

const noGeneration = -1;

export const answerJoin = (ticket: Ticket, answer: JoinAnswer): GroupEffect => ({
  kind: "answer",
  to: "join",
  ticket,
  answer,
});

export const failJoin = (ticket: Ticket, error: ProtocolErrorCode, memberId: string): GroupEffect =>
  answerJoin(ticket, {
    error,
    memberId,
    generation: noGeneration,
    protocolType: null,
    protocolName: null,
    leader: "",
    skipAssignment: false,
    members: [],
  });

export const answerSync = (ticket: Ticket, answer: SyncAnswer): GroupEffect => ({
  kind: "answer",
  to: "sync",
  ticket,
  answer,
});

export const failSync = (ticket: Ticket, error: ProtocolErrorCode): GroupEffect =>
  answerSync(ticket, { error, protocolType: null, protocolName: null, assignment: noBytes });

/** What the leader is told about everybody. */
export const joinedMembers = (members: ReadonlyMap<string, GroupMember>, protocolName: string): JoinedMember[] =>
  [...members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.instanceId,
    metadata: metadataOf(member, protocolName),
  }));

export const startSession = (member: GroupMember): GroupEffect => ({
  kind: "startSession",
  memberId: member.memberId,
  delayMs: member.sessionTimeoutMs,
});
