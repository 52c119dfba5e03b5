import { KafkaProtocolError } from "@ottla/protocol";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import type { AdminOptions } from "./admin-retry.js";
import type { DescribedGroup } from "./group-admin.js";
import type { OffsetAdmin, OffsetSpec, PartitionName } from "./offset-admin.js";

/**
 * Where a group is to go on: at the first record, behind the last, at the first record at or after a time, so many records
 * on from (or, below zero, back from) what it committed, at an offset, or where another group stands.
 */
export type ResetTarget =
  | "earliest"
  | "latest"
  | { readonly timestamp: number | Date }
  | { readonly shift: number }
  | { readonly offset: bigint }
  | { readonly committedBy: string };

/** Which of a group's offsets to move, and where to. */
export interface OffsetReset {
  /** Topics, by name or contract, with all their partitions; or partitions. Default: all that the group has committed for. */
  readonly topics?: readonly (string | { readonly name: string } | PartitionName)[] | undefined;
  readonly to: ResetTarget;
}

/** One line of a plan. `error` is set, and `to` undefined, when the partition stays as it is. */
export interface PlannedOffset extends PartitionName {
  /** What the group has committed; undefined for nothing. */
  readonly from: bigint | undefined;
  readonly to: bigint | undefined;
  /** The log does not go so far: `to` is its first offset, or its end. */
  readonly isBounded: boolean;
  readonly error?: Error | undefined;
}

/** What a reset would do. Nothing has changed yet. */
export interface ResetPlan {
  readonly groupId: string;
  /** By topic and number. */
  readonly partitions: readonly PlannedOffset[];
  /**
   * Does it: an outcome for each partition, in the order of the plan.
   *
   * @throws KafkaProtocolError with `NON_EMPTY_GROUP` when members have come since. Whoever comes while it is being done has the
   * coordinator refuse it, as `error`.
   */
  apply(options?: AdminOptions): Promise<readonly PlannedOffset[]>;
}

/** What a reset asks of an admin. */
interface ResetParts {
  readonly offsets: OffsetAdmin;
  describe(groupId: string, options: AdminOptions | undefined): Promise<DescribedGroup>;
  partitionsOf(topics: readonly string[], options: AdminOptions | undefined): Promise<readonly PartitionName[]>;
}

/** @see GroupAdmin.planReset */
export async function planReset(
  parts: ResetParts,
  groupId: string,
  { topics, to }: OffsetReset,
  options: AdminOptions | undefined,
): Promise<ResetPlan> {
  throwIfMisfit(to);
  await throwIfActive(parts, groupId, options);
  const committed = new Map<string, bigint>();
  const known: PartitionName[] = [];
  for (const { topic, partition, offset, error } of await parts.offsets.committed(groupId, options)) {
    if (error !== undefined) throw error;
    if (offset === undefined) continue;
    committed.set(keyOf({ topic, partition }), offset);
    known.push({ topic, partition });
  }
  const places = topics === undefined ? known : await named(parts, topics, options);
  const sorted = [...places].toSorted((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  );
  const wanted = await targets(parts, groupId, sorted, to, committed, options);
  const partitions = sorted.map((place, index) => ({
    ...place,
    from: committed.get(keyOf(place)),
    ...(wanted[index] ?? { to: undefined, isBounded: false }),
  }));
  return { groupId, partitions, apply: (applied) => apply(parts, groupId, partitions, applied) };
}

async function apply(
  parts: ResetParts,
  groupId: string,
  partitions: readonly PlannedOffset[],
  options: AdminOptions | undefined,
): Promise<readonly PlannedOffset[]> {
  await throwIfActive(parts, groupId, options);
  const offsets = partitions.flatMap(({ topic, partition, to: offset }) =>
    offset === undefined ? [] : [{ topic, partition, offset }],
  );
  if (offsets.length === 0) return partitions;
  const outcomes = new Map((await parts.offsets.commit(groupId, offsets, options)).map((each) => [keyOf(each), each]));
  return partitions.map((planned) => {
    const error = planned.error ?? outcomes.get(keyOf(planned))?.error;
    return error === undefined ? planned : { ...planned, error };
  });
}

async function throwIfActive(parts: ResetParts, groupId: string, options: AdminOptions | undefined): Promise<void> {
  const { members, state, error } = await parts.describe(groupId, options);
  // A group that is not there begins with these offsets.
  if (error?.code === "GROUP_ID_NOT_FOUND") return;
  if (error !== undefined) throw error;
  if (members.length === 0 && idleStates.has(state)) return;
  const count = members.length === 1 ? "1 member" : `${members.length} members`;
  throw new KafkaProtocolError(
    "NON_EMPTY_GROUP",
    `group "${groupId}" has ${count}: stop them before its offsets are reset`,
  );
}

/** The partitions of a caller's list: topics with all theirs. */
async function named(
  parts: ResetParts,
  topics: NonNullable<OffsetReset["topics"]>,
  options: AdminOptions | undefined,
): Promise<readonly PartitionName[]> {
  const whole = topics.flatMap((each) => (typeof each === "string" ? [each] : "name" in each ? [each.name] : []));
  const places = [
    ...(whole.length === 0 ? [] : await parts.partitionsOf([...new Set(whole)], options)),
    ...topics.flatMap((each) =>
      typeof each === "object" && "partition" in each ? [{ topic: each.topic, partition: each.partition }] : [],
    ),
  ];
  return [...new Map(places.map((place) => [keyOf(place), place])).values()];
}

type Target = Pick<PlannedOffset, "to" | "isBounded" | "error">;

async function targets(
  parts: ResetParts,
  groupId: string,
  places: readonly PartitionName[],
  to: ResetTarget,
  committed: ReadonlyMap<string, bigint>,
  options: AdminOptions | undefined,
): Promise<readonly Target[]> {
  const list = (at: OffsetSpec) =>
    parts.offsets.list(
      places.map((place) => ({ ...place, at })),
      options,
    );
  const [starts, ends] = await Promise.all([list("earliest"), list("latest")]);
  const wantedOf = await wantedOffsets(parts, groupId, places, to, committed, list, options);
  return places.map((place, index) => {
    const start = starts[index];
    const end = ends[index];
    const error = start?.error ?? end?.error;
    if (error !== undefined || start?.offset === undefined || end?.offset === undefined) {
      return {
        to: undefined,
        isBounded: false,
        error: error ?? new KafkaProtocolError("UNKNOWN_SERVER_ERROR", keyOf(place)),
      };
    }
    const wanted = wantedOf(place, index, start.offset, end.offset);
    if (wanted instanceof Error) return { to: undefined, isBounded: false, error: wanted };
    if (wanted < start.offset) return { to: start.offset, isBounded: true };
    return wanted > end.offset ? { to: end.offset, isBounded: true } : { to: wanted, isBounded: false };
  });
}

type WantedOf = (place: PartitionName, index: number, start: bigint, end: bigint) => bigint | Error;

async function wantedOffsets(
  parts: ResetParts,
  groupId: string,
  places: readonly PartitionName[],
  to: ResetTarget,
  committed: ReadonlyMap<string, bigint>,
  list: (at: OffsetSpec) => ReturnType<OffsetAdmin["list"]>,
  options: AdminOptions | undefined,
): Promise<WantedOf> {
  if (to === "earliest") return (_, __, start) => start;
  if (to === "latest") return (_, __, ___, end) => end;
  if ("offset" in to) return () => to.offset;
  if ("shift" in to) {
    return (place) => {
      const from = committed.get(keyOf(place));
      const nothing = `shift: group "${groupId}" has committed nothing for ${keyOf(place)}`;
      return from === undefined ? new KafkaConfigError(nothing) : from + BigInt(to.shift);
    };
  }
  if ("timestamp" in to) {
    const found = await list(to.timestamp);
    // No record is so late: behind the last, as in Kafka's own tool.
    return (_, index, __, end) => found[index]?.error ?? found[index]?.offset ?? end;
  }
  const others = await parts.offsets.committed(to.committedBy, { ...options, partitions: places });
  const byKey = new Map(others.map((each) => [keyOf(each), each]));
  return (place) => {
    const other = byKey.get(keyOf(place));
    const nothing = `committedBy: group "${to.committedBy}" has committed nothing for ${keyOf(place)}`;
    return other?.error ?? other?.offset ?? new KafkaConfigError(nothing);
  };
}

/** @throws KafkaConfigError */
function throwIfMisfit(to: ResetTarget): void {
  if (typeof to === "string") return;
  if ("shift" in to && !Number.isSafeInteger(to.shift)) {
    throw new KafkaConfigError(`shift: ${to.shift} is not a whole number`);
  }
  if ("timestamp" in to && Number.isNaN(Number(to.timestamp))) {
    throw new KafkaConfigError(`timestamp: ${String(to.timestamp)} is no time`);
  }
}

const idleStates: ReadonlySet<string> = new Set(["Empty", "Dead", ""]);
const keyOf = ({ topic, partition }: PartitionName): string => `${topic}-${partition}`;
