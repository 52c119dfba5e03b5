import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { batchOf, createTopic, memoryBroker, produce } from "../broker.test-kit.js";
import type { RawClient } from "../server/raw-client.test-kit.js";

async function offsetFor(client: RawClient, timestamp: number, version = 11, partition: object = {}) {
  const { topics } = await client.request(apis.ListOffsets, version, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: "orders", partitions: [{ partitionIndex: 0, timestamp, ...partition }] }],
  });
  const { errorCode, offset, timestamp: found, leaderEpoch } = topics[0]?.partitions[0] ?? {};
  return { errorCode, offset, timestamp: found, leaderEpoch };
}

async function withOrders(): Promise<RawClient> {
  const { client } = await memoryBroker();
  const topic = await createTopic(client, "orders");
  for (const timestamp of [1000, 3000, 2000]) await produce(client, topic, batchOf(["a", "b"], { timestamp }));
  return client;
}

describe("ListOffsets", () => {
  it.each([
    { title: "latest", timestamp: -1, expected: { offset: 6, timestamp: -1, leaderEpoch: 0 } },
    { title: "earliest", timestamp: -2, expected: { offset: 0, timestamp: -1, leaderEpoch: 0 } },
    { title: "greatest timestamp", timestamp: -3, expected: { offset: 2, timestamp: 3000, leaderEpoch: 0 } },
    { title: "earliest local", timestamp: -4, expected: { offset: 0, timestamp: -1, leaderEpoch: 0 } },
    { title: "last tiered", timestamp: -5, expected: { offset: -1, timestamp: -1, leaderEpoch: -1 } },
    { title: "earliest pending upload", timestamp: -6, expected: { offset: -1, timestamp: -1, leaderEpoch: -1 } },
    { title: "at a time", timestamp: 1001, expected: { offset: 2, timestamp: 3000, leaderEpoch: 0 } },
    { title: "at a time before all", timestamp: 0, expected: { offset: 0, timestamp: 1000, leaderEpoch: 0 } },
    { title: "at a time after all", timestamp: 3001, expected: { offset: -1, timestamp: -1, leaderEpoch: -1 } },
  ])("finds $title", async ({ timestamp, expected }) => {
    expect(await offsetFor(await withOrders(), timestamp)).toEqual({ errorCode: 0, ...expected });
  });
  it.each([
    { version: 6, timestamp: -3 },
    { version: 7, timestamp: -4 },
    { version: 8, timestamp: -5 },
    { version: 10, timestamp: -6 },
    { version: 11, timestamp: -7 },
  ])("does not know $timestamp in version $version", async ({ version, timestamp }) => {
    expect(await offsetFor(await withOrders(), timestamp, version)).toMatchObject({ errorCode: 35, offset: -1 });
  });
  it.each([
    { title: "an unknown partition", partition: { partitionIndex: 4 }, errorCode: 3 },
    { title: "an epoch of the future", partition: { currentLeaderEpoch: 4 }, errorCode: 75 },
  ])("refuses $title", async ({ partition, errorCode }) => {
    expect(await offsetFor(await withOrders(), -1, 7, partition)).toMatchObject({ errorCode, offset: -1 });
  });
  it("refuses a partition that is asked for twice, with one answer, and leaves out a topic without partitions", async () => {
    const client = await withOrders();
    const twice = { name: "orders", partitions: [{ partitionIndex: 0, timestamp: -1 }] };
    const { topics } = await client.request(apis.ListOffsets, 7, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [twice, { name: "empty", partitions: [] }, twice],
    });
    expect(topics).toMatchObject([{ name: "orders", partitions: [{ partitionIndex: 0, errorCode: 42 }] }]);
    expect(topics).toHaveLength(1);
  });
  it("fails on an isolation level there is not", async () => {
    const client = await withOrders();
    const { topics } = await client.request(apis.ListOffsets, 7, {
      replicaId: -1,
      isolationLevel: 2,
      topics: ["orders", "nowhere"].map((name) => ({ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] })),
    });
    expect(topics.map(({ partitions }) => partitions[0]?.errorCode)).toEqual([-1, -1]);
  });
});
