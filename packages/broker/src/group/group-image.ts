import type { CommittedOffset, GroupMetadata, GroupRecord } from "./group-records.js";

/** Committed offsets by topic and partition. */
export type OffsetsByTopic = ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>>;

const noOffsets: OffsetsByTopic = new Map();

/** What the records of one partition of `__consumer_offsets` add up to. Nothing but {@link GroupImage.apply} changes it. */
export class GroupImage {
  readonly #groups = new Map<string, GroupMetadata>();
  // A group that had offsets is a group, with or without members, until it is deleted: so an entry outlives its offsets.
  readonly #offsets = new Map<string, Map<string, Map<number, CommittedOffset>>>();

  has(group: string): boolean {
    return this.#groups.has(group) || this.#offsets.has(group);
  }

  /** What was last kept of the group's members. */
  metadata(group: string): GroupMetadata | undefined {
    return this.#groups.get(group);
  }

  offsets(group: string): OffsetsByTopic {
    return this.#offsets.get(group) ?? noOffsets;
  }

  offset(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#offsets.get(group)?.get(topic)?.get(partition);
  }

  /** Groups with members once or now, then those that only keep offsets. */
  *groups(): Generator<string> {
    yield* this.#groups.keys();
    for (const group of this.#offsets.keys()) if (!this.#groups.has(group)) yield group;
  }

  apply(record: GroupRecord): void {
    if (record.type === "offset") this.#applyOffset(record);
    else if (record.value !== null) this.#groups.set(record.group, record.value);
    else {
      this.#groups.delete(record.group);
      if (this.offsets(record.group).size === 0) this.#offsets.delete(record.group);
    }
  }

  #applyOffset({ group, topic, partition, value }: GroupRecord & { readonly type: "offset" }): void {
    if (value === null) {
      const topics = this.#offsets.get(group);
      const partitions = topics?.get(topic);
      partitions?.delete(partition);
      if (partitions?.size === 0) topics?.delete(topic);
      return;
    }
    const topics = this.#offsets.get(group) ?? new Map<string, Map<number, CommittedOffset>>();
    this.#offsets.set(group, topics);
    const partitions = topics.get(topic) ?? new Map<number, CommittedOffset>();
    topics.set(topic, partitions);
    partitions.set(partition, value);
  }
}
