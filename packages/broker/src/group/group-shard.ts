import { KafkaProtocolError, type ProtocolErrorCode } from "@ottla/protocol";
import type { Clock, Timers } from "@ottla/world";
import type { BrokerConfig } from "../config/broker-config.js";
import { StateLog, type TransactionalProducer, type TransactionEnd } from "../coordinator/state-log.js";
import type { PartitionLog } from "../log/partition-log.js";
import { type CommitKind, type Committer, commitError } from "./commit-rules.js";
import type { GroupAnswers, GroupEffect, GroupEvent, StepContext } from "./group-event.js";
import { GroupImage } from "./group-image.js";
import { groupMetadataOf, restoreGroup } from "./group-metadata.js";
import { type CommittedOffset, decodeGroupRecord, encodeGroupRecord, type GroupRecord } from "./group-records.js";
import { type GroupState, newGroup, type Ticket } from "./group-state.js";
import { step } from "./group-step.js";
import { GroupTimers } from "./group-timers.js";
import { expiredOffsets } from "./offset-expiry.js";
import type { KeptOffset, OffsetsByTopic } from "./offset-table.js";
import { ParkedRequests } from "./parked-requests.js";
import { subscribedTopics } from "./subscriptions.js";

export interface ShardParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly config: BrokerConfig;
}

export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
}

export interface OffsetToCommit extends PartitionOffset {
  readonly value: CommittedOffset;
}

// Of some hundred bytes each: a segment may be as small as a megabyte.
const pieceRecords = 1_000;

/** A group with members, or with somebody who was given an id; without them its image says all there is. */
interface RunningGroup {
  state: GroupState;
  readonly timers: GroupTimers;
}

/**
 * The groups of one partition of `__consumer_offsets`: runs the steps of their state machines, writes what they change
 * and answers when that is durable.
 *
 * When the log cannot keep a change, memory is ahead of it. The shard is closed then, as on a fail-over: everybody is sent
 * to find the coordinator again, and a new shard is loaded from the log.
 */
export class GroupShard {
  readonly #parts: ShardParts;
  readonly #image: GroupImage;
  readonly #log: StateLog;
  readonly #running = new Map<string, RunningGroup>();
  readonly #parked = new ParkedRequests();
  #isClosed = false;

  private constructor(log: StateLog, image: GroupImage, parts: ShardParts) {
    this.#log = log;
    this.#image = image;
    this.#parts = parts;
  }

  /** Replays the log. Members that it knows go on in their generation, their sessions begin now. */
  static async open(log: PartitionLog, parts: ShardParts): Promise<GroupShard> {
    const image = new GroupImage();
    const state = await StateLog.open(
      log,
      (record, origin) => {
        const change = decodeGroupRecord(record);
        if (change !== undefined) image.apply(change, origin);
      },
      (producerId, result) => image.endTransaction(producerId, result),
    );
    const shard = new GroupShard(state, image, parts);
    for (const group of [...image.groups()]) {
      if ((image.metadata(group)?.members.length ?? 0) > 0) shard.#run(group, { kind: "loaded" });
    }
    return shard;
  }

  /** Of `__consumer_offsets`. */
  get partition(): number {
    return this.#log.log.partition;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Ends all waiting and all timers. What was answered stays in the log. */
  close(reason: ProtocolErrorCode): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { timers } of this.#running.values()) timers.stopAll();
    this.#running.clear();
    this.#parked.rejectAll(new KafkaProtocolError(reason, `The coordinator of partition ${this.partition} ended`));
  }

  /** `undefined` when there is no such group. */
  state(group: string): GroupState | undefined {
    const running = this.#running.get(group);
    if (running !== undefined) return running.state;
    const metadata = this.#image.metadata(group);
    if (metadata !== undefined) return restoreGroup(metadata);
    return this.#image.has(group) ? newGroup(null) : undefined;
  }

  /** All groups that there are. */
  *groups(): Generator<readonly [string, GroupState]> {
    for (const group of this.#image.groups()) {
      const state = this.state(group);
      if (state !== undefined) yield [group, state];
    }
  }

  offsets(group: string): OffsetsByTopic {
    return this.#image.offsets(group);
  }

  offset(group: string, topic: string, partition: number): KeptOffset | undefined {
    return this.#image.offset(group, topic, partition);
  }

  /** Whether an open transaction is about to commit the partition. */
  isPending(group: string, topic: string, partition: number): boolean {
    return this.#image.pending.has(group, topic, partition);
  }

  /** Resolves when everything that can be seen now is durable. */
  async durable(): Promise<void> {
    this.#checkOpen();
    await this.#orClose(this.#log.durable());
  }

  /** Keeps a group that has nobody yet, so that it is there for the first member's request. */
  create(group: string): void {
    this.#checkOpen();
    const value = groupMetadataOf(newGroup(this.#parts.clock.now()));
    this.#runInBackground(this.#append([{ type: "group", group, value }]));
  }

  /** Has the group take a request; the answer may take as long as a rebalance. The group must exist. */
  async ask<K extends keyof GroupAnswers>(
    group: string,
    kind: K,
    eventOf: (ticket: Ticket) => GroupEvent,
  ): Promise<GroupAnswers[K]> {
    this.#checkOpen();
    const [ticket, answered] = this.#parked.park(kind);
    this.#run(group, eventOf(ticket));
    return answered;
  }

  /** Commits offsets if the committer may. Resolves when they are durable. @throws {@link KafkaProtocolError} */
  async commit(group: string, committer: Committer, offsets: readonly OffsetToCommit[]): Promise<void> {
    this.#checkOpen();
    this.#checkCommitter(group, committer, "plain");
    const saved = this.#append(offsets.map((offset) => ({ type: "offset", group, ...offset })));
    if (this.#running.has(group)) this.#run(group, { kind: "offsetsCommitted", memberId: committer.memberId });
    await saved;
  }

  /**
   * Writes offsets that count when the producer's transaction is committed. Resolves when they are durable.
   *
   * @throws {@link KafkaProtocolError} Also what the log has against the producer's epoch.
   */
  async commitInTransaction(
    group: string,
    producer: TransactionalProducer,
    committer: Committer,
    offsets: readonly OffsetToCommit[],
  ): Promise<void> {
    this.#checkOpen();
    this.#checkCommitter(group, committer, "transactional");
    await this.#append(
      offsets.map((offset) => ({ type: "offset", group, ...offset })),
      producer,
    );
  }

  /** Resolves when the end of the transaction is durable. @throws {@link KafkaProtocolError} */
  async endTransaction(end: TransactionEnd): Promise<void> {
    this.#checkOpen();
    await this.#orClose(this.#log.endTransaction(end, this.#parts.clock.now()));
  }

  #checkCommitter(group: string, committer: Committer, kind: CommitKind): void {
    const error = commitError(this.state(group), committer, kind);
    if (error !== "NONE") throw new KafkaProtocolError(error, `Group ${group}, member "${committer.memberId}"`);
  }

  /** Takes an empty group away with its offsets. @throws {@link KafkaProtocolError} `GROUP_ID_NOT_FOUND`, `NON_EMPTY_GROUP` */
  async delete(group: string): Promise<void> {
    this.#checkOpen();
    const state = this.state(group);
    if (state === undefined || state.kind === "dead") {
      throw new KafkaProtocolError("GROUP_ID_NOT_FOUND", `Group ${group} not found.`);
    }
    if (state.kind !== "empty") throw new KafkaProtocolError("NON_EMPTY_GROUP", `Group ${group} has members`);
    await this.#remove(
      group,
      this.#offsetsWhere(group, () => true),
    );
  }

  /**
   * Takes offsets away. Answers those it had to leave because the group reads their topics.
   *
   * @throws {@link KafkaProtocolError} `GROUP_ID_NOT_FOUND`, `NON_EMPTY_GROUP`
   */
  async deleteOffsets(group: string, offsets: readonly PartitionOffset[]): Promise<readonly PartitionOffset[]> {
    this.#checkOpen();
    const state = this.state(group);
    if (state === undefined || state.kind === "dead") {
      throw new KafkaProtocolError("GROUP_ID_NOT_FOUND", `Group ${group} not found.`);
    }
    if (state.kind !== "empty" && state.protocolType !== "consumer") {
      throw new KafkaProtocolError("NON_EMPTY_GROUP", `Group ${group} has members that are not consumers`);
    }
    const subscribed = subscribedTopics(state);
    // Nobody can tell what the members read: they may read everything.
    const isInUse = ({ topic }: PartitionOffset) => subscribed?.has(topic) ?? state.kind !== "empty";
    const known = offsets.filter((offset) => !isInUse(offset) && this.#isKnown(group, offset));
    await this.#append(known.map((offset) => tombstone(group, offset)));
    return offsets.filter(isInUse);
  }

  #isKnown(group: string, { topic, partition }: PartitionOffset): boolean {
    return this.offset(group, topic, partition) !== undefined || this.isPending(group, topic, partition);
  }

  /** Takes away all offsets for which `isGone` holds: their topics were deleted. */
  async deleteOffsetsWhere(isGone: (topic: string, offset: CommittedOffset) => boolean): Promise<void> {
    this.#checkOpen();
    const records: GroupRecord[] = [];
    for (const group of this.#image.groups()) {
      for (const offset of this.#offsetsWhere(group, isGone)) records.push(tombstone(group, offset));
    }
    await this.#appendInPieces(records);
  }

  /** Takes away offsets nobody has needed for `offsets.retention.minutes`, and groups that are left with nothing. */
  async expireOffsets(): Promise<void> {
    this.#checkOpen();
    const { clock, config } = this.#parts;
    const retentionMs = config.get("offsets.retention.minutes") * 60_000;
    for (const [group, state] of [...this.groups()]) {
      const isPending = (topic: string, partition: number) => this.isPending(group, topic, partition);
      const { expired, isEverything } = expiredOffsets(state, this.offsets(group), clock.now(), retentionMs, isPending);
      const isAwaited = this.#image.pending.hasAny(group);
      const isAbandoned = isEverything && !isAwaited && state.kind === "empty" && state.pendingMembers.size === 0;
      if (isAbandoned) await this.#remove(group, expired);
      else if (expired.length > 0) await this.#append(expired.map((offset) => tombstone(group, offset)));
      if (this.#isClosed) return;
    }
  }

  /** Of what is committed and of what open transactions are about to commit, each partition once. */
  #offsetsWhere(
    group: string,
    isWanted: (topic: string, offset: CommittedOffset) => boolean,
  ): readonly PartitionOffset[] {
    const wanted: PartitionOffset[] = [];
    for (const [topic, partitions] of this.#image.offsets(group)) {
      for (const [partition, offset] of partitions) if (isWanted(topic, offset)) wanted.push({ topic, partition });
    }
    const pending = new Map<string, PartitionOffset>();
    for (const [topic, partition, offset] of this.#image.pending.partitionsOf(group)) {
      if (isWanted(topic, offset)) pending.set(`${topic}-${partition}`, { topic, partition });
    }
    // One tombstone takes both away.
    for (const { topic, partition } of wanted) pending.delete(`${topic}-${partition}`);
    return [...wanted, ...pending.values()];
  }

  async #remove(group: string, offsets: readonly PartitionOffset[]): Promise<void> {
    const running = this.#running.get(group);
    if (running !== undefined) this.#run(group, { kind: "deleted" });
    const records: GroupRecord[] = offsets.map((offset) => tombstone(group, offset));
    await this.#append([...records, { type: "group", group, value: null }]);
  }

  #run(group: string, event: GroupEvent): void {
    const running = this.#running.get(group) ?? this.#start(group);
    const [state, effects] = step(running.state, event, this.#context());
    running.state = state;
    // Records before anything else, so that no answer can be ahead of them.
    const saved = effects.some(({ kind }) => kind === "persist") ? this.#persist(group, state) : undefined;
    for (const effect of effects) running.timers.run(effect);
    this.#answerLater(effects, saved);
    if (this.#isKept(group, state)) this.#stop(group);
  }

  #start(group: string): RunningGroup {
    const timers = new GroupTimers(this.#parts.timers, (event) => this.#run(group, event));
    const running = { state: this.state(group) ?? newGroup(null), timers };
    this.#running.set(group, running);
    return running;
  }

  #stop(group: string): void {
    this.#running.get(group)?.timers.stopAll();
    this.#running.delete(group);
  }

  /** Whether the image says all there is to say. */
  #isKept(group: string, state: GroupState): boolean {
    if (state.kind === "dead") return true;
    if (state.kind !== "empty" || state.pendingMembers.size > 0) return false;
    const kept = this.#image.metadata(group);
    return kept === undefined || (kept.generation === state.generation && kept.members.length === 0);
  }

  #context(): StepContext {
    const { clock, config } = this.#parts;
    return {
      now: clock.now(),
      initialRebalanceDelayMs: config.get("group.initial.rebalance.delay.ms"),
      maxSize: config.get("group.max.size"),
    };
  }

  #persist(group: string, state: GroupState): Promise<void> {
    if (state.kind !== "empty" && state.kind !== "stable")
      throw new Error(`Group ${group} cannot be kept as ${state.kind}`);
    return this.#append([{ type: "group", group, value: groupMetadataOf(state) }]);
  }

  #answerLater(effects: readonly GroupEffect[], saved: Promise<void> | undefined): void {
    if (saved === undefined && !effects.some(({ kind }) => kind === "answer")) return;
    const answer = () => {
      for (const effect of effects) if (effect.kind === "answer") this.#answer(effect);
    };
    this.#runInBackground((saved ?? this.durable()).then(answer));
  }

  #answer(effect: GroupEffect & { readonly kind: "answer" }): void {
    switch (effect.to) {
      case "join":
        this.#parked.answer("join", effect.ticket, effect.answer);
        break;
      case "sync":
        this.#parked.answer("sync", effect.ticket, effect.answer);
        break;
      case "heartbeat":
        this.#parked.answer("heartbeat", effect.ticket, effect.answer);
        break;
      case "leave":
        this.#parked.answer("leave", effect.ticket, effect.answer);
        break;
    }
  }

  async #append(records: readonly GroupRecord[], producer?: TransactionalProducer): Promise<void> {
    const { clock } = this.#parts;
    const encoded = records.map((record) => encodeGroupRecord(record, clock.now()));
    await this.#orClose(this.#log.append(encoded, producer));
  }

  /** For what need not be all or none, and may be more than the log takes as one batch. */
  async #appendInPieces(records: readonly GroupRecord[]): Promise<void> {
    const pieces: Promise<void>[] = [];
    for (let at = 0; at < records.length; at += pieceRecords) {
      pieces.push(this.#append(records.slice(at, at + pieceRecords)));
    }
    await Promise.all(pieces);
  }

  async #orClose(saved: Promise<void>): Promise<void> {
    try {
      await saved;
    } catch (error) {
      // Something the log has against a producer concerns nobody else.
      if (error instanceof KafkaProtocolError && error.code !== "KAFKA_STORAGE_ERROR") throw error;
      this.close("NOT_COORDINATOR");
      throw new KafkaProtocolError("NOT_COORDINATOR", "The log of the group could not be written", { cause: error });
    }
  }

  /** Its failure closes the shard, which tells everybody who waits. */
  #runInBackground(work: Promise<void>): void {
    work.catch(() => this.close("NOT_COORDINATOR"));
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new KafkaProtocolError("NOT_COORDINATOR", "The coordinator of this group ended");
  }
}

const tombstone = (group: string, { topic, partition }: PartitionOffset): GroupRecord => ({
  type: "offset",
  group,
  topic,
  partition,
  value: null,
});
