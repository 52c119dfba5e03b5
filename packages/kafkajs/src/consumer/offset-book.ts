import type { TopicOffsets, TopicPartition } from "../config/cluster-types.js";

interface Entry extends TopicPartition {
  /** The next record to handle; undefined until one was handled. */
  done: bigint | undefined;
  committed: bigint | undefined;
  /** Messages done since the last commit. */
  count: number;
}

/** An offset to commit: that of the next record to handle. */
export interface DoneOffset extends TopicPartition {
  readonly offset: bigint;
}

/** How far each partition is done, and what of it is committed. */
export class OffsetBook {
  readonly #entries = new Map<string, Entry>();

  /** Messages done and not committed, of all partitions. */
  get uncommittedCount(): number {
    let count = 0;
    for (const entry of this.#entries.values()) count += entry.count;
    return count;
  }

  /** All up to `offset` is done. Never goes back, but by {@link OffsetBook.forget}. */
  resolve(place: TopicPartition, offset: bigint): void {
    const entry = this.#entry(place);
    if (entry.done !== undefined && entry.done > offset) return;
    entry.done = offset + 1n;
    entry.count += 1;
  }

  /** All below `offset` is done, or holds nothing to handle. */
  pass(place: TopicPartition, offset: bigint): void {
    const entry = this.#entry(place);
    if (entry.done === undefined || entry.done < offset) entry.done = offset;
  }

  /** The next record to handle; undefined when that is not known here. */
  doneUpTo(place: TopicPartition): bigint | undefined {
    return this.#entries.get(keyOf(place))?.done;
  }

  committed({ offset, ...place }: DoneOffset): void {
    const entry = this.#entry(place);
    entry.committed = offset;
    entry.count = 0;
  }

  /** The partition is read from `offset` on: what a commit should say next. */
  sought(place: TopicPartition, offset: bigint): void {
    this.forget(place);
    this.#entry(place).done = offset;
  }

  /** The partition is read by others, or from a place that is not known. */
  forget(place: TopicPartition): void {
    this.#entries.delete(keyOf(place));
  }

  /** What a commit should say: of all partitions, or those that `of` names. */
  uncommitted(of?: readonly TopicPartition[]): readonly DoneOffset[] {
    const entries = of === undefined ? [...this.#entries.values()] : of.flatMap((place) => this.#find(place));
    return entries.flatMap(({ topic, partition, done, committed }) =>
      done === undefined || done === committed ? [] : [{ topic, partition, offset: done }],
    );
  }

  #find(place: TopicPartition): readonly Entry[] {
    const entry = this.#entries.get(keyOf(place));
    return entry === undefined ? [] : [entry];
  }

  #entry({ topic, partition }: TopicPartition): Entry {
    const key = keyOf({ topic, partition });
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = { topic, partition, done: undefined, committed: undefined, count: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
}

/** A partition as a key of maps. */
export const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** Offsets in kafkajs's form. */
export function byTopic(offsets: readonly DoneOffset[]): TopicOffsets[] {
  const topics = new Map<string, TopicOffsets>();
  for (const { topic, partition, offset } of offsets) {
    const entry = topics.get(topic) ?? { topic, partitions: [] };
    entry.partitions.push({ partition, offset: String(offset) });
    topics.set(topic, entry);
  }
  return [...topics.values()];
}
