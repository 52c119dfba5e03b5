import { comparePartitions, partitionKey, type TopicPartition } from "../topic-partition.js";
import {
  type AssignorMember,
  type GroupAssignment,
  type ImmediateAssignor,
  inServingOrder,
  subscribedTopics,
} from "./assignor.js";

/**
 * Divides evenly and moves as little as it can; a partition that moves is first given up by its owner, and given to the
 * next in the rebalance that follows (KIP-429), so that nobody else stops.
 *
 * User data is the member's generation, as in Kafka's Java client:
 *
 *     userData := int32 generation
 */
export const cooperativeSticky: ImmediateAssignor = {
  name: "cooperative-sticky",
  protocol: "cooperative",
  userData(generation) {
    const userData = Buffer.alloc(4);
    userData.writeInt32BE(generation);
    return userData;
  },
  generationIn(userData) {
    if (userData === null || userData.byteLength < 4) return -1;
    return new DataView(userData.buffer, userData.byteOffset).getInt32(0);
  },
  assign(members, partitionCounts) {
    return withholdMoving(members, assignSticky(members, partitionCounts));
  },
};

/** An even division that leaves partitions where they are as far as it can, as if all could move at once. */
export function assignSticky(
  members: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
): GroupAssignment {
  const shares = new Shares(members);
  const free = keepOwned(members, shares, partitionCounts);
  for (const partition of free) {
    const taker = shares.leastLoaded(partition.topic);
    if (taker !== undefined) shares.give(partition, taker);
  }
  shares.level();
  return shares.assignment();
}

/** A member while partitions are dealt out. */
interface Share {
  readonly member: AssignorMember;
  readonly topics: ReadonlySet<string>;
  size: number;
}

class Shares {
  readonly #shares: readonly Share[];
  readonly #takers = new Map<string, readonly Share[]>();
  readonly #owners = new Map<string, { readonly partition: TopicPartition; owner: Share }>();

  constructor(members: readonly AssignorMember[]) {
    this.#shares = inServingOrder(members).map((member) => ({ member, topics: new Set(member.topics), size: 0 }));
  }

  shareOf(member: AssignorMember): Share | undefined {
    return this.#shares.find((share) => share.member === member);
  }

  give(partition: TopicPartition, owner: Share): void {
    this.#owners.set(partitionKey(partition), { partition, owner });
    owner.size += 1;
  }

  /** The member with the fewest partitions of those that ask for the topic; the first of several. */
  leastLoaded(topic: string): Share | undefined {
    let takers = this.#takers.get(topic);
    if (takers === undefined) {
      takers = this.#shares.filter((share) => share.topics.has(topic));
      this.#takers.set(topic, takers);
    }
    let least = takers[0];
    for (const share of takers) if (least === undefined || share.size < least.size) least = share;
    return least;
  }

  /**
   * Moves partitions from members that have at least two more than another that could take them, until there are none.
   * Each move lowers the sum of the squares of the sizes, so it ends.
   */
  level(): void {
    const held = [...this.#owners.values()].sort((a, b) => comparePartitions(a.partition, b.partition));
    for (let isMoving = true; isMoving; ) {
      isMoving = false;
      for (const entry of held) {
        const taker = this.leastLoaded(entry.partition.topic);
        if (taker === undefined || entry.owner.size < taker.size + 2) continue;
        entry.owner.size -= 1;
        entry.owner = taker;
        taker.size += 1;
        isMoving = true;
      }
    }
  }

  assignment(): GroupAssignment {
    const assignment = new Map<string, TopicPartition[]>(this.#shares.map(({ member }) => [member.memberId, []]));
    for (const { partition, owner } of this.#owners.values()) assignment.get(owner.member.memberId)?.push(partition);
    for (const partitions of assignment.values()) partitions.sort(comparePartitions);
    return assignment;
  }
}

/** Gives every partition to the member that owns it by right, and answers those that nobody does, in order. */
function keepOwned(
  members: readonly AssignorMember[],
  shares: Shares,
  partitionCounts: ReadonlyMap<string, number>,
): readonly TopicPartition[] {
  const claims = new Map<string, { readonly member: AssignorMember; readonly isContested: boolean }>();
  for (const member of members) {
    for (const partition of member.owned) {
      const key = partitionKey(partition);
      const other = claims.get(key)?.member;
      // A member that slept through rebalances claims what others have been given since: the newest generation counts.
      // In one generation nobody gave a partition out twice, so of two equal claims neither can be trusted.
      if (other === undefined || member.generation > other.generation) claims.set(key, { member, isContested: false });
      else if (member !== other && member.generation === other.generation)
        claims.set(key, { member, isContested: true });
    }
  }
  const free: TopicPartition[] = [];
  for (const topic of subscribedTopics(members, partitionCounts)) {
    for (let partition = 0; partition < (partitionCounts.get(topic) ?? 0); partition += 1) {
      const claim = claims.get(partitionKey({ topic, partition }));
      const owner = claim === undefined || claim.isContested ? undefined : shares.shareOf(claim.member);
      if (owner?.topics.has(topic)) shares.give({ topic, partition }, owner);
      else free.push({ topic, partition });
    }
  }
  return free;
}

/** Takes out what somebody gets while somebody else still has it. */
function withholdMoving(members: readonly AssignorMember[], assignment: GroupAssignment): GroupAssignment {
  const owners = new Map<string, Set<string>>();
  for (const { memberId, owned } of members) {
    for (const partition of owned) {
      const key = partitionKey(partition);
      owners.set(key, (owners.get(key) ?? new Set()).add(memberId));
    }
  }
  const isHeldByAnother = (partition: TopicPartition, memberId: string): boolean => {
    const holders = owners.get(partitionKey(partition));
    return holders !== undefined && [...holders].some((holder) => holder !== memberId);
  };
  return new Map(
    [...assignment].map(([memberId, partitions]) => [
      memberId,
      partitions.filter((partition) => !isHeldByAnother(partition, memberId)),
    ]),
  );
}
