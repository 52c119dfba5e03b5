import type { Admin, Topic } from "@ottla/client";
import { expect, it } from "vitest";
import { describeBehaviour } from "./target.js";

describeBehaviour("moving a group's offsets", (on) => {
  const scene = async () => {
    const contract = await on.topic({ partitions: 2 });
    const kafka = on.kafka();
    const admin = kafka.admin();
    const producer = kafka.producer();
    for (let n = 0; n < 10; n += 1) {
      await producer.send(contract, { value: `${n}`, partition: 0, timestamp: 1_000 * (n + 1) });
    }
    const groupId = on.unique("group");
    await admin.offsets.commit(groupId, [{ topic: contract.name, partition: 0, offset: 4n }]);
    return { contract, kafka, admin, groupId };
  };
  const committed = async (admin: Admin, groupId: string, { name }: Topic) => {
    const offsets = await admin.offsets.committed(groupId);
    return offsets.filter(({ topic }) => topic === name).map(({ partition, offset }) => [partition, offset]);
  };

  it.each([
    { title: "the first record", to: "earliest", offsets: [0n, 0n] },
    { title: "behind the last", to: "latest", offsets: [10n, 0n] },
    { title: "a time", to: { timestamp: 6_500 }, offsets: [6n, 0n] },
    { title: "a date", to: { timestamp: new Date(2_000) }, offsets: [1n, 0n] },
    { title: "a time behind all records", to: { timestamp: 99_000 }, offsets: [10n, 0n] },
    { title: "an offset, as far as the log goes", to: { offset: 7n }, offsets: [7n, 0n] },
  ] as const)("goes to $title", async ({ to, offsets }) => {
    const { contract, admin, groupId } = await scene();
    const plan = await admin.groups.planReset(groupId, { topics: [contract], to });
    expect(plan.partitions.map((each) => [each.partition, each.from, each.to])).toEqual([
      [0, 4n, offsets[0]],
      [1, undefined, offsets[1]],
    ]);
    expect(await committed(admin, groupId, contract)).toEqual([[0, 4n]]);
    const outcomes = await plan.apply();
    expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect((await committed(admin, groupId, contract)).toSorted()).toEqual([
      [0, offsets[0]],
      [1, offsets[1]],
    ]);
  });

  it("goes so many records back or on, as far as the log goes, where something was committed", async () => {
    const { contract, admin, groupId } = await scene();
    const shift = async (by: number) => {
      const [outcome] = await admin.groups.resetOffsets(groupId, { to: { shift: by } });
      return [outcome?.from, outcome?.to, outcome?.isBounded];
    };
    expect(await shift(-3)).toEqual([4n, 1n, false]);
    expect(await shift(-3)).toEqual([1n, 0n, true]);
    expect(await shift(50)).toEqual([0n, 10n, true]);
    const plan = await admin.groups.planReset(groupId, { topics: [contract.name], to: { shift: -1 } });
    expect(plan.partitions).toMatchObject([
      { partition: 0, to: 9n },
      { partition: 1, to: undefined, error: { code: "INVALID_CONFIG" } },
    ]);
  });

  it("goes where another group stands, and to partitions by name", async () => {
    const { contract, admin, groupId } = await scene();
    const other = on.unique("other");
    const place = { topic: contract.name, partition: 1 };
    await admin.groups.resetOffsets(other, { topics: [contract], to: { committedBy: groupId } });
    expect(await committed(admin, other, contract)).toEqual([[0, 4n]]);
    await admin.groups.resetOffsets(other, { topics: [place], to: "latest" });
    expect((await committed(admin, other, contract)).toSorted()).toEqual([
      [0, 4n],
      [1, 0n],
    ]);
    await expect(admin.groups.planReset(groupId, { topics: [on.unique("none")], to: "latest" })).rejects.toMatchObject({
      code: "UNKNOWN_TOPIC_OR_PARTITION",
    });
  });

  it("leaves a group with members alone", async () => {
    const { contract, kafka, admin, groupId } = await scene();
    const plan = await admin.groups.planReset(groupId, { to: "earliest" });
    const consumer = kafka.consumer({ groupId, topics: [contract] });
    const records = consumer[Symbol.asyncIterator]();
    expect((await records.next()).done).toBe(false);
    await expect(admin.groups.planReset(groupId, { to: "earliest" })).rejects.toMatchObject({
      code: "NON_EMPTY_GROUP",
      message: expect.stringContaining("1 member"),
    });
    await expect(plan.apply()).rejects.toMatchObject({ code: "NON_EMPTY_GROUP" });
    await records.return?.();
    await consumer.close();
    expect((await plan.apply()).map(({ to, error }) => [to, error])).toEqual([[0n, undefined]]);
  });
});
