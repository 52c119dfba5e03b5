import { compareText, type TopicPartition } from "../topic-partition.js";

/** A member of a group as its leader sees it. */
export interface AssignorMember {
  readonly memberId: string;
  /** The name of a static member (KIP-345), which keeps its place when the process restarts. */
  readonly groupInstanceId: string | null;
  /** The topics it asks for. */
  readonly topics: readonly string[];
  /** What it says it owns. */
  readonly owned: readonly TopicPartition[];
  /** The generation in which it got what it owns; -1 when it does not say. */
  readonly generation: number;
  /** What its assignor sent along; null for nothing. */
  readonly userData?: Uint8Array | null;
}

/** What a member was last given, and in which generation. */
export interface PreviousAssignment {
  readonly partitions: readonly TopicPartition[];
  readonly generation: number;
}

/** What each member gets, by member id; every member has an entry. */
export type GroupAssignment = ReadonlyMap<string, readonly TopicPartition[]>;

/** How a group divides partitions among its members; the group's leader runs it. */
export interface Assignor {
  /** The name that members agree on. Members with other names, in any language, must divide the same way only when they lead. */
  readonly name: string;
  /** `"eager"` members give up everything before a rebalance; `"cooperative"` ones only what moves (KIP-429). */
  readonly protocol: "eager" | "cooperative";
  /**
   * What a member sends with its subscription for this assignor; null for nothing. `had` is what it was last given, which an eager
   * member has given up by now.
   */
  userData?(generation: number, had?: PreviousAssignment): Buffer | null;
  /** What a member had, where its user data says so, and not its subscription. */
  ownedIn?(userData: Uint8Array | null): readonly TopicPartition[];
  /** The generation in a member's user data, for subscriptions too old to have it; -1 when there is none. */
  generationIn?(userData: Uint8Array | null): number;
  /** @param partitionCounts - By topic; a topic that does not exist is absent. */
  assign(
    members: readonly AssignorMember[],
    partitionCounts: ReadonlyMap<string, number>,
  ): GroupAssignment | Promise<GroupAssignment>;
}

/** An assignor that waits for nothing, as those of this package. */
export interface ImmediateAssignor extends Assignor {
  assign(members: readonly AssignorMember[], partitionCounts: ReadonlyMap<string, number>): GroupAssignment;
}

/**
 * Members in the order in which Kafka's own assignors serve them: static ones first, by their names, which outlive a
 * restart; then the others by their ids.
 */
export function inServingOrder(members: readonly AssignorMember[]): AssignorMember[] {
  return [...members].sort((a, b) => {
    if (a.groupInstanceId !== null && b.groupInstanceId !== null)
      return compareText(a.groupInstanceId, b.groupInstanceId);
    if (a.groupInstanceId !== null) return -1;
    if (b.groupInstanceId !== null) return 1;
    return compareText(a.memberId, b.memberId);
  });
}

/** The topics that any member asks for and that exist, in order. */
export function subscribedTopics(
  members: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
): readonly string[] {
  const topics = new Set(members.flatMap((member) => member.topics));
  return [...topics].filter((topic) => partitionCounts.has(topic)).sort(compareText);
}
