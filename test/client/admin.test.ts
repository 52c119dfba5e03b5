import { Broker } from "@ottla/broker";
import { Kafka, string, topic } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";

const orders = topic("orders", { key: string(), value: string(), partitions: 2, config: { "retention.ms": 60_000 } });

const start = async () => {
  const broker = await Broker.start({ memory: true });
  cleanup(() => broker.close());
  const kafka = new Kafka({ brokers: [`127.0.0.1:${broker.port}`] });
  cleanup(() => kafka.close());
  return { kafka, admin: kafka.admin() };
};

describe("admin against the broker", () => {
  it("makes, changes, lists and deletes topics", async () => {
    const { admin } = await start();
    expect(await admin.topics.create([orders, orders.partitions === 2 ? { name: "bad name" } : orders])).toMatchObject([
      { name: "orders", partitions: 2, error: undefined },
      { name: "bad name", error: { code: "INVALID_TOPIC_EXCEPTION" } },
    ]);
    expect(await admin.topics.createPartitions([{ topic: "orders", count: 4 }])).toMatchObject([{ error: undefined }]);
    expect(await admin.topics.describe(["orders", "none"])).toMatchObject([
      { name: "orders", partitions: [{ leader: 1 }, {}, {}, {}] },
      { name: "none", error: { code: "UNKNOWN_TOPIC_OR_PARTITION" } },
    ]);
    expect((await admin.topics.list()).map(({ name }) => name)).toEqual(["orders"]);
    expect(await admin.topics.delete(["orders", "none"])).toMatchObject([
      { name: "orders", error: undefined },
      { name: "none", error: { code: "UNKNOWN_TOPIC_OR_PARTITION" } },
    ]);
    expect(await admin.topics.list()).toEqual([]);
    expect(await admin.describeCluster()).toMatchObject({ controllerId: 1, brokers: [{ nodeId: 1 }] });
  });

  it("reads and changes configurations", async () => {
    const { admin } = await start();
    await admin.topics.create([orders]);
    const retention = async () => {
      const [described] = await admin.configs.describe([{ type: "topic", name: "orders" }], {
        names: ["retention.ms"],
      });
      return described?.entries.map(({ value, source }) => ({ value, source }));
    };
    expect(await retention()).toEqual([{ value: "60000", source: "topic" }]);
    expect(
      await admin.configs.alter([
        { type: "topic", name: "orders", set: { "retention.ms": 5_000 } },
        { type: "topic", name: "orders", set: { nonsense: 1 } },
      ]),
    ).toMatchObject([{ error: undefined }, { error: { code: "INVALID_CONFIG" } }]);
    expect(await retention()).toEqual([{ value: "5000", source: "topic" }]);
    await admin.configs.alter([{ type: "topic", name: "orders", remove: ["retention.ms"] }]);
    expect(await retention()).not.toEqual([{ value: "5000", source: "topic" }]);
  });

  it("finds, commits and forgets offsets, and says how far a group is behind", async () => {
    const { kafka, admin } = await start();
    await admin.topics.create([orders]);
    const producer = kafka.producer();
    for (const timestamp of [1_000, 2_000, 3_000]) {
      await producer.send(orders, { key: "k", value: "v", partition: 0, timestamp });
    }
    const at = async (spec: "earliest" | "latest" | number) =>
      (await admin.offsets.list([{ topic: "orders", partition: 0, at: spec }]))[0]?.offset;
    expect([await at("earliest"), await at("latest"), await at(1_500), await at(9_000)]).toEqual([
      0n,
      3n,
      1n,
      undefined,
    ]);
    expect(await admin.offsets.commit("billing", [{ topic: "orders", partition: 0, offset: 1n }])).toMatchObject([
      { error: undefined },
    ]);
    expect(await admin.offsets.committed("billing")).toMatchObject([{ topic: "orders", partition: 0, offset: 1n }]);
    expect(await admin.lag("billing")).toMatchObject([{ partition: 0, committed: 1n, logEndOffset: 3n, lag: 2n }]);
    expect(await admin.groups.list()).toMatchObject([{ groupId: "billing", state: "Empty" }]);
    expect(await admin.groups.describe(["billing"])).toMatchObject([{ state: "Empty", members: [] }]);
    expect(await admin.topics.deleteRecords([{ topic: "orders", partition: 0, before: 2n }])).toMatchObject([
      { logStartOffset: 2n },
    ]);
    expect(await admin.offsets.delete("billing", [{ topic: "orders", partition: 0 }])).toMatchObject([
      { error: undefined },
    ]);
    expect(await admin.groups.delete(["none"])).toMatchObject([{ error: { code: "GROUP_ID_NOT_FOUND" } }]);
  });
});

it("commits for a member of a group as consumer.groupMetadata() names it, and for nobody else while there are members", async () => {
  const { kafka, admin } = await start();
  await admin.topics.create([orders]);
  await kafka.producer().send(orders, { key: "a", value: "1", partition: 0 });
  const consumer = kafka.consumer({ groupId: "g", topics: [orders], autoCommit: false });
  for await (const { partition, offset } of consumer) {
    const offsets = [{ topic: "orders", partition, offset: offset + 1n, metadata: "by hand" }];
    const member = consumer.groupMetadata();
    expect(await admin.offsets.commit("g", offsets)).toMatchObject([{ error: { code: "UNKNOWN_MEMBER_ID" } }]);
    expect(await admin.offsets.commit({ ...member, generation: member.generation + 1 }, offsets)).toMatchObject([
      { error: { code: "ILLEGAL_GENERATION" } },
    ]);
    expect(await admin.offsets.commit(member, offsets)).toMatchObject([{ error: undefined }]);
    break;
  }
  const partitions = [{ topic: "orders", partition: 0 }];
  expect(await admin.offsets.committed("g", { partitions })).toMatchObject([{ offset: 1n, metadata: "by hand" }]);
});
