import { apis, errorCodeOf } from "@ottla/protocol";
import type { TopicPartition } from "./recorder.js";
import { StubbornClient, UnansweredError } from "./stubborn-client.js";
import type { Surroundings } from "./surroundings.js";

/** A member of a classic group that speaks the bare protocol; the leader deals the partitions out in turn. */
export class GroupMember {
  readonly groupId: string;
  readonly #where: Surroundings;
  readonly #client: StubbornClient;
  readonly #partitions: readonly TopicPartition[];
  memberId = "";
  generationId = -1;
  /** Indexes into the partitions that the group shares. */
  #assigned: readonly number[] = [];
  #isIn = false;

  constructor(name: string, groupId: string, partitions: readonly TopicPartition[], where: Surroundings) {
    this.groupId = groupId;
    this.#partitions = partitions;
    this.#where = where;
    this.#client = new StubbornClient(name, where);
  }

  /** What it may read; joins when it is in no generation. Empty where that did not come about. */
  async assigned(): Promise<readonly TopicPartition[]> {
    try {
      if (this.#isIn) await this.#heartbeat();
      if (!this.#isIn) await this.#join();
    } catch (error) {
      if (!(error instanceof UnansweredError)) throw error;
      this.#isIn = false;
    }
    return this.#isIn ? this.#assigned.map((index) => this.#partitions[index] as TopicPartition) : [];
  }

  /** Comes back as somebody else, as a process that was killed and started again. */
  forget(): void {
    this.memberId = "";
    this.#isIn = false;
  }

  /** Takes part in the next generation. */
  rejoin(): void {
    this.#isIn = false;
  }

  /** Where the group stands; `undefined` while that is not known. */
  async committed({ topic, partition }: TopicPartition): Promise<number | undefined> {
    const topics = [{ name: topic, partitionIndexes: [partition] }];
    try {
      const answer = await this.#client.ask(apis.OffsetFetch, 7, {
        groupId: this.groupId,
        topics,
        requireStable: true,
      });
      const found = answer.topics[0]?.partitions[0];
      if (answer.errorCode !== 0 || found === undefined || found.errorCode !== 0) return undefined;
      return Math.max(0, found.committedOffset);
    } catch (error) {
      if (!(error instanceof UnansweredError)) throw error;
      return undefined;
    }
  }

  close(): void {
    this.#client.close();
  }

  async #heartbeat(): Promise<void> {
    const { groupId, generationId, memberId } = this;
    const { errorCode } = await this.#client.ask(apis.Heartbeat, 3, { groupId, generationId, memberId });
    this.#isIn = errorCode === 0;
    if (errorCodeOf(errorCode) === "UNKNOWN_MEMBER_ID") this.memberId = "";
  }

  async #join(): Promise<void> {
    const { sessionTimeoutMs, patienceMs } = this.#where;
    const body = {
      groupId: this.groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs: sessionTimeoutMs,
      memberId: this.memberId,
      protocolType: "chaos",
      protocols: [{ name: "in turn", metadata: Buffer.alloc(0) }],
    };
    const joined = await this.#client.ask(apis.JoinGroup, 5, body, 2 * sessionTimeoutMs + patienceMs);
    const code = errorCodeOf(joined.errorCode);
    if (code === "MEMBER_ID_REQUIRED") this.memberId = joined.memberId;
    if (code === "UNKNOWN_MEMBER_ID") this.memberId = "";
    if (code !== "NONE") return;
    const { generationId, memberId, leader, members } = joined;
    this.memberId = memberId;
    this.generationId = generationId;
    const assignments = leader === memberId ? this.#deal(members.map((member) => member.memberId)) : [];
    const synced = await this.#client.ask(
      apis.SyncGroup,
      3,
      { groupId: this.groupId, generationId, memberId, assignments },
      2 * sessionTimeoutMs + patienceMs,
    );
    if (errorCodeOf(synced.errorCode) === "UNKNOWN_MEMBER_ID") this.memberId = "";
    if (synced.errorCode !== 0) return;
    this.#assigned = [...synced.assignment];
    this.#isIn = true;
  }

  #deal(members: readonly string[]): { readonly memberId: string; readonly assignment: Buffer }[] {
    const sorted = [...members].sort();
    return sorted.map((memberId, turn) => ({
      memberId,
      assignment: Buffer.from([...this.#partitions.keys()].filter((index) => index % sorted.length === turn)),
    }));
  }
}
