import { KafkaProtocolError, protocolErrors } from "@ottla/protocol";
import type { ClientWorld, Cluster } from "../../cluster/cluster.js";
import { backoffMs } from "../../network/backoff.js";
import { delay } from "../../world/delay.js";
import { NoOffsetError } from "../consumer-errors.js";
import type { ConsumerSettings } from "../consumer-options.js";
import type { AssignedPartition } from "../fetch/assigned-partition.js";
import { type CoordinatorLink, isTransient } from "../membership/coordinator-link.js";
import { partitionKey } from "../topic-partition.js";
import { boundaryOffsets, committedOffsets } from "./offset-lookup.js";

/** Finds where to begin: at the committed offset, else where `from` says. Asks again until it knows, or the partition is gone. */
export class PositionFinder {
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #link: CoordinatorLink;
  readonly #settings: ConsumerSettings;
  readonly #signal: AbortSignal;

  constructor(
    world: ClientWorld,
    cluster: Cluster,
    link: CoordinatorLink,
    settings: ConsumerSettings,
    signal: AbortSignal,
  ) {
    this.#world = world;
    this.#cluster = cluster;
    this.#link = link;
    this.#settings = settings;
    this.#signal = signal;
  }

  /** Begins each partition at its committed offset. @throws what will not pass by itself. */
  async findCommitted(partitions: readonly AssignedPartition[]): Promise<void> {
    const { isReadCommitted, groupId } = this.#settings;
    const offsets = await this.#untilAnswered(`committed offsets of group "${groupId}"`, partitions, () =>
      committedOffsets(this.#link, partitions, { isReadCommitted, signal: this.#signal }),
    );
    if (offsets === undefined) return;
    const without: AssignedPartition[] = [];
    for (const partition of partitions) {
      const committed = offsets.get(partitionKey(partition));
      if (committed === undefined) {
        without.push(partition);
      } else {
        partition.begin(committed);
        partition.committed = committed;
      }
    }
    await this.reset(without, undefined);
  }

  /** Begins each partition where `from` says. @throws what will not pass by itself. */
  async reset(partitions: readonly AssignedPartition[], outOfRange: number | undefined): Promise<void> {
    const { from } = this.#settings;
    if (from === "none") {
      for (const partition of partitions) partition.failure = new NoOffsetError(partition, outOfRange);
      return;
    }
    let left = partitions.filter(({ isAssigned }) => isAssigned);
    for (let failures = 0; left.length > 0; left = left.filter(({ isAssigned }) => isAssigned)) {
      if (failures > 0) await this.#backOff(failures);
      left = (await this.#resetOnce(left, from, outOfRange)) ?? [];
      failures += 1;
    }
  }

  /** Answers the partitions whose leaders could not say. */
  async #resetOnce(
    partitions: readonly AssignedPartition[],
    at: "earliest" | "latest",
    outOfRange: number | undefined,
  ): Promise<AssignedPartition[] | undefined> {
    const { isReadCommitted, onEvent } = this.#settings;
    const found = await this.#untilAnswered(`${at} offsets`, partitions, async () => {
      await this.#cluster.topics([...new Set(partitions.map(({ topic }) => topic))], { signal: this.#signal });
      return boundaryOffsets(this.#cluster, partitions, { at, isReadCommitted, signal: this.#signal });
    });
    if (found === undefined) return undefined;
    const answers = new Map(found.map((answer) => [partitionKey(answer.partition), answer]));
    const left: AssignedPartition[] = [];
    for (const partition of partitions) {
      const { topic, isAssigned } = partition;
      const { code, offset } = answers.get(partitionKey(partition)) ?? {
        code: "UNKNOWN_TOPIC_OR_PARTITION",
        offset: -1,
      };
      if (code === "NONE") {
        if (!isAssigned) continue;
        partition.begin(offset);
        const before = outOfRange === undefined ? undefined : BigInt(outOfRange);
        onEvent({ kind: "offsetReset", topic, partition: partition.partition, from: before, to: BigInt(offset) });
      } else {
        const error = new KafkaProtocolError(code, `${at} offset of topic ${topic}, partition ${partition.partition}`);
        if (!protocolErrors[code].retriable) throw error;
        onEvent({ kind: "retrying", doing: `find the ${at} offset of ${partitionKey(partition)}`, error });
        this.#cluster.invalidate(topic);
        left.push(partition);
      }
    }
    return left;
  }

  /** Undefined when nobody wants the answer any more. */
  async #untilAnswered<T>(
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
