import type { RecordOrigin, TransactionEnd } from "../coordinator/state-log.js";
import type { GroupMetadata, GroupRecord } from "./group-records.js";
import { type KeptOffset, type OffsetsByTopic, OffsetTable } from "./offset-table.js";
import { PendingOffsets } from "./pending-offsets.js";

/** What the records of one partition of `__consumer_offsets` add up to. Nothing but its `apply` and `endTransaction` change it. */
export class GroupImage {
  readonly #groups = new Map<string, GroupMetadata>();
  // A group that had offsets is a group, with or without members, until it is deleted: so it is known longer than its offsets.
  readonly #committers = new Set<string>();
  readonly #offsets = new OffsetTable();
  readonly #pending = new PendingOffsets();

  has(group: string): boolean {
    return this.#groups.has(group) || this.#committers.has(group);
  }

  /** What was last kept of the group's members. */
  metadata(group: string): GroupMetadata | undefined {
    return this.#groups.get(group);
  }

  offsets(group: string): OffsetsByTopic {
    return this.#offsets.of(group);
  }

  offset(group: string, topic: string, partition: number): KeptOffset | undefined {
    return this.#offsets.get(group, topic, partition);
  }

  /** What open transactions have committed: it may count one day. */
  get pending(): Pick<PendingOffsets, "has" | "hasAny" | "partitionsOf"> {
    return this.#pending;
  }

  /** Groups with members once or now, then those that only keep offsets. */
  *groups(): Generator<string> {
    yield* this.#groups.keys();
    for (const group of this.#committers) if (!this.#groups.has(group)) yield group;
  }

  apply(record: GroupRecord, { offset, producerId }: RecordOrigin): void {
    const { group } = record;
    if (record.type === "group") {
      if (record.value !== null) this.#groups.set(group, record.value);
      else this.#remove(group);
      return;
    }
    const { topic, partition, value } = record;
    if (value === null) {
      this.#offsets.delete(group, topic, partition);
      this.#pending.delete(group, topic, partition);
      return;
    }
    this.#committers.add(group);
    const kept = { ...value, recordOffset: offset };
    if (producerId < 0) this.#offsets.set(group, topic, partition, kept);
    else this.#pending.set(producerId, group, topic, partition, kept);
  }

  endTransaction(producerId: number, result: TransactionEnd["result"]): void {
    for (const [group, topic, partition, kept] of this.#pending.end(producerId)) {
      if (result === "abort") continue;
      // Of a plain and a transactional commit the one further on in the log counts, whenever the transaction ends: compaction
      // keeps that one.
      const current = this.#offsets.get(group, topic, partition);
      if (current === undefined || kept.recordOffset > current.recordOffset) {
        this.#offsets.set(group, topic, partition, kept);
      }
    }
  }

  #remove(group: string): void {
    this.#groups.delete(group);
    const [pending] = this.#pending.partitionsOf(group);
    if (this.#offsets.of(group).size === 0 && pending === undefined) this.#committers.delete(group);
  }
}
