import { consumerProtocol, deleteGroups, describeGroups, type KafkaProtocolError, listGroups } from "@ottla/protocol";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError, throwRetriable } from "./answer-error.js";

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
  /** What it said when it joined, and what it was given, in the bytes of the group's `protocolType`. */
  readonly metadata: Buffer;
  readonly assignment: Buffer;
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

  constructor(cluster: AdminCluster) {
    this.#cluster = cluster;
  }

  /** All groups of all brokers, by id. @throws when some broker does not answer: part of a list is not the list */
  async list(options?: AdminOptions & { readonly states?: readonly string[] }): Promise<readonly ListedGroup[]> {
    const { cluster } = this.#cluster;
    await this.#cluster.retrying(options, (signal) => cluster.refresh([], { signal }));
    const lists = await Promise.all(
      cluster.nodes.map(({ nodeId }) =>
        this.#cluster.request(
          { node: nodeId },
          listGroups,
          (version) => (version >= 4 ? { statesFilter: options?.states ?? [] } : {}),
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

  async #describeOne(groupId: string, options: AdminOptions | undefined): Promise<DescribedGroup> {
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

// While a group rebalances its members have no assignment yet.
function partitionsOf({ memberAssignment }: MemberAnswer): GroupMember["partitions"] {
  if (memberAssignment.length === 0) return [];
  const { assignedPartitions } = consumerProtocol.decodeAssignment(bufferOf(memberAssignment));
  return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
