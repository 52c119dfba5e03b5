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
 * random, among those with a leader (KIP-480, KIP-794). Batches fill up, and in the long run all partitions get the same.
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
  next(bytes: number, partitionCount: number, hasLeader: (partition: number) => boolean): number {
    if (this.#partition < 0 || this.#partition >= partitionCount || this.#bytes >= this.#stickyBytes) {
      this.#partition = this.#pick(partitionCount, hasLeader);
      this.#bytes = 0;
    }
    this.#bytes += bytes;
    return this.#partition;
  }

  #pick(partitionCount: number, hasLeader: (partition: number) => boolean): number {
    const all = Array.from({ length: partitionCount }, (_, partition) => partition);
    const led = all.filter((partition) => hasLeader(partition));
    const candidates = led.length > 0 ? led : all;
    return candidates[Math.floor(this.#random.next() * candidates.length)] ?? 0;
  }
}
