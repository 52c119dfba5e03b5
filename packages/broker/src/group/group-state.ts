import type { ProtocolErrorCode } from "@ottla/protocol";

/** A way of assigning partitions that a member offers, with what its leader needs to know of the member. */
export interface GroupProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

export interface GroupMember {
  readonly memberId: string;
  /** The `group.instance.id` of a static member (KIP-345). */
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  /** In the member's order of preference, at least one. */
  readonly protocols: readonly GroupProtocol[];
  /** What the leader gave it; empty until then. */
  readonly assignment: Uint8Array;
}

/** Stands for a parked request: the state remembers it, the shell knows whom to answer. */
export type Ticket = number;

/** A JoinGroup held back until the generation begins. */
export interface ParkedJoin {
  readonly ticket: Ticket;
  /** Joined for the first time in this rebalance: nobody told it its member id's session yet, so it sends no heartbeats. */
  readonly isNew: boolean;
}

/** How the first rebalance of an empty group waits for further members (KIP-134). */
export interface InitialDelay {
  readonly stepMs: number;
  readonly remainingMs: number;
  /** Somebody joined since the timer was started: wait once more. */
  readonly isExtended: boolean;
}

interface Generation {
  readonly generation: number;
  /** Members that got an id with MEMBER_ID_REQUIRED and have not come back with it yet. */
  readonly pendingMembers: ReadonlySet<string>;
}

/** Nobody is a member. Offsets may be kept. */
export interface EmptyGroup extends Generation {
  readonly kind: "empty";
  /** Of the members it once had; `null` for a group that only keeps offsets. */
  readonly protocolType: string | null;
  /** When it became empty, in milliseconds since the Unix epoch; `null` when that was never recorded. */
  readonly since: number | null;
}

/** Waits for the members to join, or join again. */
export interface PreparingRebalance extends Generation {
  readonly kind: "preparingRebalance";
  readonly protocolType: string;
  /** Of the generation that ends; `null` when none was formed. */
  readonly protocolName: string | null;
  readonly members: ReadonlyMap<string, GroupMember>;
  readonly leader: string | null;
  readonly joins: ReadonlyMap<string, ParkedJoin>;
  /** Only when the group was empty before. */
  readonly initialDelay: InitialDelay | null;
}

interface Formed extends Generation {
  readonly protocolType: string;
  readonly protocolName: string;
  readonly members: ReadonlyMap<string, GroupMember>;
  readonly leader: string;
  /** Members that have not sent SyncGroup in this generation. */
  readonly pendingSyncs: ReadonlySet<string>;
}

/** The generation is formed; its leader has not sent the assignments yet. */
export interface CompletingRebalance extends Formed {
  readonly kind: "completingRebalance";
  readonly syncs: ReadonlyMap<string, Ticket>;
}

/** Every member has its assignment or can fetch it. */
export interface StableGroup extends Formed {
  readonly kind: "stable";
  readonly since: number | null;
}

/** Deleted; whoever still holds it is told to find the coordinator again. */
export interface DeadGroup {
  readonly kind: "dead";
}

export type GroupState = EmptyGroup | PreparingRebalance | CompletingRebalance | StableGroup | DeadGroup;
export type PopulatedGroup = PreparingRebalance | CompletingRebalance | StableGroup;

/** The names of the states in DescribeGroups and ListGroups. */
export const stateNames = Object.freeze({
  empty: "Empty",
  preparingRebalance: "PreparingRebalance",
  completingRebalance: "CompletingRebalance",
  stable: "Stable",
  dead: "Dead",
} as const satisfies Record<GroupState["kind"], string>);

export const noBytes: Uint8Array = Buffer.alloc(0);
export const noMembers: ReadonlyMap<string, GroupMember> = new Map();
export const nobody: ReadonlySet<string> = new Set();

/** A group nobody has joined yet. */
export const newGroup = (now: number | null): EmptyGroup => ({
  kind: "empty",
  generation: 0,
  pendingMembers: nobody,
  protocolType: null,
  since: now,
});

export const isPopulated = (state: GroupState): state is PopulatedGroup =>
  state.kind !== "empty" && state.kind !== "dead";

export const membersOf = (state: GroupState): ReadonlyMap<string, GroupMember> =>
  isPopulated(state) ? state.members : noMembers;

/** The member id that a static member has now. */
export function staticMemberId(state: GroupState, instanceId: string): string | undefined {
  for (const member of membersOf(state).values()) if (member.instanceId === instanceId) return member.memberId;
  return undefined;
}

/** Whether somebody is the member that it says it is; NONE when so. */
export function memberError(state: GroupState, memberId: string, instanceId: string | null): ProtocolErrorCode {
  if (instanceId !== null) {
    const current = staticMemberId(state, instanceId);
    if (current === undefined) return "UNKNOWN_MEMBER_ID";
    if (current !== memberId) return "FENCED_INSTANCE_ID";
  }
  return membersOf(state).has(memberId) ? "NONE" : "UNKNOWN_MEMBER_ID";
}

/** How long a rebalance waits: as long as its most patient member. */
export function rebalanceTimeoutOf(members: ReadonlyMap<string, GroupMember>): number {
  let longest = 0;
  for (const { rebalanceTimeoutMs } of members.values()) longest = Math.max(longest, rebalanceTimeoutMs);
  return longest;
}
