import { apis, encodeBatch } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { createTopic, memoryBroker, produce } from "../broker.test-kit.js";

const idempotent = (baseSequence: number, timestamp: number): Buffer =>
  encodeBatch(
    ["a", "b"].map((text) => ({ key: null, value: Buffer.from(text), timestamp })),
    { producerId: 4, producerEpoch: 1, baseSequence },
  );

describe("DescribeProducers", () => {
  it("tells what a partition knows of its producers", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    await produce(client, topic, idempotent(0, 1_000));
    await produce(client, topic, idempotent(2, 3_000));
    const { topics } = await client.request(apis.DescribeProducers, 0, {
      topics: [
        { name: "orders", partitionIndexes: [0, 7] },
        { name: "nowhere", partitionIndexes: [0] },
        { name: "no name", partitionIndexes: [0] },
      ],
    });
    const state = {
      producerId: 4,
      producerEpoch: 1,
      lastSequence: 3,
      lastTimestamp: 3_000,
      coordinatorEpoch: -1,
      currentTxnStartOffset: -1,
    };
    const unknown = { errorCode: 3, activeProducers: [] };
    expect(topics).toMatchObject([
      {
        name: "orders",
        partitions: [
          { partitionIndex: 0, errorCode: 0, errorMessage: null, activeProducers: [state] },
          { partitionIndex: 7, ...unknown, errorMessage: null },
        ],
      },
      { name: "nowhere", partitions: [{ partitionIndex: 0, ...unknown, errorMessage: expect.any(String) }] },
      { name: "no name", partitions: [{ partitionIndex: 0, errorCode: 17, errorMessage: expect.any(String) }] },
    ]);
  });
});
