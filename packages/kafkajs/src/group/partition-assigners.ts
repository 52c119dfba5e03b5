import type { PartitionMetadata } from "../config/cluster-types.js";
import type { Logger } from "../log/logger.js";
import { AssignerProtocol, type Assignment } from "./assigner-protocol.js";

export interface GroupMember {
  memberId: string;
  memberMetadata: Buffer;
}

export interface GroupMemberAssignment {
  memberId: string;
  memberAssignment: Buffer;
}

export interface GroupState {
  name: string;
  metadata: Buffer;
}

/** Divides a group's partitions, while its member leads the group. */
export interface Assigner {
  /** What members agree on. */
  name: string;
  version: number;
  assign(group: { members: GroupMember[]; topics: string[] }): Promise<GroupMemberAssignment[]>;
  /** What this member says when it joins. */
  protocol(subscription: { topics: string[] }): GroupState;
}

/** What an assigner is given of the cluster: its topics, as they are when it divides. */
export interface Cluster {
  /** Empty for a topic that is not there. */
  findTopicPartitionMetadata(topic: string): PartitionMetadata[];
}

export type PartitionAssigner = (config: { cluster: Cluster; groupId: string; logger: Logger }) => Assigner;

/** Deals all partitions of all topics out to the members, in turn; what kafkajs does unless told otherwise. */
const roundRobin: PartitionAssigner = ({ cluster }) => {
  const name = "RoundRobinAssigner";
  const version = 0;
  return {
    name,
    version,
    async assign({ members, topics }) {
      const assignments = new Map<string, Assignment>();
      const memberIds = members.map(({ memberId }) => memberId).sort();
      for (const memberId of memberIds) assignments.set(memberId, {});
      const all = topics.flatMap((topic) =>
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ topic, partitionId })),
      );
      for (const [turn, { topic, partitionId }] of all.entries()) {
        const assignment = assignments.get(memberIds[turn % memberIds.length] ?? "");
        if (assignment === undefined) continue;
        assignment[topic] = [...(assignment[topic] ?? []), partitionId];
      }
      return Array.from(assignments, ([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) }),
      }));
    },
    protocol: ({ topics }) => ({
      name,
      metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData: Buffer.alloc(0) }),
    }),
  };
};

/** The assigners there are. */
export const PartitionAssigners: { roundRobin: PartitionAssigner } = { roundRobin };
