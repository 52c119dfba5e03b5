import type { GroupMetadata } from "./group-records.js";
import {
  type EmptyGroup,
  type GroupMember,
  type GroupState,
  membersOf,
  newGroup,
  nobody,
  type StableGroup,
} from "./group-state.js";
import { metadataOf } from "./protocol-selection.js";

const unknownTime = -1;

/** What is kept of a group: of the members only the protocol that was chosen. */
export function groupMetadataOf(state: EmptyGroup | StableGroup): GroupMetadata {
  const { generation, since } = state;
  const currentStateTimestamp = since ?? unknownTime;
  if (state.kind === "empty") {
    const protocolType = state.protocolType ?? "";
    return { protocolType, generation, protocol: null, leader: null, currentStateTimestamp, members: [] };
  }
  const { protocolType, protocolName, leader } = state;
  const members = [...state.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.instanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeout: member.rebalanceTimeoutMs,
    sessionTimeout: member.sessionTimeoutMs,
    subscription: metadataOf(member, protocolName),
    assignment: member.assignment,
  }));
  return { protocolType, generation, protocol: protocolName, leader, currentStateTimestamp, members };
}

/** The group as its members left it, or have it: they go on in the same generation. */
export function restoreGroup(metadata: GroupMetadata): EmptyGroup | StableGroup {
  const { generation, protocolType } = metadata;
  const since = metadata.currentStateTimestamp === unknownTime ? null : metadata.currentStateTimestamp;
  const [first] = metadata.members;
  if (first === undefined) {
    return { ...newGroup(since), generation, protocolType: protocolType === "" ? null : protocolType };
  }
  const protocolName = metadata.protocol ?? "";
  const members = new Map<string, GroupMember>();
  for (const member of metadata.members) {
    const { memberId, clientId, clientHost, assignment } = member;
    members.set(memberId, {
      memberId,
      instanceId: member.groupInstanceId,
      clientId,
      clientHost,
      rebalanceTimeoutMs: member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
      sessionTimeoutMs: member.sessionTimeout,
      protocols: [{ name: protocolName, metadata: member.subscription }],
      assignment,
    });
  }
  const { leader } = metadata;
  return {
    kind: "stable",
    generation,
    pendingMembers: nobody,
    protocolType,
    protocolName,
    members,
    leader: leader !== null && members.has(leader) ? leader : first.memberId,
    pendingSyncs: nobody,
    since,
  };
}

/** A group as those see it who look from outside. */
export interface GroupDescription {
  readonly state: GroupState["kind"];
  /** `""` for a group that never had members. */
  readonly protocolType: string;
  /** Of a stable group, else `""`. */
  readonly protocolName: string;
  readonly members: readonly GroupMember[];
}

export const describeGroup = (state: GroupState): GroupDescription => ({
  state: state.kind,
  protocolType: state.kind === "dead" ? "" : (state.protocolType ?? ""),
  protocolName: state.kind === "stable" ? state.protocolName : "",
  members: [...membersOf(state).values()],
});
