import {
  consumerGroupDescribe,
  consumerProtocol,
  deleteGroups,
  describeGroups,
  KafkaProtocolError,
  leaveGroup,
  listGroups,
} from "@ottla/protocol";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError, throwRetriable } from "./answer-error.js";
import type { OffsetAdmin } from "./offset-admin.js";
import { type OffsetReset, type PlannedOffset, planReset, type ResetPlan } from "./reset-offsets.js";

/** A group as a listing names it. */
export interface ListedGroup {
  readonly groupId: string;
  /** `"consumer"` for consumers. */
  readonly protocolType: string;
  /** `"Stable"`, `"Empty"`, …; empty on brokers before 2.6. */
  readonly state: string;
  /** `"classic"`, `"consumer"`, …; empty on brokers before 3.8. */
  readonly type: string;
}

/** A member of a group, and what it was given. */
export interface GroupMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
  /** What it said when it joined, and what it was given, in the bytes of the group's `protocolType`; empty in groups of KIP-848. */
  readonly metadata: Buffer;
  readonly assignment: Buffer;
}

/** Who is to leave a group: a static member by its `groupInstanceId`, any by its id. */
export type MemberName = { readonly memberId: string } | { readonly groupInstanceId: string };

/** What became of one member of a call. */
export interface MemberOutcome {
  readonly member: MemberName;
  readonly error?: KafkaProtocolError | undefined;
}

/** A group; `error` is set when it could not be read. One that does not exist has the state `"Dead"`. */
export interface DescribedGroup {
  readonly groupId: string;
  readonly state: string;
  readonly protocolType: string;
  /** The assignor in use. */
  readonly protocol: string;
  readonly members: readonly GroupMember[];
  readonly error?: KafkaProtocolError | undefined;
}

/** What became of one group of a call. */
export interface GroupOutcome {
  readonly groupId: string;
  readonly error?: KafkaProtocolError | undefined;
}

type MemberAnswer = { readonly memberAssignment: Uint8Array };

/** Groups of consumers. */
export class GroupAdmin {
  readonly #cluster: AdminCluster;
  readonly #offsets: OffsetAdmin;

  /** @internal Made as `admin.groups`. */
  constructor(cluster: AdminCluster, offsets: OffsetAdmin) {
    this.#cluster = cluster;
    this.#offsets = offsets;
  }

  /**
   * All groups of all brokers, by id; those in one of `states` (Kafka from 2.6 on), of one of `types` (from 3.8 on).
   *
   * @throws when some broker does not answer: part of a list is not the list
   */
  async list(
    options?: AdminOptions & { readonly states?: readonly string[]; readonly types?: readonly string[] },
  ): Promise<readonly ListedGroup[]> {
    const { cluster } = this.#cluster;
    await this.#cluster.retrying(options, (signal) => cluster.refresh([], { signal }));
    const lists = await Promise.all(
      cluster.nodes.map(({ nodeId }) =>
        this.#cluster.request(
          { node: nodeId },
          listGroups,
          (version) => ({
            ...(version >= 4 && { statesFilter: options?.states ?? [] }),
            ...(version >= 5 && { typesFilter: options?.types ?? [] }),
          }),
          options,
          ({ errorCode }) => {
            const error = answerError(errorCode, `list groups of broker ${nodeId}`);
            if (error !== undefined) throw error;
          },
        ),
      ),
    );
    return lists
      .flatMap(({ groups }) => groups)
      .map(({ groupId, protocolType, groupState, groupType }) => ({
        groupId,
        protocolType,
        state: groupState,
        type: groupType,
      }))
      .toSorted((a, b) => (a.groupId < b.groupId ? -1 : 1));
  }

  /** Members, assignments and states, one per id, in the order asked. */
  async describe(groupIds: readonly string[], options?: AdminOptions): Promise<readonly DescribedGroup[]> {
    return Promise.all(groupIds.map((groupId) => this.#describeOne(groupId, options)));
  }

  /** Deletes groups without members, with their committed offsets. */
  async delete(groupIds: readonly string[], options?: AdminOptions): Promise<readonly GroupOutcome[]> {
    return Promise.all(
      groupIds.map(async (groupId) => {
        const context = `delete group "${groupId}"`;
        const body = { groupsNames: [groupId] };
        const response = await this.#cluster.request({ group: groupId }, deleteGroups, body, options, ({ results }) =>
          throwRetriable(results[0]?.errorCode ?? 0, context),
        );
        return { groupId, error: answerError(response.results[0]?.errorCode ?? -1, context) };
      }),
    );
  }

  /**
   * Makes members leave, all of them without `members`: their partitions go to others at once, and who is still there joins again.
   * For static members that will not come back (KIP-345). An outcome for each.
   */
  async removeMembers(
    groupId: string,
    members?: readonly MemberName[],
    options?: AdminOptions & { readonly reason?: string | undefined },
  ): Promise<readonly MemberOutcome[]> {
    const leaving = members ?? (await this.#membersOf(groupId, options));
    if (leaving.length === 0) return [];
    const context = `remove members of group "${groupId}"`;
    const wire = leaving.map((member) => ({
      memberId: "memberId" in member ? member.memberId : "",
      groupInstanceId: "groupInstanceId" in member ? member.groupInstanceId : null,
      reason: options?.reason ?? "removed by an administrator",
    }));
    const body = (version: number) => {
      if (version >= 3) return { groupId, members: wire };
      throw new KafkaProtocolError(
        "UNSUPPORTED_VERSION",
        `${context}: brokers before 2.4 let members leave themselves alone`,
      );
    };
    const response = await this.#cluster.request({ group: groupId }, leaveGroup, body, options, (answer) => {
      const error = answerError(answer.errorCode, context);
      if (error !== undefined) throw error;
    });
    return leaving.map((member, index) => ({
      member,
      error: answerError(response.members[index]?.errorCode ?? -1, `${context}: ${Object.values(member)[0]}`),
    }));
  }

  /**
   * What {@link GroupAdmin.resetOffsets} would do, as a table to look at; its `apply` does it.
   *
   * @throws KafkaProtocolError with `NON_EMPTY_GROUP` while the group has members, or `UNKNOWN_TOPIC_OR_PARTITION`; KafkaConfigError
   */
  planReset(groupId: string, reset: OffsetReset, options?: AdminOptions): Promise<ResetPlan> {
    const parts = {
      offsets: this.#offsets,
      describe: (id: string, asked: AdminOptions | undefined) => this.#describeOne(id, asked),
      partitionsOf: (topics: readonly string[], asked: AdminOptions | undefined) => this.#partitionsOf(topics, asked),
    };
    return planReset(parts, groupId, reset, options);
  }

  /** Moves what a group without members has committed: an outcome for each partition. @throws as {@link GroupAdmin.planReset} */
  async resetOffsets(groupId: string, reset: OffsetReset, options?: AdminOptions): Promise<readonly PlannedOffset[]> {
    const plan = await this.planReset(groupId, reset, options);
    return plan.apply(options);
  }

  async #membersOf(groupId: string, options: AdminOptions | undefined): Promise<readonly MemberName[]> {
    const { members, error } = await this.#describeOne(groupId, options);
    if (error !== undefined) throw error;
    return members.map(({ memberId, groupInstanceId }) =>
      groupInstanceId === null ? { memberId } : { groupInstanceId },
    );
  }

  async #partitionsOf(topics: readonly string[], options: AdminOptions | undefined) {
    const { cluster } = this.#cluster;
    await this.#cluster.retrying(options, (signal) => cluster.refresh(topics, { signal }));
    return topics.flatMap((topic) => {
      const { partitions = [], error } = cluster.topic(topic) ?? {};
      if (error !== undefined) throw error;
      return partitions.map(({ partition }) => ({ topic, partition }));
    });
  }

  /** A classic group, else one of the newer protocol: each is known to one of two APIs. */
  async #describeOne(groupId: string, options: AdminOptions | undefined): Promise<DescribedGroup> {
    const classic = await this.#describeClassic(groupId, options);
    if (classic.error?.code !== "GROUP_ID_NOT_FOUND" && classic.state !== "Dead") return classic;
    return (await this.#describeConsumer(groupId, options)) ?? classic;
  }

  /** A group of the protocol of KIP-848; undefined when it is not one, or brokers know of none. */
  async #describeConsumer(groupId: string, options: AdminOptions | undefined): Promise<DescribedGroup | undefined> {
    const context = `describe group "${groupId}"`;
    const body = { groupIds: [groupId], includeAuthorizedOperations: false };
    try {
      const response = await this.#cluster.request({ group: groupId }, consumerGroupDescribe, body, options, (answer) =>
        throwRetriable(answer.groups[0]?.errorCode ?? 0, context),
      );
      const group = response.groups[0];
      if (group === undefined || answerError(group.errorCode, context) !== undefined) return undefined;
      const members = group.members.map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        host: member.clientHost,
        partitions: member.assignment.topicPartitions.flatMap(({ topicName: topic, partitions }) =>
          partitions.map((partition) => ({ topic, partition })),
        ),
        metadata: nothing,
        assignment: nothing,
      }));
      return { groupId, state: group.groupState, protocolType: "consumer", protocol: group.assignorName, members };
    } catch (error) {
      if (error instanceof KafkaProtocolError && error.code === "UNSUPPORTED_VERSION") return undefined;
      throw error;
    }
  }

  async #describeClassic(groupId: string, options: AdminOptions | undefined): Promise<DescribedGroup> {
    const context = `describe group "${groupId}"`;
    const body = { groups: [groupId] };
    const response = await this.#cluster.request({ group: groupId }, describeGroups, body, options, ({ groups }) =>
      throwRetriable(groups[0]?.errorCode ?? 0, context),
    );
    const group = response.groups[0];
    const isConsumer = group?.protocolType === "consumer";
    const members = (group?.members ?? []).map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      host: member.clientHost,
      partitions: isConsumer ? partitionsOf(member) : [],
      metadata: bufferOf(member.memberMetadata),
      assignment: bufferOf(member.memberAssignment),
    }));
    return {
      groupId,
      state: group?.groupState ?? "",
      protocolType: group?.protocolType ?? "",
      protocol: group?.protocolData ?? "",
      members,
      error: answerError(group?.errorCode ?? -1, context, group?.errorMessage),
    };
  }
}

const nothing: Buffer = Buffer.alloc(0);

// While a group rebalances its members have no assignment yet.
function partitionsOf({ memberAssignment }: MemberAnswer): GroupMember["partitions"] {
  if (memberAssignment.length === 0) return [];
  const { assignedPartitions } = consumerProtocol.decodeAssignment(bufferOf(memberAssignment));
  return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
