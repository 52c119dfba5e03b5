import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partitionKey, type TopicPartition } from "../topic-partition.js";
import type { AssignorMember, GroupAssignment, ImmediateAssignor } from "./assignor.js";
import { assignSticky, cooperativeSticky } from "./cooperative-sticky.js";
import { range } from "./range.js";
import { roundRobin } from "./round-robin.js";
import { sticky } from "./sticky.js";

function member(memberId: string, about: Partial<AssignorMember> = {}): AssignorMember {
  return { memberId, groupInstanceId: null, topics: ["a"], owned: [], generation: -1, ...about };
}

const partitionsOf = (topic: string, ...partitions: number[]): TopicPartition[] =>
  partitions.map((partition) => ({ topic, partition }));

const shown = (assignment: GroupAssignment) =>
  Object.fromEntries(
    [...assignment].map(([memberId, partitions]) => [memberId, partitions.map(partitionKey).join(" ")]),
  );

interface Group {
  readonly members: readonly AssignorMember[];
  readonly partitionCounts: ReadonlyMap<string, number>;
}

/** Groups whose members own any partitions, also twice, also ones that do not exist. */
function arbitraryGroup(): fc.Arbitrary<Group> {
  const topics = ["a", "b", "c", "d"];
  const about = fc.record({
    topics: fc.subarray(topics),
    owned: fc.array(fc.record({ topic: fc.constantFrom(...topics), partition: fc.nat(12) }), { maxLength: 12 }),
    generation: fc.integer({ min: -1, max: 3 }),
    groupInstanceId: fc.option(fc.uuid(), { freq: 3 }),
  });
  return fc.record({
    members: fc
      .array(about, { minLength: 1, maxLength: 7 })
      .map((members) => members.map((fields, index) => member(`m${(index * 5) % 7}`, fields))),
    partitionCounts: fc
      .dictionary(fc.constantFrom(...topics), fc.nat(10))
      .map((counts) => new Map(Object.entries(counts))),
  });
}

/** Every partition that somebody asks for, as keys. */
function wanted({ members, partitionCounts }: Group): Set<string> {
  const keys = new Set<string>();
  for (const [topic, count] of partitionCounts) {
    if (!members.some(({ topics }) => topics.includes(topic))) continue;
    for (let partition = 0; partition < count; partition += 1) keys.add(partitionKey({ topic, partition }));
  }
  return keys;
}

function expectWithinSubscription({ members }: Group, assignment: GroupAssignment): void {
  expect([...assignment.keys()].sort()).toEqual(members.map(({ memberId }) => memberId).sort());
  for (const { memberId, topics } of members) {
    for (const { topic } of assignment.get(memberId) ?? []) expect(topics).toContain(topic);
  }
}

function expectEachOnce(group: Group, assignment: GroupAssignment): void {
  expectWithinSubscription(group, assignment);
  const given = [...assignment.values()].flat().map(partitionKey);
  expect(given.toSorted()).toEqual([...wanted(group)].toSorted());
}

/** The assignment as the next rebalance sees it: members own what they were given. */
function after(group: Group, assignment: GroupAssignment, generation = 10): Group {
  const members = group.members.map((of) => ({ ...of, owned: assignment.get(of.memberId) ?? [], generation }));
  return { ...group, members };
}

/** How many partitions have an owner. */
const countOf = ({ members }: Group) => members.reduce((sum, { owned }) => sum + owned.length, 0);

describe("assignors", () => {
  it.each<{ assign: ImmediateAssignor["assign"]; name: string }>([range, roundRobin, sticky])(
    "$name gives every partition to exactly one member that asks for it",
    ({ assign }) => {
      fc.assert(
        fc.property(arbitraryGroup(), (group) => {
          expectEachOnce(group, assign(group.members, group.partitionCounts));
        }),
      );
    },
  );

  it("range gives neighbouring partitions, the first members one more", () => {
    const members = [member("m2"), member("m1"), member("m3", { groupInstanceId: "i" })];
    expect(shown(range.assign(members, new Map([["a", 7]])))).toEqual({
      m3: "a-0 a-1 a-2",
      m1: "a-3 a-4",
      m2: "a-5 a-6",
    });
  });

  it("round robin passes over members that do not ask for a topic", () => {
    const members = [member("m1", { topics: ["a", "b"] }), member("m2", { topics: ["b"] })];
    const counts = new Map([
      ["a", 2],
      ["b", 3],
    ]);
    expect(shown(roundRobin.assign(members, counts))).toEqual({ m1: "a-0 a-1 b-1", m2: "b-0 b-2" });
  });
});

describe("the cooperative sticky assignor", () => {
  it("writes the generation as Java does, and reads it back", () => {
    const userData = cooperativeSticky.userData?.(258) ?? null;
    expect(userData?.toString("hex")).toBe("00000102");
    expect(cooperativeSticky.generationIn?.(userData)).toBe(258);
    expect(cooperativeSticky.generationIn?.(Buffer.of(1))).toBe(-1);
  });

  it("is balanced: nobody could take a partition from a member with two more", () => {
    fc.assert(
      fc.property(arbitraryGroup(), (group) => {
        const assignment = assignSticky(group.members, group.partitionCounts);
        const sizeOf = (memberId: string) => assignment.get(memberId)?.length ?? 0;
        for (const { memberId } of group.members) {
          for (const { topic } of assignment.get(memberId) ?? []) {
            const takers = group.members.filter(({ topics }) => topics.includes(topic));
            const least = Math.min(...takers.map((taker) => sizeOf(taker.memberId)));
            expect(sizeOf(memberId)).toBeLessThanOrEqual(least + 1);
          }
        }
      }),
    );
  });

  it("moves nothing when nothing changed", () => {
    fc.assert(
      fc.property(arbitraryGroup(), (group) => {
        const first = assignSticky(group.members, group.partitionCounts);
        const again = after(group, first);
        expect(shown(cooperativeSticky.assign(again.members, group.partitionCounts))).toEqual(shown(first));
      }),
    );
  });

  it("moves only what a leaving member had, when all ask for the same", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), fc.nat(40), fc.nat(7), (size, partitions, leaver) => {
        const counts = new Map([["a", partitions]]);
        const members = Array.from({ length: size }, (_, index) => member(`m${index}`));
        const first = assignSticky(members, counts);
        const left = after({ members, partitionCounts: counts }, first).members.filter((_, i) => i !== leaver % size);
        const second = assignSticky(left, counts);
        for (const { memberId, owned } of left) {
          expect(second.get(memberId)?.map(partitionKey)).toEqual(expect.arrayContaining(owned.map(partitionKey)));
        }
      }),
    );
  });

  it("moves to a joining member only its share, when all ask for the same", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(40), (size, partitions) => {
        const counts = new Map([["a", partitions]]);
        const members = Array.from({ length: size }, (_, index) => member(`m${index}`));
        const first = assignSticky(members, counts);
        const joined = [...after({ members, partitionCounts: counts }, first).members, member("new")];
        const second = assignSticky(joined, counts);
        const moved = joined.flatMap(({ memberId, owned }) => {
          const kept = new Set(second.get(memberId)?.map(partitionKey));
          return owned.filter((partition) => !kept.has(partitionKey(partition)));
        });
        expect(moved.length).toBe(second.get("new")?.length);
        expect(moved.length).toBe(Math.floor(partitions / (size + 1)));
      }),
    );
  });

  it("never gives what another member still holds, and comes to rest in few rebalances", () => {
    fc.assert(
      fc.property(arbitraryGroup(), (group) => {
        const first = cooperativeSticky.assign(group.members, group.partitionCounts);
        expectWithinSubscription(group, first);
        for (const { memberId } of group.members) {
          const others = group.members.filter((other) => other.memberId !== memberId);
          const held = new Set(others.flatMap(({ owned }) => owned.map(partitionKey)));
          for (const partition of first.get(memberId) ?? []) expect(held).not.toContain(partitionKey(partition));
        }
        let settled = after(group, first);
        let rebalances = 1;
        for (const total = wanted(group).size; countOf(settled) < total; rebalances += 1) {
          expect(rebalances).toBeLessThan(4);
          settled = after(settled, cooperativeSticky.assign(settled.members, group.partitionCounts));
        }
      }),
    );
  });

  it("believes the newest generation, and neither of two equal claims", () => {
    const members = [
      member("old", { owned: partitionsOf("a", 0, 1), generation: 3 }),
      member("new", { owned: partitionsOf("a", 0), generation: 4 }),
      member("twin", { owned: partitionsOf("a", 1), generation: 3 }),
    ];
    expect(shown(assignSticky(members, new Map([["a", 1]])))).toEqual({ new: "a-0", old: "", twin: "" });
    expect(shown(cooperativeSticky.assign(members, new Map([["a", 2]])))).toEqual({ new: "", old: "", twin: "" });
  });

  it("sticky finds what members had in their user data, as Kafka's clients write it", () => {
    const had = { partitions: [...partitionsOf("b", 2, 0), ...partitionsOf("a", 1)], generation: 7 };
    const userData = sticky.userData?.(8, had) ?? null;
    expect(userData?.toString("hex")).toBe(
      "00000002" + "000161" + "00000001" + "00000001" + "000162" + "00000002" + "00000000" + "00000002" + "00000007",
    );
    expect(sticky.ownedIn?.(userData)).toEqual([...partitionsOf("a", 1), ...partitionsOf("b", 0, 2)]);
    expect(sticky.generationIn?.(userData)).toBe(7);
    // The version before had no generation; a new member says nothing.
    expect(sticky.generationIn?.(userData?.subarray(0, -4) ?? null)).toBe(-1);
    expect(sticky.userData?.(8)).toBeNull();
    expect(sticky.ownedIn?.(null)).toEqual([]);
    expect(sticky.ownedIn?.(Buffer.from("000000ff0001", "hex"))).toEqual([]);
    expect(sticky.ownedIn?.(Buffer.from("00000001ffff", "hex"))).toEqual([]);
  });
});
