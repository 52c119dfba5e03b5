import type { Assignor } from "@ottla/client";
import type { PartitionMetadata } from "../config/cluster-types.js";
import type { Logger } from "../log/logger.js";
import { AssignerProtocol } from "./assigner-protocol.js";
import type { Cluster, PartitionAssigner } from "./partition-assigners.js";

/** What an assigner is made with. */
export interface AssignerContext {
  readonly groupId: string;
  readonly logger: Logger;
  /** What this member asks for, when it joins. */
  readonly topics: () => string[];
  /** This member leads the group. */
  readonly led: () => void;
}

/** An assigner of kafkajs as an assignor of the client; eager, as all in kafkajs are. */
export function clientAssignor(createAssigner: PartitionAssigner, context: AssignerContext): Assignor {
  let counts: ReadonlyMap<string, number> = new Map();
  const cluster: Cluster = {
    findTopicPartitionMetadata: (topic) =>
      Array.from(
        { length: counts.get(topic) ?? 0 },
        (_, partitionId): PartitionMetadata => ({
          partitionErrorCode: 0,
          partitionId,
          leader: 0,
          replicas: [],
          isr: [],
          offlineReplicas: [],
        }),
      ),
  };
  const assigner = createAssigner({ cluster, groupId: context.groupId, logger: context.logger });
  return {
    name: assigner.name,
    protocol: "eager",
    userData: () => {
      const { metadata } = assigner.protocol({ topics: context.topics() });
      return AssignerProtocol.MemberMetadata.decode(metadata)?.userData ?? null;
    },
    assign: async (members, partitionCounts) => {
      counts = partitionCounts;
      context.led();
      const topics = new Set(members.flatMap((member) => member.topics));
      const assigned = await assigner.assign({
        members: members.map(({ memberId, topics: asked, userData }) => ({
          memberId,
          memberMetadata: AssignerProtocol.MemberMetadata.encode({
            version: assigner.version,
            topics: [...asked],
            userData: Buffer.from(userData ?? []),
          }),
        })),
        topics: [...topics].filter((topic) => counts.has(topic)).sort(),
      });
      const byMember = new Map(assigned.map(({ memberId, memberAssignment }) => [memberId, memberAssignment]));
      return new Map(
        members.map(({ memberId }) => {
          const decoded = AssignerProtocol.MemberAssignment.decode(byMember.get(memberId) ?? Buffer.alloc(0));
          const partitions = Object.entries(decoded?.assignment ?? {}).flatMap(([topic, numbers]) =>
            numbers.map((partition) => ({ topic, partition })),
          );
          return [memberId, partitions];
        }),
      );
    },
  };
}
