import {
  apis,
  type JoinGroupRequest,
  type JoinGroupResponseInput,
  type ProtocolErrorCode,
  protocolErrors,
  type SyncGroupResponseInput,
} from "@ottla/protocol";
import type { Timer } from "@ottla/world";
import type { ScriptedCluster } from "../network/scripted-cluster.test-kit.js";
import type { ManualWorld } from "../world/manual-world.test-kit.js";
import { ScriptedFetches } from "./fetch/scripted-fetches.test-kit.js";
import { ScriptedLog } from "./fetch/scripted-log.test-kit.js";
import { partitionKey } from "./topic-partition.js";

const wire = (code: ProtocolErrorCode): number => protocolErrors[code].wire;

interface Member {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  request: JoinGroupRequest;
  join: ((response: JoinGroupResponseInput) => void) | undefined;
  sync: ((response: SyncGroupResponseInput) => void) | undefined;
}

/** A group coordinator, offsets and logs by the rules of Kafka's classic groups, on a scripted cluster. Sessions end only when told. */
export class ScriptedGroup {
  readonly #world: ManualWorld;
  readonly #cluster: ScriptedCluster;
  readonly #members = new Map<string, Member>();
  readonly #logs = new Map<string, ScriptedLog>();
  /** Offsets as last committed, by partition key. */
  readonly committed = new Map<string, number>();
  /** Every commit that was accepted, in order. */
  readonly commits: { readonly memberId: string; readonly partition: string; readonly offset: number }[] = [];
  /** Answered to the next requests of an API instead of carrying them out. */
  readonly refusals = new Map<string, ProtocolErrorCode[]>();
  /** How the logs are fetched from. */
  readonly source: ScriptedFetches;
  generation = 0;
  state: "empty" | "preparing" | "completing" | "stable" = "empty";
  #assignments = new Map<string, Buffer>();
  #protocol = "";
  #leader = "";
  #nextMember = 1;
  readonly #pendingIds = new Set<string>();
  #rebalanceTimer: Timer | undefined;

  constructor(world: ManualWorld, cluster: ScriptedCluster) {
    this.#world = world;
    this.#cluster = cluster;
    cluster.on(apis.JoinGroup, (request) => this.#join(request));
    cluster.on(apis.SyncGroup, (request) => this.#sync(request.memberId, request.generationId, request.assignments));
    cluster.on(apis.Heartbeat, ({ memberId, generationId }) => ({
      errorCode: wire(this.#refused("Heartbeat") ?? this.#heartbeat(memberId, generationId)),
    }));
    cluster.on(apis.LeaveGroup, (request) => {
      const refused = this.#refused("LeaveGroup");
      if (refused !== undefined) return { errorCode: wire(refused), members: [] };
      for (const { memberId } of request.members) this.expel(memberId);
      return { errorCode: 0, members: [] };
    });
    this.#serveOffsets();
    this.source = new ScriptedFetches(world, cluster, (topic, partition) => this.log(topic, partition));
  }

  get fetches() {
    return this.source.fetches;
  }

  get memberIds(): readonly string[] {
    return [...this.#members.keys()];
  }

  log(topic: string, partition = 0): ScriptedLog {
    const key = partitionKey({ topic, partition });
    const log = this.#logs.get(key) ?? new ScriptedLog();
    this.#logs.set(key, log);
    return log;
  }

  /** Makes all members join again. */
  rebalance(): void {
    if (this.state === "stable" || this.state === "completing") this.#prepare();
  }

  /** A member leaves, or its session ends. */
  expel(memberId: string): void {
    const member = this.#members.get(memberId);
    if (member === undefined) return;
    this.#members.delete(memberId);
    member.join?.({ ...this.#refusal("UNKNOWN_MEMBER_ID"), memberId });
    member.sync?.({ errorCode: wire("UNKNOWN_MEMBER_ID"), assignment: Buffer.alloc(0) });
    if (this.#members.size === 0) this.state = "empty";
    else if (this.state === "preparing") this.#completeJoin();
    else this.#prepare();
  }

  #refused(api: string): ProtocolErrorCode | undefined {
    return this.refusals.get(api)?.shift();
  }

  #refusal(code: ProtocolErrorCode) {
    return { errorCode: wire(code), protocolName: null, leader: "", members: [] };
  }

  #join(request: JoinGroupRequest): JoinGroupResponseInput | Promise<JoinGroupResponseInput> {
    const { groupInstanceId } = request;
    const refused = this.#refused("JoinGroup");
    if (refused !== undefined) return { ...this.#refusal(refused), memberId: request.memberId };
    let { memberId } = request;
    if (memberId === "") {
      memberId = `member-${this.#nextMember++}`;
      if (groupInstanceId === null) {
        this.#pendingIds.add(memberId);
        return { ...this.#refusal("MEMBER_ID_REQUIRED"), memberId };
      }
      for (const member of this.#members.values()) {
        if (member.groupInstanceId === groupInstanceId) this.#members.delete(member.memberId);
      }
    } else if (!this.#members.has(memberId) && !this.#pendingIds.delete(memberId)) {
      return { ...this.#refusal("UNKNOWN_MEMBER_ID"), memberId };
    }
    return new Promise<JoinGroupResponseInput>((join) => {
      this.#members.set(memberId, { memberId, groupInstanceId, request, join, sync: undefined });
      if (this.state !== "preparing") this.#prepare();
      this.#completeJoin();
    });
  }
  #prepare(): void {
    this.state = "preparing";
    for (const member of this.#members.values()) {
      member.sync?.({ errorCode: wire("REBALANCE_IN_PROGRESS"), assignment: Buffer.alloc(0) });
      member.sync = undefined;
    }
    const waited = this.generation;
    const slowest = Math.max(...[...this.#members.values()].map(({ request }) => request.rebalanceTimeoutMs));
    this.#rebalanceTimer?.cancel();
    this.#rebalanceTimer = this.#world.timers.after(slowest, () => {
      if (this.generation !== waited || this.state !== "preparing") return;
      for (const member of [...this.#members.values()])
        if (member.join === undefined) this.#members.delete(member.memberId);
      this.#completeJoin();
    });
  }

  #completeJoin(): void {
    const members = [...this.#members.values()];
    if (members.length === 0 || members.some(({ join }) => join === undefined)) return;
    this.state = "completing";
    this.#rebalanceTimer?.cancel();
    this.generation += 1;
    this.#assignments = new Map();
    const [first, ...others] = members;
    const names = first?.request.protocols.map(({ name }) => name) ?? [];
    this.#protocol =
      names.find((name) => others.every(({ request }) => request.protocols.some((p) => p.name === name))) ?? "";
    if (!this.#members.has(this.#leader)) this.#leader = first?.memberId ?? "";
    for (const member of members) {
      const { memberId } = member;
      member.join?.({
        errorCode: 0,
        generationId: this.generation,
        protocolType: "consumer",
        protocolName: this.#protocol,
        leader: this.#leader,
        memberId,
        members:
          memberId !== this.#leader
            ? []
            : members.map(({ memberId: id, groupInstanceId, request }) => ({
                memberId: id,
                groupInstanceId,
                metadata: request.protocols.find(({ name }) => name === this.#protocol)?.metadata ?? Buffer.alloc(0),
              })),
      });
      member.join = undefined;
    }
  }

  #sync(
    memberId: string,
    generation: number,
    assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[],
  ): SyncGroupResponseInput | Promise<SyncGroupResponseInput> {
    const member = this.#members.get(memberId);
    const refuse = (code: ProtocolErrorCode) => ({ errorCode: wire(code), assignment: Buffer.alloc(0) });
    const refused = this.#refused("SyncGroup");
    if (refused !== undefined) return refuse(refused);
    if (member === undefined) return refuse("UNKNOWN_MEMBER_ID");
    if (generation !== this.generation) return refuse("ILLEGAL_GENERATION");
    if (this.state === "preparing") return refuse("REBALANCE_IN_PROGRESS");
    const answer = () => ({ errorCode: 0, assignment: this.#assignments.get(memberId) ?? Buffer.alloc(0) });
    if (this.state === "stable") return answer();
    return new Promise<SyncGroupResponseInput>((sync) => {
      member.sync = sync;
      if (memberId !== this.#leader) return;
      this.#assignments = new Map(assignments.map((each) => [each.memberId, Buffer.from(each.assignment)]));
      this.state = "stable";
      for (const each of this.#members.values()) {
        each.sync?.({ errorCode: 0, assignment: this.#assignments.get(each.memberId) ?? Buffer.alloc(0) });
        each.sync = undefined;
      }
    });
  }

  #heartbeat(memberId: string, generation: number): ProtocolErrorCode {
    if (!this.#members.has(memberId)) return "UNKNOWN_MEMBER_ID";
    if (generation !== this.generation) return "ILLEGAL_GENERATION";
    return this.state === "preparing" ? "REBALANCE_IN_PROGRESS" : "NONE";
  }

  #serveOffsets(): void {
    this.#cluster.on(apis.OffsetCommit, ({ memberId, generationIdOrMemberEpoch: generation, topics }) => {
      const code = this.#refused("OffsetCommit") ?? this.#heartbeat(memberId, generation);
      const isAccepted = code === "NONE" || (code === "REBALANCE_IN_PROGRESS" && this.state === "preparing");
      return {
        topics: topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, committedOffset: offset }) => {
            const partition = partitionKey({ topic: name, partition: partitionIndex });
            if (isAccepted) {
              this.committed.set(partition, offset);
              this.commits.push({ memberId, partition, offset });
            }
            return { partitionIndex, errorCode: isAccepted ? 0 : wire(code) };
          }),
        })),
      };
    });
    this.#cluster.on(apis.OffsetFetch, ({ groups }) => {
      const errorCode = wire(this.#refused("OffsetFetch") ?? "NONE");
      return {
        groups: groups.map(({ groupId, topics }) => ({
          groupId,
          errorCode,
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
      };
    });
    this.#cluster.on(apis.ListOffsets, ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => {
          const log = this.log(name, partitionIndex);
          const errorCode = wire(this.#refused("ListOffsets") ?? "NONE");
          return {
            partitionIndex,
            errorCode,
            timestamp: -1,
            offset: timestamp === -1 ? log.endOffset : log.startOffset,
          };
        }),
      })),
    }));
  }
}
