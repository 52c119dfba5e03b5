import { batchesIn } from "@ottla/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CommitsModel } from "./commits-model.test-kit.js";
import {
  CoordinatorWorld,
  code,
  commitOf,
  committed,
  group,
  isThrough,
  joinGroup,
  nobody,
  oneMember,
} from "./coordinator-world.test-kit.js";
import type { GroupCoordinator, TransactionalCommit } from "./group-coordinator.js";
import { settled } from "./manual-time.test-kit.js";

const commitInTransaction = (
  coordinator: GroupCoordinator,
  offset: number,
  overrides: Partial<TransactionalCommit> = {},
) =>
  coordinator.commitTransactionalOffsets({
    group,
    producerId: 7,
    producerEpoch: 0,
    committer: nobody,
    offsets: () => commitOf(offset),
    admit: () => undefined,
    ...overrides,
  });
const end = (coordinator: GroupCoordinator, result: "commit" | "abort", producerId = 7) =>
  coordinator.endTransaction({ partition: 0, producerId, producerEpoch: 0, coordinatorEpoch: 0, result });
/** Each partition of `orders` with its offset, marked where a transaction is open. */
const seen = async (coordinator: GroupCoordinator) => {
  const [topic] = await coordinator.fetchOffsets(group, [{ topic: "orders", partitions: [0] }]);
  const [found] = topic?.partitions ?? [];
  return { offset: found?.offset?.offset, isPending: found?.isPending };
};

describe("offsets of a transaction", () => {
  it.each([
    { result: "commit", offset: 5 },
    { result: "abort", offset: 1 },
  ] as const)("count when it is through: $result", async ({ result, offset }) => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    await coordinator.commitOffsets(group, nobody, commitOf(1));
    await commitInTransaction(coordinator, 5);
    expect(await seen(coordinator)).toEqual({ offset: 1, isPending: true });
    await end(coordinator, result);
    expect(await seen(coordinator)).toEqual({ offset, isPending: false });
    await coordinator.close();
    expect(await seen(await world.open())).toEqual({ offset, isPending: false });
  });

  it("are still open after a restart, and end then", async () => {
    const world = new CoordinatorWorld();
    const first = await world.open();
    await commitInTransaction(first, 5);
    await first.close();
    const second = await world.open();
    expect(await seen(second)).toEqual({ offset: undefined, isPending: true });
    await end(second, "commit");
    expect(await seen(second)).toEqual({ offset: 5, isPending: false });
  });

  it("are in the log as Kafka has them: a transactional batch and its marker", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    await commitInTransaction(coordinator, 5);
    await end(coordinator, "commit");
    const batches = world.log.batches.flatMap((bytes) => [...batchesIn(bytes)]);
    expect(batches.map((batch) => [batch.isTransactional, batch.producerId, batch.baseSequence])).toEqual([
      [true, 7, -1],
      [true, 7, -1],
    ]);
    expect(batches.map((batch) => batch.control())).toEqual([undefined, { type: "commit", coordinatorEpoch: 0 }]);
  });

  it("lose against a plain commit further on in the log, whenever the transaction ends", async () => {
    const coordinator = await new CoordinatorWorld().open();
    await commitInTransaction(coordinator, 5);
    await coordinator.commitOffsets(group, nobody, commitOf(3));
    await end(coordinator, "commit");
    expect(await seen(coordinator)).toEqual({ offset: 3, isPending: false });
  });

  it("of several producers end one by one; the furthest in the log counts", async () => {
    const coordinator = await new CoordinatorWorld().open();
    await commitInTransaction(coordinator, 5, { producerId: 7 });
    await commitInTransaction(coordinator, 6, { producerId: 8 });
    await end(coordinator, "commit", 8);
    expect(await seen(coordinator)).toEqual({ offset: 6, isPending: true });
    await end(coordinator, "commit", 7);
    expect(await seen(coordinator)).toEqual({ offset: 6, isPending: false });
  });

  it("are not told of before they are durable, nor is their end", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    await coordinator.commitOffsets(group, nobody, commitOf(1));
    world.log.isHeld = true;
    const committing = commitInTransaction(coordinator, 5);
    expect(await isThrough(committing)).toBe(false);
    world.log.sync();
    await committing;
    const ending = end(coordinator, "commit");
    expect(await isThrough(ending)).toBe(false);
    expect(await isThrough(seen(coordinator))).toBe(false);
    world.log.sync();
    await ending;
    expect(await seen(coordinator)).toEqual({ offset: 5, isPending: false });
  });

  it("go with their partition's offset when that is deleted, and the transaction may go on", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    await commitInTransaction(coordinator, 5);
    expect(await coordinator.deleteOffsets(group, [{ topic: "orders", partition: 0 }])).toEqual([]);
    expect(await seen(coordinator)).toEqual({ offset: undefined, isPending: false });
    await commitInTransaction(coordinator, 6);
    await end(coordinator, "commit");
    await coordinator.close();
    expect(await seen(await world.open())).toEqual({ offset: 6, isPending: false });
  });

  it("go with their group", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    await coordinator.commitOffsets(group, nobody, commitOf(1));
    await commitInTransaction(coordinator, 5);
    await coordinator.deleteGroup(group);
    expect(await coordinator.describe(group)).toBeUndefined();
    await end(coordinator, "commit");
    expect(await coordinator.describe(group)).toBeUndefined();
    await coordinator.close();
    expect(await committed(await world.open())).toEqual([]);
  });

  it("go with their topic", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    await commitInTransaction(coordinator, 5);
    world.setTopic("orders", null);
    await coordinator.topicDeleted("orders");
    await end(coordinator, "commit");
    expect(await committed(coordinator)).toEqual([]);
  });

  it("keep the group and what they replace from expiring", async () => {
    const world = new CoordinatorWorld({ "offsets.retention.minutes": 1 });
    const coordinator = await world.open();
    await coordinator.commitOffsets(group, nobody, commitOf(1));
    await commitInTransaction(coordinator, 5);
    await world.time.advance(120_000);
    await coordinator.expireOffsets();
    expect(await seen(coordinator)).toEqual({ offset: 1, isPending: true });
    await end(coordinator, "abort");
    await coordinator.expireOffsets();
    expect(await coordinator.describe(group)).toBeUndefined();
  });

  it("keep a group that has nothing else", async () => {
    const world = new CoordinatorWorld({ "offsets.retention.minutes": 1 });
    const coordinator = await world.open();
    await commitInTransaction(coordinator, 5);
    expect(await coordinator.describe(group)).toMatchObject({ state: "empty" });
    await world.time.advance(120_000);
    await coordinator.expireOffsets();
    expect(await coordinator.describe(group)).toMatchObject({ state: "empty" });
    await end(coordinator, "commit");
    expect(await seen(coordinator)).toEqual({ offset: 5, isPending: false });
  });

  it("are refused from members of another generation, and leave the others alone", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    const unknown = { memberId: "nobody", instanceId: null, generation: 3 };
    expect(await code(commitInTransaction(coordinator, 5, { committer: unknown }))).toBe("ILLEGAL_GENERATION");
    const memberId = await oneMember(world, coordinator);
    const member = { memberId, instanceId: null, generation: 1 };
    expect(await code(commitInTransaction(coordinator, 5, { committer: unknown }))).toBe("UNKNOWN_MEMBER_ID");
    expect(await code(commitInTransaction(coordinator, 5, { committer: { ...member, generation: 2 } }))).toBe(
      "ILLEGAL_GENERATION",
    );
    expect(await code(commitInTransaction(coordinator, 5, { committer: member }))).toBe("NONE");
    // As before KIP-447, when nobody said who it was.
    expect(await code(commitInTransaction(coordinator, 6))).toBe("NONE");
  });

  it("do not stand for heartbeats", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    const memberId = await oneMember(world, coordinator);
    await world.time.advance(9000);
    await commitInTransaction(coordinator, 5, { committer: { memberId, instanceId: null, generation: 1 } });
    await world.time.advance(1000);
    expect(await coordinator.describe(group)).toMatchObject({ state: "empty" });
  });

  it("of a static member that was replaced are fenced", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    const join = async () => {
      const joining = coordinator.joinGroup(group, joinGroup({ instanceId: "A" }));
      await world.time.advance(0);
      return (await joining).memberId;
    };
    const old = await join();
    const current = await join();
    const committerOf = (memberId: string) => ({ memberId, instanceId: "A", generation: 2 });
    expect(await code(commitInTransaction(coordinator, 5, { committer: committerOf(old) }))).toBe("FENCED_INSTANCE_ID");
    expect(await code(commitInTransaction(coordinator, 5, { committer: committerOf(current) }))).toBe("NONE");
  });

  it("are let in by the transaction's coordinator, asked again until nothing has to be waited for", async () => {
    const coordinator = await new CoordinatorWorld().open();
    const asked: unknown[] = [];
    const waits = [Promise.resolve(), Promise.resolve()];
    await commitInTransaction(coordinator, 5, {
      admit: (partition) => {
        asked.push(partition);
        return waits.pop();
      },
    });
    expect(asked).toEqual(new Array(3).fill({ topic: "__consumer_offsets", partition: 0 }));
    expect(await code(commitInTransaction(coordinator, 6, { admit: () => Promise.resolve() }))).toBe(
      "CONCURRENT_TRANSACTIONS",
    );
  });

  it("leave the coordinator as it is when the log has something against their producer", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    const memberId = await oneMember(world, coordinator);
    world.log.refusal = "INVALID_PRODUCER_EPOCH";
    expect(await code(commitInTransaction(coordinator, 5))).toBe("INVALID_PRODUCER_EPOCH");
    expect(await code(end(coordinator, "commit"))).toBe("INVALID_PRODUCER_EPOCH");
    world.log.refusal = undefined;
    expect(await seen(coordinator)).toEqual({ offset: undefined, isPending: false });
    expect(await coordinator.heartbeat(group, { memberId, instanceId: null, generation: 1 })).toBe("NONE");
  });

  it("that a failing log lost are gone, and their end may be written when it is loaded again", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    await commitInTransaction(coordinator, 5);
    world.log.isHeld = true;
    const ending = end(coordinator, "commit");
    await settled();
    world.log.fail();
    expect(await code(ending)).toBe("NOT_COORDINATOR");
    world.log.isHeld = false;
    expect(await seen(coordinator)).toEqual({ offset: undefined, isPending: true });
    await end(coordinator, "commit");
    expect(await seen(coordinator)).toEqual({ offset: 5, isPending: false });
  });
});

type Action =
  | { readonly kind: "commit" }
  | { readonly kind: "transactional"; readonly producerId: number }
  | { readonly kind: "end"; readonly producerId: number; readonly result: "commit" | "abort" }
  | { readonly kind: "delete" }
  | { readonly kind: "restart" };

const producerId = fc.integer({ min: 1, max: 3 });
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.constant({ kind: "commit" as const }),
  fc.record({ kind: fc.constant("transactional" as const), producerId }),
  fc.record({
    kind: fc.constant("end" as const),
    producerId,
    result: fc.constantFrom("commit" as const, "abort" as const),
  }),
  fc.constant({ kind: "delete" as const }),
  fc.constant({ kind: "restart" as const }),
);

describe("plain and transactional commits in any order", () => {
  it("add up to the last one in the log that counts, restarts or not", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        const world = new CoordinatorWorld();
        const model = new CommitsModel();
        let coordinator = await world.open();
        // Without a group there is nothing to delete from.
        await coordinator.commitOffsets(group, nobody, commitOf(0));
        model.add(0);
        for (const [index, each] of actions.entries()) {
          const offset = index + 1;
          switch (each.kind) {
            case "commit":
              await coordinator.commitOffsets(group, nobody, commitOf(offset));
              model.add(offset);
              break;
            case "transactional":
              await commitInTransaction(coordinator, offset, { producerId: each.producerId });
              model.add(offset, each.producerId);
              break;
            case "end":
              await end(coordinator, each.result, each.producerId);
              model.end(each.producerId, each.result);
              break;
            case "delete":
              await coordinator.deleteOffsets(group, [{ topic: "orders", partition: 0 }]);
              model.clear();
              break;
            case "restart":
              await coordinator.close();
              coordinator = await world.open();
              break;
          }
          expect(await seen(coordinator)).toEqual(model.seen);
        }
      }),
      { numRuns: 100 },
    );
  });
});
