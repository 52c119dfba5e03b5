import { type KeptOffset, OffsetTable } from "./offset-table.js";

/** The offsets that open transactions have committed, by their producers. */
export class PendingOffsets {
  readonly #producers = new Map<number, OffsetTable>();
  // A transaction stays open for its groups when what it had for them was deleted: its producer goes on committing.
  readonly #open = new Map<string, Set<number>>();

  /** Whether an open transaction has committed this partition. */
  has(group: string, topic: string, partition: number): boolean {
    for (const producerId of this.#open.get(group) ?? []) {
      if (this.#producers.get(producerId)?.get(group, topic, partition) !== undefined) return true;
    }
    return false;
  }

  /** Whether a transaction is open that has committed for the group. */
  hasAny(group: string): boolean {
    return this.#open.has(group);
  }

  /** Where open transactions have offsets of the group; a partition comes once for each of them. */
  *partitionsOf(group: string): Generator<readonly [topic: string, partition: number, offset: KeptOffset]> {
    for (const producerId of this.#open.get(group) ?? []) {
      for (const [topic, partitions] of this.#producers.get(producerId)?.of(group) ?? []) {
        for (const [partition, offset] of partitions) yield [topic, partition, offset];
      }
    }
  }

  set(producerId: number, group: string, topic: string, partition: number, offset: KeptOffset): void {
    const table = this.#producers.get(producerId) ?? new OffsetTable();
    this.#producers.set(producerId, table);
    table.set(group, topic, partition, offset);
    const producers = this.#open.get(group) ?? new Set();
    this.#open.set(group, producers);
    producers.add(producerId);
  }

  delete(group: string, topic: string, partition: number): void {
    for (const producerId of this.#open.get(group) ?? []) {
      this.#producers.get(producerId)?.delete(group, topic, partition);
    }
  }

  /** Forgets a producer's transaction. Answers what it had. */
  end(producerId: number): readonly (readonly [group: string, topic: string, partition: number, offset: KeptOffset])[] {
    const table = this.#producers.get(producerId);
    if (table === undefined) return [];
    this.#producers.delete(producerId);
    for (const [group, producers] of this.#open) {
      producers.delete(producerId);
      if (producers.size === 0) this.#open.delete(group);
    }
    return [...table.entries()];
  }
}
