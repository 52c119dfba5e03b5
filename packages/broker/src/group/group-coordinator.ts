import { KafkaProtocolError } from "@ottla/protocol";
import type { Timer, World } from "@ottla/world";
import type { BrokerConfig } from "../config/broker-config.js";
import type { TransactionEnd } from "../coordinator/state-log.js";
import type { Logger } from "../logger.js";
import { offsetsTopic, offsetsTopicName } from "../topics/internal-topics.js";
import type { Topic, Topics } from "../topics/topics.js";
import type { Committer } from "./commit-rules.js";
import { partitionOf } from "./coordinator-partition.js";
import type {
  GroupAnswers,
  GroupEvent,
  HeartbeatRequest,
  JoinAnswer,
  JoinRequest,
  LeaveOutcome,
  MemberIdentity,
  SyncAnswer,
  SyncRequest,
} from "./group-event.js";
import { describeGroup, type GroupDescription } from "./group-metadata.js";
import { type CommittedOffset, unknownTopicId } from "./group-records.js";
import { GroupShard, type OffsetToCommit, type PartitionOffset } from "./group-shard.js";
import type { Ticket } from "./group-state.js";
import { newMemberId } from "./member-id.js";

export interface GroupCoordinatorParts {
  readonly world: Pick<World, "clock" | "timers" | "random">;
  readonly config: BrokerConfig;
  readonly topics: Pick<Topics, "get" | "ensure">;
  readonly logger: Logger;
}

const mostAdmissions = 5;

/** A JoinGroup request as it came: the id for a new member is made here. */
export type JoinGroup = Omit<JoinRequest, "newMemberId">;

export interface FetchedOffset {
  readonly partition: number;
  readonly offset: CommittedOffset | undefined;
  /** An open transaction is about to commit another offset: KIP-447 has consumers wait for it. */
  readonly isPending: boolean;
}

export interface FetchedTopic {
  readonly topic: string;
  readonly partitions: readonly FetchedOffset[];
}

export interface WantedTopic {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** Offsets that a transaction commits for a group (TxnOffsetCommit). */
export interface TransactionalCommit {
  readonly group: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly committer: Committer;
  /** Asked when they are written: by then a topic may be gone. */
  offsets(): readonly OffsetToCommit[];
  /**
   * Makes sure that the group's partition is in the producer's transaction, as `TransactionCoordinator.admit` does: `undefined`
   * when it is, else resolves when it may be asked again.
   */
  admit(partition: { readonly topic: string; readonly partition: number }): Promise<void> | undefined;
}

/** What a transaction coordinator writes into a partition of `__consumer_offsets`. */
export interface OffsetsMarker extends TransactionEnd {
  readonly partition: number;
}

/**
 * The classic consumer groups of the broker and the offsets that they, or anybody, committed. Each group lives on the
 * partition of `__consumer_offsets` that its id hashes to.
 *
 * Every promise resolves when what it tells is durable. A rejection is a {@link KafkaProtocolError} for the client,
 * `NOT_COORDINATOR` when the log failed, `COORDINATOR_NOT_AVAILABLE` when the broker stops.
 */
export class GroupCoordinator {
  readonly #parts: GroupCoordinatorParts;
  readonly #shards = new Map<number, Promise<GroupShard>>();
  // Kafka keeps to the count it found: adding partitions would send every group to another one.
  #partitionCount: number | undefined;
  #expiryTimer: Timer | undefined;
  #expiring: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(parts: GroupCoordinatorParts) {
    this.#parts = parts;
  }

  /** Loads all groups. Members of before go on in their generation if they show up within their session timeouts. */
  static async open(parts: GroupCoordinatorParts): Promise<GroupCoordinator> {
    const coordinator = new GroupCoordinator(parts);
    const topic = parts.topics.get(offsetsTopicName);
    // A partition that cannot be read holds up its own groups, who are told so, and nobody else.
    if (topic !== undefined)
      await Promise.allSettled(topic.partitions.map((_, each) => coordinator.#open(topic, each)));
    coordinator.#scheduleExpiry();
    return coordinator;
  }

  /** Ends all waiting; parked requests are answered with an error. Calling it twice does nothing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#expiryTimer?.cancel();
    const shards = await Promise.allSettled(this.#shards.values());
    for (const shard of shards) if (shard.status === "fulfilled") shard.value.close("COORDINATOR_NOT_AVAILABLE");
    await this.#expiring;
  }

  /** Creates `__consumer_offsets` when it is not there yet. */
  async ensureTopic(): Promise<void> {
    await this.#offsetsTopic();
  }

  /** The partition of `__consumer_offsets` that keeps a group: what AddOffsetsToTxn adds to a transaction. */
  async offsetsPartition(group: string): Promise<{ readonly topic: string; readonly partition: number }> {
    const { partition } = await this.#shard(group);
    return { topic: offsetsTopicName, partition };
  }

  /** Resolves when the next generation begins, or at once for a failure or a member that missed nothing. */
  async joinGroup(group: string, request: JoinGroup): Promise<JoinAnswer> {
    const { clientId, instanceId, memberId } = request;
    const shard = await this.#shard(group);
    if (shard.state(group) === undefined) {
      if (memberId !== "") throw new KafkaProtocolError("UNKNOWN_MEMBER_ID", `There is no group ${group}`);
      shard.create(group);
    }
    const newId = newMemberId(this.#parts.world.random, clientId, instanceId);
    return shard.ask(group, "join", (ticket) => ({
      kind: "join",
      ticket,
      request: { ...request, newMemberId: newId },
    }));
  }

  /** Resolves when the leader has sent the assignments. */
  async syncGroup(group: string, request: SyncRequest): Promise<SyncAnswer> {
    return this.#askMember(group, "sync", (ticket) => ({ kind: "sync", ticket, request }));
  }

  async heartbeat(group: string, request: HeartbeatRequest): Promise<GroupAnswers["heartbeat"]> {
    return this.#askMember(group, "heartbeat", (ticket) => ({ kind: "heartbeat", ticket, request }));
  }

  async leaveGroup(group: string, members: readonly MemberIdentity[]): Promise<readonly LeaveOutcome[]> {
    return this.#askMember(group, "leave", (ticket) => ({ kind: "leave", ticket, members }));
  }

  async commitOffsets(group: string, committer: Committer, offsets: readonly OffsetToCommit[]): Promise<void> {
    const shard = await this.#shard(group);
    await shard.commit(group, committer, offsets);
  }

  /**
   * Writes offsets into the group's partition of `__consumer_offsets` as part of a transaction. They count, and can be fetched,
   * once {@link GroupCoordinator.endTransaction} commits it.
   *
   * @throws {@link KafkaProtocolError} What `admit` throws, then `ILLEGAL_GENERATION`, `UNKNOWN_MEMBER_ID`, `FENCED_INSTANCE_ID` and what
   * the log has against the producer's epoch.
   */
  async commitTransactionalOffsets(commit: TransactionalCommit): Promise<void> {
    const { group, producerId, producerEpoch, committer } = commit;
    const shard = await this.#shard(group);
    const { partition } = shard;
    // Asked once more after each wait: (1) admitted, (2) the transaction ends while that becomes durable, (3) offsets written
    // now would wait for a marker that nobody sends. From the last question to the append nothing else happens.
    for (let attempt = 0; ; attempt += 1) {
      const admitted = commit.admit({ topic: offsetsTopicName, partition });
      if (admitted === undefined) break;
      if (attempt === mostAdmissions) {
        throw new KafkaProtocolError(
          "CONCURRENT_TRANSACTIONS",
          `Producer ${producerId} ends one transaction after the other`,
        );
      }
      await admitted;
    }
    await shard.commitInTransaction(group, { producerId, producerEpoch }, committer, commit.offsets());
  }

  /**
   * Writes the marker that ends a producer's transaction in a partition of `__consumer_offsets`; its offsets count now, or are
   * dropped. Resolves when that is durable.
   *
   * @throws {@link KafkaProtocolError} `NOT_COORDINATOR` when the log failed or there is no such partition: another try may find it
   * loaded anew. Also what the log has against the marker's epochs.
   */
  async endTransaction({ partition, ...end }: OffsetsMarker): Promise<void> {
    const shard = await this.#open(await this.#offsetsTopic(), partition);
    await shard.endTransaction(end);
  }

  /** Whether there is such a group, with members or only with offsets. */
  async knows(group: string): Promise<boolean> {
    return (await this.#existingShard(group))?.state(group) !== undefined;
  }

  /** The offsets of the wanted partitions, or of all that the group has any for. */
  async fetchOffsets(group: string, wanted: readonly WantedTopic[] | null): Promise<readonly FetchedTopic[]> {
    const shard = await this.#existingShard(group);
    if (shard === undefined) return (wanted ?? []).map(withoutOffsets);
    const found = wanted === null ? allOffsets(shard, group) : wanted.map((topic) => offsetsOf(shard, group, topic));
    await shard.durable();
    return found;
  }

  async describe(group: string): Promise<GroupDescription | undefined> {
    const shard = await this.#existingShard(group);
    const state = shard?.state(group);
    if (shard === undefined || state === undefined) return undefined;
    const description = describeGroup(state);
    await shard.durable();
    return description;
  }

  /** All groups, partition by partition. */
  async list(): Promise<readonly (readonly [string, GroupDescription])[]> {
    const groups: (readonly [string, GroupDescription])[] = [];
    for (const shard of await this.#loadedShards()) {
      for (const [group, state] of shard.groups()) groups.push([group, describeGroup(state)]);
      await shard.durable();
    }
    return groups;
  }

  /** @throws {@link KafkaProtocolError} `GROUP_ID_NOT_FOUND`, `NON_EMPTY_GROUP` */
  async deleteGroup(group: string): Promise<void> {
    await this.#whenSessionsAreSeen();
    const shard = await this.#existingShard(group);
    if (shard === undefined) throw new KafkaProtocolError("GROUP_ID_NOT_FOUND", `Group ${group} not found.`);
    await shard.delete(group);
  }

  /**
   * Takes offsets away, but those of topics that the group's members read: they are answered.
   *
   * @throws {@link KafkaProtocolError} `GROUP_ID_NOT_FOUND`, `NON_EMPTY_GROUP`
   */
  async deleteOffsets(group: string, offsets: readonly PartitionOffset[]): Promise<readonly PartitionOffset[]> {
    await this.#whenSessionsAreSeen();
    const shard = await this.#existingShard(group);
    if (shard === undefined) throw new KafkaProtocolError("GROUP_ID_NOT_FOUND", `Group ${group} not found.`);
    return shard.deleteOffsets(group, offsets);
  }

  /** Forgets the offsets of a topic that was deleted. What a failing log keeps of them goes when it is loaded again. */
  async topicDeleted(name: string): Promise<void> {
    try {
      for (const shard of await this.#loadedShards()) await shard.deleteOffsetsWhere((topic) => topic === name);
    } catch (error) {
      this.#parts.logger.warn("Offsets of a deleted topic are still there", { topic: name, error });
    }
  }

  /** Takes away what `offsets.retention.minutes` has passed. It runs every `offsets.retention.check.interval.ms` by itself. */
  async expireOffsets(): Promise<void> {
    for (const shard of await this.#loadedShards()) await shard.expireOffsets();
  }

  // After a while without a processor there wait (1) this request, (2) heartbeats, (3) timers of sessions that ended. Whether a group
  // has members is to be asked once the others are through: in the first turn the heartbeats are read, in the second the timers
  // fire, and they wait for its end.
  async #whenSessionsAreSeen(): Promise<void> {
    const { timers } = this.#parts.world;
    for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => timers.endOfTurn(resolve));
  }

  async #askMember<K extends keyof GroupAnswers>(
    group: string,
    kind: K,
    eventOf: (ticket: Ticket) => GroupEvent,
  ): Promise<GroupAnswers[K]> {
    const shard = await this.#existingShard(group);
    if (shard?.state(group) === undefined) {
      throw new KafkaProtocolError("UNKNOWN_MEMBER_ID", `There is no group ${group}`);
    }
    return shard.ask(group, kind, eventOf);
  }

  #scheduleExpiry(): void {
    if (this.#isClosed) return;
    const { config, world, logger } = this.#parts;
    this.#expiryTimer = world.timers.idle(config.get("offsets.retention.check.interval.ms"), () => {
      this.#expiring = this.expireOffsets()
        .catch((error: unknown) => logger.warn("Offsets could not be checked for expiry", { error }))
        .then(() => this.#scheduleExpiry());
    });
  }

  async #offsetsTopic(): Promise<Topic> {
    const { topics, config } = this.#parts;
    const topic = topics.get(offsetsTopicName);
    if (topic !== undefined) return topic;
    return topics.ensure(offsetsTopic(config));
  }

  async #load(topic: Topic): Promise<readonly GroupShard[]> {
    return Promise.all(topic.partitions.map((_, partition) => this.#open(topic, partition)));
  }

  /** The shard that answers for a group; the topic is created for the first one. */
  async #shard(group: string): Promise<GroupShard> {
    const topic = await this.#offsetsTopic();
    this.#partitionCount ??= topic.partitions.length;
    return this.#open(topic, partitionOf(group, this.#partitionCount));
  }

  /** `undefined` while there are no groups at all. */
  async #existingShard(group: string): Promise<GroupShard | undefined> {
    return this.#parts.topics.get(offsetsTopicName) === undefined ? undefined : this.#shard(group);
  }

  async #loadedShards(): Promise<readonly GroupShard[]> {
    const topic = this.#parts.topics.get(offsetsTopicName);
    return topic === undefined ? [] : this.#load(topic);
  }

  async #open(topic: Topic, partition: number): Promise<GroupShard> {
    if (this.#isClosed) throw new KafkaProtocolError("COORDINATOR_NOT_AVAILABLE", "The broker is stopping");
    const known = this.#shards.get(partition);
    if (known !== undefined) {
      const shard = await known;
      if (!shard.isClosed || this.#isClosed) return shard;
      // Closed by a failed write. Only the first to see it loads the log again.
      if (this.#shards.get(partition) !== known) return this.#open(topic, partition);
    }
    const opening = this.#openShard(topic, partition);
    this.#shards.set(partition, opening);
    opening.catch(() => {
      if (this.#shards.get(partition) === opening) this.#shards.delete(partition);
    });
    return opening;
  }

  async #openShard(topic: Topic, partition: number): Promise<GroupShard> {
    const log = topic.partitions[partition];
    if (log === undefined)
      throw new KafkaProtocolError("NOT_COORDINATOR", `${topic.name} has no partition ${partition}`);
    const { world, config, topics, logger } = this.#parts;
    try {
      const shard = await GroupShard.open(log, { clock: world.clock, timers: world.timers, config });
      // Topics deleted at the moment of a crash, and perhaps created again under their names.
      await shard.deleteOffsetsWhere((name, { topicId }) => {
        const current = topics.get(name);
        return current === undefined || (topicId !== unknownTopicId && topicId !== current.id);
      });
      return shard;
    } catch (error) {
      logger.error("Groups could not be loaded", { topic: topic.name, partition, error });
      throw new KafkaProtocolError("NOT_COORDINATOR", `${topic.name}-${partition} could not be loaded`, {
        cause: error,
      });
    }
  }
}

const withoutOffsets = ({ topic, partitions }: WantedTopic): FetchedTopic => ({
  topic,
  partitions: partitions.map((partition) => ({ partition, offset: undefined, isPending: false })),
});

const offsetsOf = (shard: GroupShard, group: string, { topic, partitions }: WantedTopic): FetchedTopic => ({
  topic,
  partitions: partitions.map((partition) => ({
    partition,
    offset: shard.offset(group, topic, partition),
    isPending: shard.isPending(group, topic, partition),
  })),
});

const allOffsets = (shard: GroupShard, group: string): readonly FetchedTopic[] =>
  [...shard.offsets(group)].map(([topic, partitions]) =>
    offsetsOf(shard, group, { topic, partitions: [...partitions.keys()] }),
  );
