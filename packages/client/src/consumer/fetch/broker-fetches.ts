import { errorCodeOf, type FetchResponse, fetch, KafkaProtocolError, zeroUuid } from "@ottla/protocol";
import type { ClientWorld, Cluster } from "../../cluster/cluster.js";
import { backoffMs } from "../../network/backoff.js";
import { channels, traced } from "../../telemetry/channels.js";
import { delay } from "../../world/delay.js";
import type { ReadSettings } from "../consumer-options.js";
import { isTransient } from "../membership/coordinator-link.js";
import { partitionKey } from "../topic-partition.js";
import type { AssignedPartition } from "./assigned-partition.js";
import { type FetchAsk, FetchSession, isSessionError, sessionless } from "./fetch-session.js";
import { fetchBackoff } from "./partition-recovery.js";

export type FetchedPartition = FetchResponse["responses"][number]["partitions"][number];

/** What one request asks for. */
export interface FetchQuestion {
  readonly partitions: readonly AssignedPartition[];
  readonly maxBytes: number;
  readonly waitMs: number;
}

/** Told of each partition of an answer. */
export type OnFetched = (
  partition: AssignedPartition,
  epoch: number,
  answer: FetchedPartition,
  nodes: FetchResponse["nodeEndpoints"],
) => void;

/**
 * Fetches from one broker: those that it may hold go one by one in a session; beside one that it holds, another may ask for
 * what came too late for it, outside the session, on a connection of its own.
 */
export class BrokerFetches {
  readonly nodeId: number;
  /** A fetch of the session is under way. */
  isBusy = false;
  /** One outside the session is. */
  isBusyAside = false;
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ReadSettings;
  readonly #signal: AbortSignal;
  readonly #session = new FetchSession();
  #failures = 0;

  constructor(world: ClientWorld, cluster: Cluster, settings: ReadSettings, nodeId: number, signal: AbortSignal) {
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.nodeId = nodeId;
    this.#signal = signal;
  }

  /** Fetches within the session; what may pass is waited for. @throws what will not pass by itself. */
  async fetch(question: FetchQuestion, onFetched: OnFetched): Promise<void> {
    this.isBusy = true;
    try {
      await this.#ask(question, "fetch", onFetched);
    } catch (error) {
      if (this.#signal.aborted) return;
      if (!isTransient(error)) throw error;
      await this.#failed(error, question.partitions);
    } finally {
      this.isBusy = false;
    }
  }

  /** Fetches beside the session, what is there without waiting. @throws what will not pass by itself. */
  async fetchAside(question: FetchQuestion, onFetched: OnFetched): Promise<void> {
    this.isBusyAside = true;
    try {
      await this.#ask(question, "fetchAside", onFetched);
    } catch (error) {
      if (this.#signal.aborted) return;
      if (!isTransient(error)) throw error;
      // The session's next fetch asks for the same.
      this.#settings.onEvent({ kind: "retrying", doing: `fetch from broker ${this.nodeId}`, error });
    } finally {
      this.isBusyAside = false;
    }
  }

  async #ask(
    { partitions, maxBytes, waitMs }: FetchQuestion,
    purpose: "fetch" | "fetchAside",
    onFetched: OnFetched,
  ): Promise<void> {
    const { minBytes } = this.#settings.fetch;
    const isInSession = purpose === "fetch";
    const asked = new Map<string, { readonly partition: AssignedPartition; readonly epoch: number }>();
    for (const partition of partitions) {
      asked.set(partitionKey(partition), { partition, epoch: partition.epoch });
      partition.askedEpoch = partition.epoch;
      partition.isBehind = false;
    }
    try {
      const hasIds = partitions.every(({ topic }) => (this.#cluster.topic(topic)?.topicId ?? zeroUuid) !== zeroUuid);
      const body = (version: number) => {
        const asks = partitions.map((partition) => this.#askOf(partition, version));
        return {
          maxWaitMs: waitMs,
          minBytes,
          maxBytes,
          isolationLevel: this.#settings.isReadCommitted ? 1 : 0,
          rackId: this.#settings.rack,
          ...(isInSession ? this.#session.request(asks, version >= 13) : sessionless(asks)),
        };
      };
      const ask = () =>
        this.#cluster.request({ node: this.nodeId, purpose }, fetch, body, {
          signal: this.#signal,
          timeoutMs: waitMs + this.#cluster.requestTimeoutMs,
          ...(!hasIds && { maxVersion: 12 }),
        });
      const told = () => ({
        nodeId: this.nodeId,
        partitions: partitions.map(({ topic, partition }) => ({ topic, partition })),
      });
      const response = await (channels.fetch.hasSubscribers
        ? traced(channels.fetch, this.#world.clock, told(), ask)
        : ask());
      const code = errorCodeOf(response.errorCode);
      if (code !== "NONE") {
        if (isInSession) this.#session.refused(code);
        throw new KafkaProtocolError(code, `fetch from broker ${this.nodeId}`);
      }
      if (isInSession) this.#session.answered(response, (topicId) => this.#cluster.topicNameOf(topicId));
      this.#failures = 0;
      for (const partition of partitions) partition.answeredAt = this.#world.clock.monotonic();
      for (const { topic, topicId, partitions: answers } of response.responses) {
        const name = topic === "" ? this.#cluster.topicNameOf(topicId) : topic;
        for (const answer of answers) {
          const question = asked.get(partitionKey({ topic: name ?? "", partition: answer.partitionIndex }));
          if (question !== undefined) onFetched(question.partition, question.epoch, answer, response.nodeEndpoints);
        }
      }
    } finally {
      for (const { partition, epoch } of asked.values()) {
        if (partition.askedEpoch === epoch) partition.askedEpoch = undefined;
      }
    }
  }

  #askOf(partition: AssignedPartition, version: number): FetchAsk {
    const { topic, partition: number, position = 0 } = partition;
    const leader = this.#cluster.leaderOf(topic, number);
    // Another replica than the leader may not have heard of the epoch yet.
    const isCompared = version >= 12 && leader?.nodeId === this.nodeId;
    return {
      topic,
      topicId: this.#cluster.topic(topic)?.topicId ?? zeroUuid,
      partition: number,
      currentLeaderEpoch: leader?.epoch ?? -1,
      fetchOffset: position,
      lastFetchedEpoch: isCompared ? partition.leaderEpochBefore(position) : -1,
      partitionMaxBytes: this.#settings.fetch.partitionMaxBytes,
    };
  }

  async #failed(error: unknown, partitions: readonly AssignedPartition[]): Promise<void> {
    const isSession = error instanceof KafkaProtocolError && isSessionError(error.code);
    if (!isSession) this.#session.lost();
    this.#failures += 1;
    this.#settings.onEvent({ kind: "retrying", doing: `fetch from broker ${this.nodeId}`, error });
    // The next request makes a new session, which is all that one lost costs.
    if (isSession && this.#failures === 1) return;
    for (const partition of partitions) {
      if (partition.nearReplica?.nodeId === this.nodeId) partition.nearReplica = undefined;
    }
    // Refreshed before the retry: the broker may be gone and its partitions led by others.
    await this.#cluster.refresh(undefined, { signal: this.#signal }).catch(() => {});
    const waitMs = backoffMs(fetchBackoff, this.#failures, this.#world.random);
    await delay(this.#world.timers, waitMs, this.#signal).catch(() => {});
  }
}
