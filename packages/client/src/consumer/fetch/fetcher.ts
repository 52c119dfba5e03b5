import { errorCodeOf, KafkaProtocolError, zeroUuid } from "@ottla/protocol";
import type { ClientWorld, Cluster } from "../../cluster/cluster.js";
import { CorruptRecordsError } from "../consumer-errors.js";
import type { ReadSettings } from "../consumer-options.js";
import type { AssignedPartition } from "./assigned-partition.js";
import { BrokerFetches, type FetchedPartition, type OnFetched } from "./broker-fetches.js";
import { type FetchedSlice, slicesOf } from "./fetched-slices.js";
import { PartitionRecovery } from "./partition-recovery.js";

/** What a fetcher tells the consumer it is of. */
export interface FetcherHost {
  /** There is something to take, or to fail with. */
  ready(): void;
  /** A partition's offset is not in the log. Resolves when it has begun elsewhere. */
  outOfRange(partition: AssignedPartition, offset: number): Promise<void>;
  fail(error: unknown): void;
}

/** A broker that partitions are fetched from. */
interface Source {
  readonly fetches: BrokerFetches;
  /** How long it may hold an answer while partitions with full buffers are left out of the question. */
  shortWaitMs: number;
}

/** What there is to ask a broker for. */
interface Wanted {
  readonly partitions: AssignedPartition[];
  hasFullOnes: boolean;
}

/** Fetches of the same damaged bytes before they are taken to be damaged in the log, and not on the way. */
const corruptTries = 3;
const shortestWaitMs = 10;
/** Looks at metadata that is older than what was read before it is believed. */
const outdatedTries = 8;

/**
 * Keeps the buffers of the assigned partitions filled: one request at a time to each broker, for the partitions that have
 * room. What is fetched and not taken, and what may be on the way, stays below `bufferBytes` but for batches that are larger.
 */
export class Fetcher {
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ReadSettings;
  readonly #host: FetcherHost;
  readonly #signal: AbortSignal;
  readonly #recovery: PartitionRecovery;
  readonly #sources = new Map<number, Source>();
  readonly #running = new Set<Promise<void>>();
  /** In the order in which they are asked for, and taken from; it turns. */
  #partitions: AssignedPartition[] = [];
  #reservedBytes = 0;
  #isPumpQueued = false;

  constructor(world: ClientWorld, cluster: Cluster, settings: ReadSettings, host: FetcherHost, signal: AbortSignal) {
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#host = host;
    this.#signal = signal;
    const recoveryHost = {
      ready: () => host.ready(),
      outOfRange: (partition: AssignedPartition, offset: number) => host.outOfRange(partition, offset),
      fail: (error: unknown) => host.fail(error),
      pump: () => this.pump(),
      track: (work: Promise<void>) => this.#track(work),
    };
    this.#recovery = new PartitionRecovery(world, cluster, settings, recoveryHost, signal);
  }

  /** Bytes fetched and not taken. */
  get bufferedBytes(): number {
    return this.#partitions.reduce((sum, { bufferedBytes }) => sum + bufferedBytes, 0);
  }

  add(partitions: readonly AssignedPartition[]): void {
    this.#partitions.push(...partitions);
    this.pump();
  }

  remove(partitions: readonly AssignedPartition[]): void {
    const gone = new Set(partitions);
    this.#partitions = this.#partitions.filter((partition) => !gone.has(partition));
  }

  /** The next slice to hand out, of one partition or of any; partitions take turns. */
  take(only?: AssignedPartition): { readonly partition: AssignedPartition; readonly slice: FetchedSlice } | undefined {
    const index = this.#partitions.findIndex(
      (partition) => partition.canBeRead && (only === undefined || only === partition),
    );
    const partition = this.#partitions[index];
    if (partition === undefined) return undefined;
    this.#partitions.splice(index, 1);
    this.#partitions.push(partition);
    const wasFull = this.#isFull(partition);
    const slice = partition.takeSlice();
    if (wasFull && !this.#isFull(partition)) {
      const nodeId = this.#nodeOf(partition);
      if (nodeId !== undefined) this.#source(nodeId).shortWaitMs = shortestWaitMs;
    }
    this.pump();
    return slice === undefined ? undefined : { partition, slice };
  }

  /** Asks for what there is room for, at the end of this turn. */
  pump(): void {
    if (this.#isPumpQueued || this.#signal.aborted) return;
    this.#isPumpQueued = true;
    this.#world.timers.endOfTurn(() => {
      this.#isPumpQueued = false;
      if (!this.#signal.aborted) this.#pumpNow();
    });
  }

  /** Resolves when nothing runs any more; the signal has aborted before. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #pumpNow(): void {
    const wanted = new Map<number, Wanted>();
    const unchecked = new Map<number, AssignedPartition[]>();
    for (const partition of this.#partitions) {
      const { topic, isAskable, position, checkedEpoch } = partition;
      if (!isAskable || position === undefined) continue;
      const leader = this.#cluster.leaderOf(topic, partition.partition);
      const topicId = this.#cluster.topic(topic)?.topicId ?? zeroUuid;
      if (topicId !== zeroUuid) partition.topicId ??= topicId;
      if (topicId !== zeroUuid && partition.topicId !== topicId) {
        this.#recovery.anotherTopic(partition, topicId);
      } else if (partition.divergence !== undefined) {
        this.#recovery.settle(partition);
      } else if (leader === undefined) {
        this.#recovery.refreshLater(topic);
      } else if (this.#isOutdated(partition, leader.epoch)) {
        const error = new KafkaProtocolError(
          "UNKNOWN_LEADER_EPOCH",
          `metadata of topic ${topic} is older than its records`,
        );
        this.#recovery.pause(partition, error);
      } else if (leader.epoch !== checkedEpoch && leader.epoch >= 0 && partition.leaderEpochBefore(position) >= 0) {
        unchecked.set(leader.nodeId, [...(unchecked.get(leader.nodeId) ?? []), partition]);
      } else {
        const nodeId = this.#nodeOf(partition) ?? leader.nodeId;
        const there = wanted.get(nodeId) ?? { partitions: [], hasFullOnes: false };
        wanted.set(nodeId, there);
        if (this.#isFull(partition)) there.hasFullOnes = true;
        else there.partitions.push(partition);
      }
    }
    for (const [nodeId, partitions] of unchecked) this.#recovery.check(nodeId, partitions);
    for (const [nodeId, there] of wanted) this.#ask(this.#source(nodeId), there);
  }

  /**
   * Whether metadata names a leader that others have followed since: what was read is of a later one. To be asked it would say that it
   * has never heard of that. Metadata that stays so is of a log that lost its past.
   */
  #isOutdated(partition: AssignedPartition, leaderEpoch: number): boolean {
    const { position = 0, failures } = partition;
    return leaderEpoch >= 0 && leaderEpoch < partition.leaderEpochBefore(position) && failures < outdatedTries;
  }

  /** The broker to fetch a partition from: its leader, or the nearer replica that it named (KIP-392). */
  #nodeOf(partition: AssignedPartition): number | undefined {
    const { nearReplica } = partition;
    const isNear =
      nearReplica !== undefined &&
      nearReplica.until > this.#world.clock.monotonic() &&
      this.#cluster.hasNode(nearReplica.nodeId);
    if (isNear) return nearReplica.nodeId;
    partition.nearReplica = undefined;
    return this.#cluster.leaderOf(partition.topic, partition.partition)?.nodeId;
  }

  #isFull({ bufferedBytes }: AssignedPartition): boolean {
    return bufferedBytes >= this.#settings.fetch.partitionMaxBytes;
  }

  #source(nodeId: number): Source {
    let source = this.#sources.get(nodeId);
    if (source === undefined) {
      const fetches = new BrokerFetches(this.#world, this.#cluster, this.#settings, nodeId, this.#signal);
      source = { fetches, shortWaitMs: shortestWaitMs };
      this.#sources.set(nodeId, source);
    }
    return source;
  }

  #ask(source: Source, { partitions, hasFullOnes }: Wanted): void {
    const { fetches } = source;
    const onFetched: OnFetched = (...fetched) => this.#take(fetches.nodeId, ...fetched);
    if (!fetches.isBusy) {
      const maxBytes = this.#roomFor(partitions);
      if (maxBytes === 0) return;
      // A full partition may be emptied while the broker holds the answer for those that are not, and would then wait for it.
      // So such questions are short, and grow longer while nothing is emptied.
      const { maxWaitMs } = this.#settings.fetch;
      const waitMs = hasFullOnes ? Math.min(maxWaitMs, source.shortWaitMs) : maxWaitMs;
      source.shortWaitMs = hasFullOnes ? Math.min(maxWaitMs, source.shortWaitMs * 2) : shortestWaitMs;
      this.#run(maxBytes, fetches.fetch({ partitions, maxBytes, waitMs }, onFetched));
      return;
    }
    // What begins while the broker holds an answer does not wait for it, and goes on so as long as there is more.
    const behind = fetches.isBusyAside ? [] : partitions.filter(({ isBehind }) => isBehind);
    const maxBytes = this.#roomFor(behind);
    if (maxBytes === 0) return;
    const onMore: OnFetched = (partition, ...fetched) => {
      const { position } = partition;
      onFetched(partition, ...fetched);
      partition.isBehind ||= partition.position !== position;
    };
    this.#run(maxBytes, fetches.fetchAside({ partitions: behind, maxBytes, waitMs: 0 }, onMore));
  }

  /** How many bytes may be asked for of these; 0 when none. */
  #roomFor(partitions: readonly AssignedPartition[]): number {
    if (partitions.length === 0) return 0;
    const { bufferBytes, maxBytes, partitionMaxBytes } = this.#settings.fetch;
    const usedBytes = this.bufferedBytes + this.#reservedBytes;
    const leftBytes = bufferBytes - usedBytes;
    if (usedBytes > 0 && leftBytes < Math.min(partitionMaxBytes, bufferBytes / 2)) return 0;
    return Math.min(maxBytes, Math.max(leftBytes, 1), partitions.length * partitionMaxBytes);
  }

  #run(reservedBytes: number, work: Promise<void>): void {
    this.#reservedBytes += reservedBytes;
    this.#track(
      work.finally(() => {
        this.#reservedBytes -= reservedBytes;
        this.pump();
      }),
    );
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        if (!this.#signal.aborted) this.#host.fail(error);
      })
      .finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  #take(nodeId: number, ...[partition, epoch, answer, nodes]: Parameters<OnFetched>): void {
    const { position } = partition;
    // Revoked, or sent elsewhere, while the answer was on its way.
    if (!partition.isAssigned || partition.epoch !== epoch || position === undefined) return;
    const code = errorCodeOf(answer.errorCode);
    if (code !== "NONE") {
      // A broker that is no longer the leader may name the new one (KIP-951): then there is nothing to wait for.
      if (this.#cluster.noteLeader(partition.topic, partition.partition, answer.currentLeader, nodes)) return;
      // A replica may be behind the leader in all that it knows: the leader is asked before anything is made of it.
      const isOfReplica = partition.nearReplica?.nodeId === nodeId;
      partition.nearReplica = undefined;
      this.#recovery.refused(
        partition,
        position,
        isOfReplica && code === "OFFSET_OUT_OF_RANGE" ? "OFFSET_NOT_AVAILABLE" : code,
      );
      return;
    }
    const { divergingEpoch, preferredReadReplica } = answer;
    if (divergingEpoch.epoch >= 0 && divergingEpoch.endOffset >= 0) {
      this.#recovery.diverged(partition, divergingEpoch);
      return;
    }
    if (preferredReadReplica >= 0) {
      const until = this.#world.clock.monotonic() + this.#cluster.metadataMaxAgeMs;
      partition.nearReplica = { nodeId: preferredReadReplica, until };
      partition.isBehind = true;
    }
    const { highWatermark, lastStableOffset } = answer;
    partition.highWatermark = highWatermark;
    partition.readableEnd = this.#settings.isReadCommitted && lastStableOffset >= 0 ? lastStableOffset : highWatermark;
    this.#keep(partition, position, answer);
  }

  #keep(partition: AssignedPartition, position: number, answer: FetchedPartition): void {
    const fetched = slicesOf(answer, position, this.#settings.isReadCommitted);
    const { slices, next, error } = fetched;
    partition.buffer(fetched);
    if (error !== undefined) {
      const tries = partition.failures + 1;
      if (tries >= corruptTries) partition.failure = new CorruptRecordsError(partition, next, error);
      else this.#recovery.pause(partition, error);
    } else if (slices.length > 0) {
      partition.failures = 0;
    }
    if (slices.length > 0 || partition.failure !== undefined) this.#host.ready();
  }
}
