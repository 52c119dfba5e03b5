interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Places by topic, both in the order given: the shape that requests have. */
export function groupedByTopic<P extends Place>(places: readonly P[]): { topic: string; partitions: P[] }[] {
  const groups = new Map<string, P[]>();
  for (const place of places) {
    const group = groups.get(place.topic);
    if (group === undefined) groups.set(place.topic, [place]);
    else group.push(place);
  }
  return Array.from(groups, ([topic, partitions]) => ({ topic, partitions }));
}
