/** One partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A name for use as a key of maps; the number after the last "-" is the partition. */
export const partitionKey = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

/** By topic (by code unit, as Java compares strings), then by number. */
export function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  return compareText(a.topic, b.topic) || a.partition - b.partition;
}

/** Order by code unit; `localeCompare` would depend on the machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Partitions by topic, both in order: the shape that requests have. */
export function groupByTopic(
  partitions: Iterable<TopicPartition>,
): readonly { readonly topic: string; readonly partitions: number[] }[] {
  const groups: { topic: string; partitions: number[] }[] = [];
  for (const { topic, partition } of [...partitions].sort(comparePartitions)) {
    const last = groups.at(-1);
    if (last?.topic === topic) last.partitions.push(partition);
    else groups.push({ topic, partitions: [partition] });
  }
  return groups;
}

/** What is in `a` and not in `b`, in the order of `a`. */
export function without(a: readonly TopicPartition[], b: readonly TopicPartition[]): TopicPartition[] {
  const excluded = new Set(b.map(partitionKey));
  return a.filter((partition) => !excluded.has(partitionKey(partition)));
}
