import {
  apis,
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponseInput,
  type ProtocolErrorCode,
  protocolErrors,
} from "@ottla/protocol";
import type { ScriptedCluster } from "../../network/scripted-cluster.test-kit.js";
import { partitionKey } from "../topic-partition.js";

interface Member {
  readonly memberId: string;
  instanceId: string | null;
  /** Where the member is; a static one that is away for a while is at -2. */
  epoch: number;
  /** The one before, under which it still may ask when the answer with the new one was lost. */
  previousEpoch: number;
  topics: readonly string[];
  /** What it last said that it has. */
  owned: readonly string[];
  /** What it was last told to have; undefined until it was told. */
  told: readonly string[] | undefined;
}

const wire = (code: ProtocolErrorCode): number => protocolErrors[code].wire;

/**
 * A coordinator that divides the partitions of a group (KIP-848) evenly, in their order, and gives none out that another still has.
 * Sessions end only when told.
 */
export class ScriptedCoordinator {
  readonly #cluster: ScriptedCluster;
  readonly members = new Map<string, Member>();
  /** Every heartbeat, as it came. */
  readonly heartbeats: ConsumerGroupHeartbeatRequest[] = [];
  readonly committed = new Map<string, number>();
  readonly commits: { readonly memberId: string; readonly partition: string; readonly offset: number }[] = [];
  /** Answered to the next requests of an API instead of carrying them out. */
  readonly refusals = new Map<string, ProtocolErrorCode[]>();
  groupEpoch = 0;
  heartbeatIntervalMs = 1_000;

  constructor(cluster: ScriptedCluster) {
    this.#cluster = cluster;
    cluster.on(apis.ConsumerGroupHeartbeat, (request) => this.#heartbeat(request));
    cluster.on(apis.OffsetCommit, ({ memberId, generationIdOrMemberEpoch: epoch, topics }) => {
      const code = this.#refused("OffsetCommit") ?? this.#check(memberId, epoch);
      return {
        topics: topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, committedOffset }) => {
            const partition = partitionKey({ topic: name, partition: partitionIndex });
            if (code === "NONE") {
              this.committed.set(partition, committedOffset);
              this.commits.push({ memberId, partition, offset: committedOffset });
            }
            return { partitionIndex, errorCode: wire(code) };
          }),
        })),
      };
    });
    cluster.on(apis.OffsetFetch, ({ groups }) => ({
      groups: groups.map(({ groupId, memberId, memberEpoch, topics }) => ({
        groupId,
        errorCode: wire(this.#refused("OffsetFetch") ?? this.#check(memberId ?? "", memberEpoch)),
        topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.map((partitionIndex) => ({
            partitionIndex,
            committedOffset: this.committed.get(partitionKey({ topic: name, partition: partitionIndex })) ?? -1,
            metadata: "",
            errorCode: 0,
          })),
        })),
      })),
    }));
  }

  /** A member's session ends. */
  expel(memberId: string): void {
    this.members.delete(memberId);
    this.groupEpoch += 1;
  }

  #refused(api: string): ProtocolErrorCode | undefined {
    return this.refusals.get(api)?.shift();
  }

  #check(memberId: string, epoch: number): ProtocolErrorCode {
    const member = this.members.get(memberId);
    if (member === undefined) return "UNKNOWN_MEMBER_ID";
    return member.epoch === epoch ? "NONE" : "STALE_MEMBER_EPOCH";
  }

  #heartbeat(request: ConsumerGroupHeartbeatRequest): ConsumerGroupHeartbeatResponseInput {
    this.heartbeats.push(request);
    const refuse = (code: ProtocolErrorCode) => ({
      throttleTimeMs: 0,
      errorCode: wire(code),
      errorMessage: `refused: ${code}`,
      memberEpoch: 0,
      heartbeatIntervalMs: 0,
    });
    const refused = this.#refused("ConsumerGroupHeartbeat");
    if (refused !== undefined) return refuse(refused);
    const { memberId, memberEpoch, instanceId } = request;
    let member = this.members.get(memberId);
    if (memberEpoch < 0) {
      if (member === undefined) return refuse("UNKNOWN_MEMBER_ID");
      if (memberEpoch === -1) this.expel(memberId);
      else member.epoch = -2;
      return { ...refuse("NONE"), memberEpoch };
    }
    if (memberEpoch === 0) {
      const before = [...this.members.values()].find((each) => instanceId !== null && each.instanceId === instanceId);
      if (before !== undefined && before.memberId !== memberId) {
        if (before.epoch !== -2) return refuse("UNRELEASED_INSTANCE_ID");
        this.members.delete(before.memberId);
      }
      if (request.topicPartitions === null || request.rebalanceTimeoutMs < 0) return refuse("INVALID_REQUEST");
      member = { memberId, instanceId, epoch: 0, previousEpoch: -1, topics: [], owned: [], told: undefined };
      this.members.set(memberId, member);
      this.groupEpoch += 1;
    }
    if (member === undefined) return refuse("UNKNOWN_MEMBER_ID");
    const { subscribedTopicNames: topics, topicPartitions, rebalanceTimeoutMs } = request;
    const isLate = memberEpoch === member.previousEpoch && topicPartitions !== null;
    if (memberEpoch !== member.epoch && !isLate) return refuse("FENCED_MEMBER_EPOCH");
    if (topics !== null && String(topics) !== String(member.topics)) {
      if (member.epoch > 0) this.groupEpoch += 1;
      member.topics = topics;
    }
    if (topicPartitions !== null) {
      member.owned = topicPartitions.flatMap(({ topicId, partitions }) => {
        const topic = [...this.#cluster.topics].find(([, { id }]) => id === topicId)?.[0] ?? topicId;
        return partitions.map((partition) => partitionKey({ topic, partition }));
      });
    }
    const isFull = topics !== null && topicPartitions !== null && rebalanceTimeoutMs >= 0;
    return this.#reconcile(member, isFull);
  }

  #reconcile(member: Member, isFull: boolean): ConsumerGroupHeartbeatResponseInput {
    const target = this.#targets().get(member.memberId) ?? [];
    const others = [...this.members.values()].filter((each) => each !== member);
    const isTaken = (key: string) => others.some(({ owned, told }) => owned.includes(key) || told?.includes(key));
    const mustRevoke = member.owned.some((key) => !target.includes(key));
    const wanted = mustRevoke
      ? member.owned.filter((key) => target.includes(key))
      : target.filter((key) => member.owned.includes(key) || !isTaken(key));
    if (!mustRevoke && member.epoch !== this.groupEpoch) {
      member.previousEpoch = member.epoch;
      member.epoch = this.groupEpoch;
    }
    const isNews = isFull || member.told === undefined || String(member.told.toSorted()) !== String(wanted.toSorted());
    member.told = wanted;
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      memberId: member.memberId,
      memberEpoch: member.epoch,
      heartbeatIntervalMs: this.heartbeatIntervalMs,
      assignment: isNews ? { topicPartitions: this.#byId(wanted) } : null,
    };
  }

  #targets(): ReadonlyMap<string, readonly string[]> {
    const members = [...this.members.values()].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
    const targets = new Map<string, string[]>(members.map(({ memberId }) => [memberId, []]));
    for (const [topic, { partitions }] of this.#cluster.topics) {
      const takers = members.filter(({ topics }) => topics.includes(topic));
      for (const partition of partitions.keys()) {
        const taker = takers[partition % Math.max(1, takers.length)];
        targets.get(taker?.memberId ?? "")?.push(partitionKey({ topic, partition }));
      }
    }
    return targets;
  }

  #byId(keys: readonly string[]) {
    return [...this.#cluster.topics].flatMap(([topic, { id: topicId, partitions }]) => {
      const numbers = [...partitions.keys()].filter((partition) => keys.includes(partitionKey({ topic, partition })));
      return numbers.length === 0 ? [] : [{ topicId, partitions: numbers }];
    });
  }
}
