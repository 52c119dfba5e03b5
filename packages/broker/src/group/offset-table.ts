import type { CommittedOffset } from "./group-records.js";

/** A committed offset, and where in the log its record stands. */
export interface KeptOffset extends CommittedOffset {
  readonly recordOffset: number;
}

/** Committed offsets by topic and partition. */
export type OffsetsByTopic = ReadonlyMap<string, ReadonlyMap<number, KeptOffset>>;

const noOffsets: OffsetsByTopic = new Map();

/** Committed offsets by group, topic and partition. */
export class OffsetTable {
  readonly #groups = new Map<string, Map<string, Map<number, KeptOffset>>>();

  groups(): Iterable<string> {
    return this.#groups.keys();
  }

  of(group: string): OffsetsByTopic {
    return this.#groups.get(group) ?? noOffsets;
  }

  get(group: string, topic: string, partition: number): KeptOffset | undefined {
    return this.#groups.get(group)?.get(topic)?.get(partition);
  }

  set(group: string, topic: string, partition: number, offset: KeptOffset): void {
    const topics = this.#groups.get(group) ?? new Map<string, Map<number, KeptOffset>>();
    this.#groups.set(group, topics);
    const partitions = topics.get(topic) ?? new Map<number, KeptOffset>();
    topics.set(topic, partitions);
    partitions.set(partition, offset);
  }

  delete(group: string, topic: string, partition: number): void {
    const topics = this.#groups.get(group);
    const partitions = topics?.get(topic);
    if (topics === undefined || partitions?.delete(partition) !== true) return;
    if (partitions.size === 0) topics.delete(topic);
    if (topics.size === 0) this.#groups.delete(group);
  }

  *entries(): Generator<readonly [group: string, topic: string, partition: number, offset: KeptOffset]> {
    for (const [group, topics] of this.#groups) {
      for (const [topic, partitions] of topics) {
        for (const [partition, offset] of partitions) yield [group, topic, partition, offset];
      }
    }
  }
}
