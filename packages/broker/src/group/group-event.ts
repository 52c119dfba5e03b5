import type { ProtocolErrorCode } from "@ottla/protocol";
import type { GroupProtocol, GroupState, Ticket } from "./group-state.js";

/** A JoinGroup request, as far as the group is concerned. */
export interface JoinRequest {
  /** `""` when it has none yet. */
  readonly memberId: string;
  /** The id it gets if it needs one. */
  readonly newMemberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly GroupProtocol[];
  /** v4+ (KIP-394): a new member must come back with the id it is given. */
  readonly requiresKnownMemberId: boolean;
  /** v9+ (KIP-814): a returning static leader is told that nothing needs assigning. */
  readonly canSkipAssignment: boolean;
}

export interface MemberIdentity {
  readonly memberId: string;
  readonly instanceId: string | null;
}

export interface SyncRequest extends MemberIdentity {
  readonly generation: number;
  /** v5+; `null` when not given. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** From the leader, by member id. */
  readonly assignments: ReadonlyMap<string, Uint8Array>;
}

export interface HeartbeatRequest extends MemberIdentity {
  readonly generation: number;
}

export type GroupEvent =
  | { readonly kind: "join"; readonly ticket: Ticket; readonly request: JoinRequest }
  | { readonly kind: "sync"; readonly ticket: Ticket; readonly request: SyncRequest }
  | { readonly kind: "heartbeat"; readonly ticket: Ticket; readonly request: HeartbeatRequest }
  | { readonly kind: "leave"; readonly ticket: Ticket; readonly members: readonly MemberIdentity[] }
  | { readonly kind: "offsetsCommitted"; readonly memberId: string }
  | { readonly kind: "joinTimerFired" }
  | { readonly kind: "syncTimerFired" }
  | { readonly kind: "sessionExpired"; readonly memberId: string }
  | { readonly kind: "loaded" }
  | { readonly kind: "deleted" };

export interface JoinAnswer {
  readonly error: ProtocolErrorCode;
  readonly memberId: string;
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  /** For the leader only. */
  readonly members: readonly JoinedMember[];
}

export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Uint8Array;
}

export interface SyncAnswer {
  readonly error: ProtocolErrorCode;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

export interface LeaveOutcome extends MemberIdentity {
  readonly error: ProtocolErrorCode;
}

/** What each kind of request is answered with. */
export interface GroupAnswers {
  readonly join: JoinAnswer;
  readonly sync: SyncAnswer;
  readonly heartbeat: ProtocolErrorCode;
  readonly leave: readonly LeaveOutcome[];
}

type AnswerEffect = {
  readonly [K in keyof GroupAnswers]: {
    readonly kind: "answer";
    readonly to: K;
    readonly ticket: Ticket;
    readonly answer: GroupAnswers[K];
  };
}[keyof GroupAnswers];

/** What the shell has to do, in this order. Starting a timer that runs starts it anew; stopping one that does not is nothing. */
export type GroupEffect =
  | AnswerEffect
  /** Write the state that the step led to into the log. */
  | { readonly kind: "persist" }
  | { readonly kind: "startJoinTimer"; readonly delayMs: number }
  | { readonly kind: "stopJoinTimer" }
  | { readonly kind: "startSyncTimer"; readonly delayMs: number }
  | { readonly kind: "stopSyncTimer" }
  | { readonly kind: "startSession"; readonly memberId: string; readonly delayMs: number }
  | { readonly kind: "stopSession"; readonly memberId: string };

/** The next state, and what the shell does about it. */
export type GroupStep = readonly [GroupState, readonly GroupEffect[]];

/** What a step knows beside the state and the event. */
export interface StepContext {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** `group.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number;
  /** `group.max.size` */
  readonly maxSize: number;
}
