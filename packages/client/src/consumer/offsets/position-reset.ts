import { KafkaProtocolError, protocolErrors } from "@ottla/protocol";
import type { ClientWorld, Cluster } from "../../cluster/cluster.js";
import { backoffMs } from "../../network/backoff.js";
import { delay } from "../../world/delay.js";
import { NoOffsetError } from "../consumer-errors.js";
import type { ReadSettings, StartPosition } from "../consumer-options.js";
import type { AssignedPartition } from "../fetch/assigned-partition.js";
import { isTransient } from "../membership/coordinator-link.js";
import { partitionKey } from "../topic-partition.js";
import { startOffsets } from "./offset-lookup.js";

/** Begins partitions where `from` says. Asks leaders again until they know, or the partition is gone. */
export class PositionReset {
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ReadSettings;
  readonly #signal: AbortSignal;

  constructor(world: ClientWorld, cluster: Cluster, settings: ReadSettings, signal: AbortSignal) {
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#signal = signal;
  }

  /** Begins each partition where `from` says. @throws what will not pass by itself. */
  async reset(partitions: readonly AssignedPartition[], outOfRange: number | undefined): Promise<void> {
    const { from } = this.#settings;
    if (from !== "none") return this.begin(partitions, from, outOfRange);
    for (const partition of partitions) partition.failure = new NoOffsetError(partition, outOfRange);
  }

  /** Begins each partition at its start, its end or a time, unless it begins elsewhere meanwhile. @throws what will not pass by itself. */
  async begin(
    partitions: readonly AssignedPartition[],
    at: StartPosition,
    outOfRange: number | undefined,
  ): Promise<void> {
    const epochs = new Map(partitions.map((partition) => [partition, partition.epoch]));
    const isWanted = (partition: AssignedPartition): boolean =>
      partition.isAssigned && partition.epoch === epochs.get(partition);
    let left = partitions.filter(isWanted);
    for (let failures = 0; left.length > 0; left = left.filter(isWanted)) {
      if (failures > 0) await this.#backOff(failures);
      left = (await this.#resetOnce(left, at, outOfRange, isWanted)) ?? [];
      failures += 1;
    }
  }

  /** Answers the partitions whose leaders could not say. */
  async #resetOnce(
    partitions: readonly AssignedPartition[],
    at: StartPosition,
    outOfRange: number | undefined,
    isWanted: (partition: AssignedPartition) => boolean,
  ): Promise<AssignedPartition[] | undefined> {
    const { isReadCommitted, onEvent } = this.#settings;
    const which = typeof at === "string" ? `${at} offset` : `offset at time ${at.timestamp}`;
    const found = await this.untilAnswered(`${which} of partitions`, partitions, async () => {
      await this.#cluster.topics([...new Set(partitions.map(({ topic }) => topic))], { signal: this.#signal });
      return startOffsets(this.#cluster, partitions, { at, isReadCommitted, signal: this.#signal });
    });
    if (found === undefined) return undefined;
    const answers = new Map(found.map((answer) => [partitionKey(answer.partition), answer]));
    const left: AssignedPartition[] = [];
    for (const partition of partitions) {
      const { topic } = partition;
      const { code, offset, leaderEpoch } = answers.get(partitionKey(partition)) ?? {
        code: "UNKNOWN_TOPIC_OR_PARTITION",
        offset: -1,
        leaderEpoch: -1,
      };
      if (code === "NONE") {
        if (!isWanted(partition)) continue;
        partition.begin(offset, leaderEpoch);
        // Its leader has just said so.
        partition.checkedEpoch = this.#cluster.leaderOf(topic, partition.partition)?.epoch ?? -1;
        const before = outOfRange === undefined ? undefined : BigInt(outOfRange);
        onEvent({ kind: "offsetReset", topic, partition: partition.partition, from: before, to: BigInt(offset) });
      } else {
        const error = new KafkaProtocolError(code, `${which} of topic ${topic}, partition ${partition.partition}`);
        if (!protocolErrors[code].retriable) throw error;
        onEvent({ kind: "retrying", doing: `find the ${which} of ${partitionKey(partition)}`, error });
        this.#cluster.invalidate(topic);
        left.push(partition);
      }
    }
    return left;
  }

  /** Asks until there is an answer; undefined when nobody wants it any more. @throws what will not pass by itself. */
  async untilAnswered<T>(
    doing: string,
    partitions: readonly AssignedPartition[],
    ask: () => Promise<T>,
  ): Promise<T | undefined> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await ask();
      } catch (error) {
        if (this.#signal.aborted) return undefined;
        if (!isTransient(error)) throw error;
        this.#settings.onEvent({ kind: "retrying", doing, error });
      }
      await this.#backOff(failures);
      if (partitions.every(({ isAssigned }) => !isAssigned)) return undefined;
      // The leader, or the broker that was asked, may be another by now. The next try shows what this one could not.
      await this.#cluster.refresh(undefined, { signal: this.#signal }).catch(() => {});
    }
  }

  #backOff(failures: number): Promise<void> {
    const waitMs = backoffMs({ baseMs: 100, maxMs: 1_000 }, failures, this.#world.random);
    return delay(this.#world.timers, waitMs, this.#signal);
  }
}
