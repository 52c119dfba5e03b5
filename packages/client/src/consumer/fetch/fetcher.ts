import {
  errorCodeOf,
  type FetchRequestInput,
  type FetchResponse,
  fetch,
  KafkaProtocolError,
  type ProtocolErrorCode,
  protocolErrors,
  zeroUuid,
} from "@ottla/protocol";
import type { ClientWorld, Cluster } from "../../cluster/cluster.js";
import type { Node } from "../../cluster/topic-metadata.js";
import { backoffMs } from "../../network/backoff.js";
import { delay } from "../../world/delay.js";
import { CorruptRecordsError } from "../consumer-errors.js";
import type { ReadSettings } from "../consumer-options.js";
import { isTransient } from "../membership/coordinator-link.js";
import { partitionKey } from "../topic-partition.js";
import type { AssignedPartition } from "./assigned-partition.js";
import { type FetchedSlice, slicesOf } from "./fetched-slices.js";

type FetchedPartition = FetchResponse["responses"][number]["partitions"][number];

/** What a fetcher tells the consumer it is of. */
export interface FetcherHost {
  /** There is something to take, or to fail with. */
  ready(): void;
  /** A partition's offset is not in the log. Resolves when it has begun elsewhere. */
  outOfRange(partition: AssignedPartition, offset: number): Promise<void>;
  fail(error: unknown): void;
}

interface Leader {
  isBusy: boolean;
  failures: number;
  /** How long it may hold an answer while partitions with full buffers are left out of the question. */
  shortWaitMs: number;
}

const backoff = { baseMs: 100, maxMs: 1_000 };
/** Fetches of the same damaged bytes before they are taken to be damaged in the log, and not on the way. */
const corruptTries = 3;
const shortestWaitMs = 10;
/** How long a broker may take for an answer, beyond the time it was told to wait. */
const answerTimeoutMs = 30_000;

/**
 * Keeps the buffers of the assigned partitions filled: one request at a time to each leader, for the partitions that have
 * room. What is fetched and not taken, and what may be on the way, stays below `bufferBytes` but for batches that are larger.
 */
export class Fetcher {
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ReadSettings;
  readonly #host: FetcherHost;
  readonly #signal: AbortSignal;
  readonly #leaders = new Map<number, Leader>();
  readonly #running = new Set<Promise<void>>();
  /** In the order in which they are asked for, and taken from; it turns. */
  #partitions: AssignedPartition[] = [];
  #reservedBytes = 0;
  #isPumpQueued = false;
  #isRefreshing = false;

  constructor(world: ClientWorld, cluster: Cluster, settings: ReadSettings, host: FetcherHost, signal: AbortSignal) {
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#host = host;
    this.#signal = signal;
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
      const leader = this.#cluster.leaderOf(partition.topic, partition.partition);
      if (leader !== undefined) this.#leader(leader.nodeId).shortWaitMs = shortestWaitMs;
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
    const wanted = new Map<number, AssignedPartition[]>();
    const withFullOnes = new Set<number>();
    for (const partition of this.#partitions) {
      const { topic, isBusy, isHalted, isPaused, failure, position } = partition;
      if (isBusy || isHalted || isPaused || failure !== undefined || position === undefined) continue;
      const leader = this.#cluster.leaderOf(topic, partition.partition);
      if (leader === undefined) this.#refreshLater(topic);
      else if (this.#isFull(partition)) withFullOnes.add(leader.nodeId);
      else wanted.set(leader.nodeId, [...(wanted.get(leader.nodeId) ?? []), partition]);
    }
    for (const [nodeId, partitions] of wanted) {
      if (this.#leader(nodeId).isBusy) continue;
      this.#request(nodeId, partitions, withFullOnes.has(nodeId));
    }
  }

  #isFull({ bufferedBytes }: AssignedPartition): boolean {
    return bufferedBytes >= this.#settings.fetch.partitionMaxBytes;
  }

  #leader(nodeId: number): Leader {
    let leader = this.#leaders.get(nodeId);
    if (leader === undefined) {
      leader = { isBusy: false, failures: 0, shortWaitMs: shortestWaitMs };
      this.#leaders.set(nodeId, leader);
    }
    return leader;
  }

  #request(nodeId: number, partitions: readonly AssignedPartition[], hasFullOnes: boolean): void {
    const { bufferBytes, maxBytes, partitionMaxBytes } = this.#settings.fetch;
    const usedBytes = this.bufferedBytes + this.#reservedBytes;
    const leftBytes = bufferBytes - usedBytes;
    if (usedBytes > 0 && leftBytes < Math.min(partitionMaxBytes, bufferBytes / 2)) return;
    const askedBytes = Math.min(maxBytes, Math.max(leftBytes, 1), partitions.length * partitionMaxBytes);
    const leader = this.#leader(nodeId);
    leader.isBusy = true;
    this.#reservedBytes += askedBytes;
    this.#track(
      this.#fetch(nodeId, leader, partitions, askedBytes, hasFullOnes).finally(() => {
        leader.isBusy = false;
        this.#reservedBytes -= askedBytes;
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

  async #fetch(
    nodeId: number,
    leader: Leader,
    partitions: readonly AssignedPartition[],
    maxBytes: number,
    hasFullOnes: boolean,
  ): Promise<void> {
    // A full partition may be emptied while the broker holds the answer for those that are not, and would then wait for it.
    // So such questions are short, and grow longer while nothing is emptied.
    const { maxWaitMs } = this.#settings.fetch;
    const waitMs = hasFullOnes ? Math.min(maxWaitMs, leader.shortWaitMs) : maxWaitMs;
    leader.shortWaitMs = hasFullOnes ? Math.min(maxWaitMs, leader.shortWaitMs * 2) : shortestWaitMs;
    const asked = new Map(
      partitions.map((partition) => [partitionKey(partition), { partition, epoch: partition.epoch }]),
    );
    try {
      const hasIds = partitions.every(({ topic }) => (this.#cluster.topic(topic)?.topicId ?? zeroUuid) !== zeroUuid);
      const response = await this.#cluster.request(
        { node: nodeId, purpose: "fetch" },
        fetch,
        this.#bodyOf(partitions, maxBytes, waitMs),
        { signal: this.#signal, timeoutMs: waitMs + answerTimeoutMs, ...(!hasIds && { maxVersion: 12 }) },
      );
      const code = errorCodeOf(response.errorCode);
      if (code !== "NONE") throw new KafkaProtocolError(code, `fetch from broker ${nodeId}`);
      leader.failures = 0;
      for (const { topic, topicId, partitions: answers } of response.responses) {
        const name = topic === "" ? this.#cluster.topicNameOf(topicId) : topic;
        for (const answer of answers) {
          const question = asked.get(partitionKey({ topic: name ?? "", partition: answer.partitionIndex }));
          if (question !== undefined) this.#take(question.partition, question.epoch, answer, response.nodeEndpoints);
        }
      }
    } catch (error) {
      if (this.#signal.aborted) return;
      if (!isTransient(error)) throw error;
      leader.failures += 1;
      this.#settings.onEvent({ kind: "retrying", doing: `fetch from broker ${nodeId}`, error });
      // Refreshed before the retry: the broker may be gone and its partitions led by others.
      await this.#cluster.refresh(undefined, { signal: this.#signal }).catch(() => {});
      await delay(this.#world.timers, backoffMs(backoff, leader.failures, this.#world.random), this.#signal);
    }
  }

  #bodyOf(partitions: readonly AssignedPartition[], maxBytes: number, maxWaitMs: number): FetchRequestInput {
    const { minBytes, partitionMaxBytes } = this.#settings.fetch;
    type AskedTopic = FetchRequestInput["topics"][number];
    const topics = new Map<string, AskedTopic & { readonly partitions: AskedTopic["partitions"][number][] }>();
    // In the order of their turns: the broker fills an answer from the front.
    for (const { topic, partition, position } of partitions) {
      let entry = topics.get(topic);
      if (entry === undefined) {
        entry = { topic, topicId: this.#cluster.topic(topic)?.topicId ?? zeroUuid, partitions: [] };
        topics.set(topic, entry);
      }
      entry.partitions.push({
        partition,
        currentLeaderEpoch: this.#cluster.leaderOf(topic, partition)?.epoch ?? -1,
        fetchOffset: position ?? 0,
        partitionMaxBytes,
      });
    }
    const isolationLevel = this.#settings.isReadCommitted ? 1 : 0;
    return {
      maxWaitMs,
      minBytes,
      maxBytes,
      isolationLevel,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [...topics.values()],
    };
  }

  #take(partition: AssignedPartition, epoch: number, answer: FetchedPartition, nodes: readonly Node[]): void {
    const { position } = partition;
    // Revoked, or sent elsewhere, while the answer was on its way.
    if (!partition.isAssigned || partition.epoch !== epoch || position === undefined) return;
    const code = errorCodeOf(answer.errorCode);
    if (code !== "NONE") {
      // A broker that is no longer the leader may name the new one (KIP-951): then there is nothing to wait for.
      if (this.#cluster.noteLeader(partition.topic, partition.partition, answer.currentLeader, nodes)) return;
      this.#refused(partition, position, code);
      return;
    }
    partition.highWatermark = answer.highWatermark;
    const { slices, next, error } = slicesOf(answer, position, this.#settings.isReadCommitted);
    partition.buffer(slices, next);
    if (error !== undefined) {
      const tries = partition.failures + 1;
      if (tries >= corruptTries) partition.failure = new CorruptRecordsError(partition, next, error);
      else this.#pause(partition, error);
    } else if (slices.length > 0) {
      partition.failures = 0;
    }
    if (slices.length > 0 || partition.failure !== undefined) this.#host.ready();
  }

  #refused(partition: AssignedPartition, position: number, code: ProtocolErrorCode): void {
    const { topic } = partition;
    if (code === "OFFSET_OUT_OF_RANGE" && partition.isDrained) {
      partition.isBusy = true;
      this.#track(
        this.#host.outOfRange(partition, position).finally(() => {
          partition.isBusy = false;
          this.#host.ready();
          this.pump();
        }),
      );
      return;
    }
    const error = new KafkaProtocolError(
      code,
      `fetch of topic ${topic}, partition ${partition.partition}, offset ${position}`,
    );
    // Beginning elsewhere drops what was fetched before and may be gone from the log: that is handed out first.
    const mayPass = code === "OFFSET_OUT_OF_RANGE" || code === "UNKNOWN_SERVER_ERROR" || protocolErrors[code].retriable;
    if (!mayPass) {
      partition.failure = error;
      this.#host.ready();
      return;
    }
    this.#pause(partition, error);
  }

  /** Leaves a partition out until its metadata is new and its backoff over. */
  #pause(partition: AssignedPartition, error: unknown): void {
    partition.isBusy = true;
    partition.failures += 1;
    this.#settings.onEvent({ kind: "retrying", doing: `fetch ${partitionKey(partition)}`, error });
    const waitMs = backoffMs(backoff, partition.failures, this.#world.random);
    const pause = async () => {
      await this.#cluster.refresh([partition.topic], { signal: this.#signal }).catch(() => {});
      await delay(this.#world.timers, waitMs, this.#signal);
    };
    this.#track(
      pause().finally(() => {
        partition.isBusy = false;
        this.pump();
      }),
    );
  }

  /** Some partition has no leader: asks for metadata after a while, once for all. */
  #refreshLater(topic: string): void {
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    const refresh = async () => {
      await this.#cluster.refresh([topic], { signal: this.#signal }).catch((error: unknown) => {
        if (!this.#signal.aborted) this.#settings.onEvent({ kind: "retrying", doing: `metadata of ${topic}`, error });
      });
      await delay(this.#world.timers, backoff.baseMs, this.#signal);
    };
    this.#track(
      refresh().finally(() => {
        this.#isRefreshing = false;
        this.pump();
      }),
    );
  }
}
