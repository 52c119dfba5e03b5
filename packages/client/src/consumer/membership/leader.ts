import { consumerProtocol, type JoinGroupResponse, MalformedMessageError } from "@ottla/protocol";
import type { Cluster } from "../../cluster/cluster.js";
import type { Assignor, AssignorMember, PreviousAssignment } from "../assignors/assignor.js";
import { groupByTopic, type TopicPartition } from "../topic-partition.js";

/** What a member says of itself when it joins, in the form of the assignor. */
export function encodeSubscription(
  assignor: Assignor,
  about: {
    readonly topics: readonly string[];
    readonly owned: readonly TopicPartition[];
    readonly generation: number;
    readonly had?: PreviousAssignment | undefined;
    /** For leaders that look at racks (KIP-881); empty when it is not told. */
    readonly rack?: string;
  },
): Buffer {
  return consumerProtocol.encodeSubscription({
    topics: about.topics,
    userData: assignor.userData?.(about.generation, about.had) ?? null,
    ownedPartitions: groupByTopic(about.owned),
    generationId: about.generation,
    rackId: about.rack || null,
  });
}

/** The group's members as their subscriptions describe them. One that cannot be read asks for nothing. */
export function membersOf(response: Pick<JoinGroupResponse, "members">, assignor: Assignor): readonly AssignorMember[] {
  return response.members.map(({ memberId, groupInstanceId, metadata }) => {
    const member = { memberId, groupInstanceId, topics: [], owned: [], generation: -1 };
    try {
      const { topics, ownedPartitions, userData, generationId, version } =
        consumerProtocol.decodeSubscription(metadata);
      // Versions before 2 have no generation of their own, and assignors put it into their user data.
      const had = assignor.ownedIn?.(userData);
      const isTold = version >= 2 && had === undefined;
      const generation = isTold ? generationId : (assignor.generationIn?.(userData) ?? -1);
      const owned =
        had ??
        ownedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
      return { ...member, topics, owned, generation, userData };
    } catch (error) {
      if (error instanceof MalformedMessageError) return member;
      throw error;
    }
  });
}

/** How many partitions the topics have; a topic that is not there has no entry. @throws as `Cluster.topics` */
export async function partitionCounts(
  cluster: Cluster,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const found = await cluster.topics(topics, { signal });
  const counts = new Map<string, number>();
  for (const { name, partitions, error } of found.values())
    if (error === undefined) counts.set(name, partitions.length);
  return counts;
}

/** The assignments of a group, as SyncGroup carries them. */
export async function assignmentsOf(
  assignor: Assignor,
  members: readonly AssignorMember[],
  counts: ReadonlyMap<string, number>,
): Promise<{ readonly memberId: string; readonly assignment: Buffer }[]> {
  return [...(await assignor.assign(members, counts))].map(([memberId, partitions]) => ({
    memberId,
    assignment: consumerProtocol.encodeAssignment({
      version: 0,
      assignedPartitions: groupByTopic(partitions),
      userData: null,
    }),
  }));
}

/** What SyncGroup answered. @throws MalformedMessageError */
export function decodeAssignment(assignment: Uint8Array): readonly TopicPartition[] {
  return consumerProtocol
    .decodeAssignment(assignment)
    .assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}
