import type { AdminOptions } from "./admin-retry.js";
import type { GroupAdmin, GroupMember } from "./group-admin.js";
import type { OffsetAdmin, PartitionName } from "./offset-admin.js";

/** How far a group is behind in one partition. */
export interface PartitionLag extends PartitionName {
  /** The next record to read; undefined when the group committed nothing. */
  readonly committed?: bigint | undefined;
  readonly logStartOffset?: bigint | undefined;
  readonly logEndOffset?: bigint | undefined;
  /** Records not read yet: all that are there when nothing was committed; undefined when that could not be learned. */
  readonly lag?: bigint | undefined;
  /** The member that reads the partition; undefined when nobody does. */
  readonly member?: Omit<GroupMember, "partitions"> | undefined;
  readonly error?: Error | undefined;
}

/** The lag of a group: partitions it committed for, or is assigned, by topic and number. */
export async function groupLag(
  admin: { readonly groups: GroupAdmin; readonly offsets: OffsetAdmin },
  groupId: string,
  options?: AdminOptions,
): Promise<readonly PartitionLag[]> {
  const [[group], committed] = await Promise.all([
    admin.groups.describe([groupId], options),
    admin.offsets.committed(groupId, options),
  ]);
  const places = new Map<string, PartitionName>();
  const members = new Map<string, Omit<GroupMember, "partitions">>();
  for (const { partitions, ...member } of group?.members ?? []) {
    for (const place of partitions) {
      places.set(keyOf(place), place);
      members.set(keyOf(place), member);
    }
  }
  for (const { topic, partition } of committed) places.set(keyOf({ topic, partition }), { topic, partition });
  const sorted = [...places.values()].toSorted((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  );
  const [starts, ends] = await Promise.all([
    admin.offsets.list(
      sorted.map((place) => ({ ...place, at: "earliest" })),
      options,
    ),
    admin.offsets.list(
      sorted.map((place) => ({ ...place, at: "latest" })),
      options,
    ),
  ]);
  return sorted.map((place, index) => {
    const offset = committed.find(({ topic, partition }) => topic === place.topic && partition === place.partition);
    const start = starts[index];
    const end = ends[index];
    const from = offset?.offset ?? start?.offset;
    const isKnown = end?.offset !== undefined && from !== undefined;
    return {
      ...place,
      committed: offset?.offset,
      logStartOffset: start?.offset,
      logEndOffset: end?.offset,
      lag: isKnown ? larger(end.offset - from, 0n) : undefined,
      member: members.get(keyOf(place)),
      error: offset?.error ?? end?.error ?? start?.error,
    };
  });
}

const keyOf = ({ topic, partition }: PartitionName): string => `${topic}-${partition}`;
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
