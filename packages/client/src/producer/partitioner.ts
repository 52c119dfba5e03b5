import { murmur2 } from "@ottla/protocol";
import type { Random } from "@ottla/world";
import type { RawRecord } from "../contract/raw-record.js";

/**
 * Chooses the partition of a record that names none: a number from 0 to `partitionCount` - 1. Must depend on nothing that
 * changes, where records of one key are to stay in order; so `leaderOf`, the node id of a partition's leader or -1, is for records
 * without a key.
 */
export type Partitioner = (
  record: RawRecord,
  partitionCount: number,
  leaderOf: (partition: number) => number,
) => number;

/** Where Kafka's Java client puts a key: every client that shares the topic should agree. */
export const partitionOfKey = (key: Uint8Array, partitionCount: number): number =>
  (murmur2(key) & 0x7fff_ffff) % partitionCount;

/**
 * Spreads records without a key: it stays with one partition for about a batch's worth of bytes, then goes to another at
 * random, among those with a leader: batches fill up (KIP-480). Where all brokers keep up, all partitions get the same in the long run;
 * one that has batches waiting is chosen the less the more they are (KIP-794).
 */
export class StickyPartition {
  readonly #random: Random;
  readonly #stickyBytes: number;
  #partition = -1;
  #bytes = 0;

  constructor(random: Random, stickyBytes: number) {
    this.#random = random;
    this.#stickyBytes = stickyBytes;
  }

  /** The partition for the next record, of `bytes` bytes. */
  next(
    bytes: number,
    partitionCount: number,
    hasLeader: (partition: number) => boolean,
    waitingBatches: (partition: number) => number,
  ): number {
    if (this.#partition < 0 || this.#partition >= partitionCount || this.#bytes >= this.#stickyBytes) {
      this.#partition = this.#pick(partitionCount, hasLeader, waitingBatches);
      this.#bytes = 0;
    }
    this.#bytes += bytes;
    return this.#partition;
  }

  #pick(
    partitionCount: number,
    hasLeader: (partition: number) => boolean,
    waitingBatches: (partition: number) => number,
  ): number {
    const all = Array.from({ length: partitionCount }, (_, partition) => partition);
    const led = all.filter((partition) => hasLeader(partition));
    const candidates = led.length > 0 ? led : all;
    const waiting = candidates.map((partition) => waitingBatches(partition));
    const most = Math.max(...waiting);
    // The longest queue has weight 1, an empty one as many as the longest has batches and one more.
    let at = this.#random.next() * waiting.reduce((sum, each) => sum + most - each + 1, 0);
    for (const [index, partition] of candidates.entries()) {
      at -= most - (waiting[index] ?? 0) + 1;
      if (at < 0) return partition;
    }
    return candidates.at(-1) ?? 0;
  }
}
