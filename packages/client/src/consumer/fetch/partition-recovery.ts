import { KafkaProtocolError, type ProtocolErrorCode, protocolErrors } from "@ottla/protocol";
import type { ClientWorld, Cluster } from "../../cluster/cluster.js";
import { backoffMs } from "../../network/backoff.js";
import { delay } from "../../world/delay.js";
import { LogTruncatedError } from "../consumer-errors.js";
import type { ReadSettings } from "../consumer-options.js";
import { isTransient } from "../membership/coordinator-link.js";
import { partitionKey } from "../topic-partition.js";
import type { AssignedPartition, Divergence } from "./assigned-partition.js";
import type { FetcherHost } from "./fetcher.js";
import { checkPositions, type PositionVerdict } from "./position-check.js";

/** How a recovery speaks to the fetcher it is of. */
interface RecoveryHost extends FetcherHost {
  /** Looks again at what there is to ask for. */
  pump(): void;
  track(work: Promise<void>): void;
}

export const fetchBackoff = { baseMs: 100, maxMs: 1_000 };

/** What becomes of partitions that a broker refuses to read from, or whose log is no longer what was read of it. */
export class PartitionRecovery {
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ReadSettings;
  readonly #host: RecoveryHost;
  readonly #signal: AbortSignal;
  #isRefreshing = false;

  constructor(world: ClientWorld, cluster: Cluster, settings: ReadSettings, host: RecoveryHost, signal: AbortSignal) {
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#host = host;
    this.#signal = signal;
  }

  /** Leaves a partition out until its metadata is new and its backoff over. */
  pause(partition: AssignedPartition, error: unknown): void {
    partition.failures += 1;
    this.#settings.onEvent({ kind: "retrying", doing: `fetch ${partitionKey(partition)}`, error });
    const waitMs = backoffMs(fetchBackoff, partition.failures, this.#world.random);
    this.#meanwhile([partition], async () => {
      await this.#cluster.refresh([partition.topic], { signal: this.#signal }).catch(() => {});
      await delay(this.#world.timers, waitMs, this.#signal);
    });
  }

  /** A broker answered a fetch from `position` with an error. */
  refused(partition: AssignedPartition, position: number, code: ProtocolErrorCode): void {
    if (code === "OFFSET_OUT_OF_RANGE" && partition.isDrained) {
      this.#meanwhile([partition], () => this.#outOfRange(partition, position));
      return;
    }
    const where = `fetch of topic ${partition.topic}, partition ${partition.partition}, offset ${position}`;
    const error = new KafkaProtocolError(code, where);
    // Beginning elsewhere drops what was fetched before and may be gone from the log: that is handed out first.
    const mayPass = code === "OFFSET_OUT_OF_RANGE" || code === "UNKNOWN_SERVER_ERROR" || protocolErrors[code].retriable;
    if (mayPass) this.pause(partition, error);
    else this.#fail(partition, error);
  }

  /** Asks the leader whether its log still has what was read of these, and leaves them out until it has answered. */
  check(nodeId: number, partitions: readonly AssignedPartition[]): void {
    const leaderEpochs = partitions.map((partition) => ({
      partition,
      epoch: partition.epoch,
      leaderEpoch: this.#cluster.leaderOf(partition.topic, partition.partition)?.epoch ?? -1,
    }));
    this.#meanwhile(partitions, async () => {
      const verdicts = await this.#verdicts(nodeId, partitions);
      for (const { partition, epoch, leaderEpoch } of leaderEpochs) {
        if (!partition.isAssigned || partition.epoch !== epoch) continue;
        const verdict = verdicts.get(partition);
        if (verdict?.kind === "same") partition.checkedEpoch = leaderEpoch;
        else if (verdict !== undefined) this.#unlike(partition, verdict);
      }
    });
  }

  /** The log no longer has all that was read of a partition. */
  diverged(partition: AssignedPartition, divergence: Divergence): void {
    partition.divergence = divergence;
    this.settle(partition);
  }

  /** The topic was made anew under its name: nothing that was known of the partition holds of it. */
  anotherTopic(partition: AssignedPartition, topicId: string): void {
    if (!this.#isSettled(partition)) return;
    partition.topicId = topicId;
    this.#meanwhile([partition], () => this.#host.outOfRange(partition, partition.position ?? 0));
  }

  /** Goes on where the log and what was read part, or stops there, once what was fetched before is done. */
  settle(partition: AssignedPartition): void {
    const { divergence, position } = partition;
    if (divergence === undefined || position === undefined) return;
    const { topic, partition: number } = partition;
    const mayStop = this.#settings.onTruncation === "stop";
    if (!this.#isSettled(partition, mayStop)) return;
    const isKnown = divergence.epoch >= 0 && divergence.endOffset >= 0;
    const end = isKnown ? partition.endOfCommon(divergence) : undefined;
    const leaderEpoch = partition.leaderEpochBefore(position);
    const error = new LogTruncatedError(partition, { offset: position, leaderEpoch, end });
    if (mayStop) {
      this.#fail(partition, error);
      return;
    }
    this.#settings.onEvent({ kind: "logTruncated", topic, partition: number, error });
    if (end !== undefined) {
      partition.begin(end, divergence.epoch);
      this.#host.pump();
    } else {
      partition.divergence = undefined;
      this.#meanwhile([partition], () => this.#host.outOfRange(partition, position));
    }
  }

  /** Some partition has no leader: asks for metadata after a while, once for all. */
  refreshLater(topic: string): void {
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    const refresh = async () => {
      await this.#cluster.refresh([topic], { signal: this.#signal }).catch((error: unknown) => {
        if (!this.#signal.aborted) this.#settings.onEvent({ kind: "retrying", doing: `metadata of ${topic}`, error });
      });
      await delay(this.#world.timers, fetchBackoff.baseMs, this.#signal);
    };
    this.#host.track(
      refresh().finally(() => {
        this.#isRefreshing = false;
        this.#host.pump();
      }),
    );
  }

  /** Whether what was fetched is handed out, and done: a later look is taken when it is not. */
  #isSettled(partition: AssignedPartition, mayBeUndone = false): boolean {
    if (partition.isDrained && (partition.outstanding === 0 || mayBeUndone)) return true;
    this.#meanwhile([partition], () => delay(this.#world.timers, fetchBackoff.baseMs, this.#signal));
    return false;
  }

  /** An offset may be out of range since the log was cut below it, and not since it was passed by: then the cut is where to go on. */
  async #outOfRange(partition: AssignedPartition, position: number): Promise<void> {
    const leader = this.#cluster.leaderOf(partition.topic, partition.partition);
    if (leader !== undefined && partition.leaderEpochBefore(position) >= 0) {
      const verdict = (await this.#verdicts(leader.nodeId, [partition])).get(partition);
      if (verdict === undefined) return;
      if (verdict.kind !== "same") return this.#unlike(partition, verdict);
    }
    await this.#host.outOfRange(partition, position);
  }

  #unlike(partition: AssignedPartition, verdict: Exclude<PositionVerdict, { kind: "same" }>): void {
    if (verdict.kind === "diverged") partition.divergence = verdict.divergence;
    else this.refused(partition, partition.position ?? 0, verdict.code);
  }

  /** Empty, and the partitions paused, when the leader did not answer. */
  async #verdicts(nodeId: number, partitions: readonly AssignedPartition[]) {
    try {
      return await checkPositions(this.#cluster, nodeId, partitions, this.#signal);
    } catch (error) {
      if (this.#signal.aborted || !isTransient(error)) throw error;
      for (const partition of partitions) this.pause(partition, error);
      return new Map<AssignedPartition, PositionVerdict>();
    }
  }

  #fail(partition: AssignedPartition, error: Error): void {
    partition.failure = error;
    this.#host.ready();
  }

  /** Leaves partitions out while something is done for them. */
  #meanwhile(partitions: readonly AssignedPartition[], work: () => Promise<void>): void {
    for (const partition of partitions) partition.waits += 1;
    this.#host.track(
      work().finally(() => {
        for (const partition of partitions) partition.waits -= 1;
        this.#host.ready();
        this.#host.pump();
      }),
    );
  }
}
