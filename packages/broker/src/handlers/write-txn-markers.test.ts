import { apis, type RequestInput } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { createTopic, memoryBroker } from "../broker.test-kit.js";

type Marker = RequestInput<typeof apis.WriteTxnMarkers>["markers"][number];

const orders = [{ name: "orders", partitionIndexes: [0] }];
const marker = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, transactionVersion: 0, topics: orders };

describe("WriteTxnMarkers", () => {
  it.each<{ title: string; markers: readonly Partial<Marker>[]; answers: readonly unknown[] }>([
    { title: "a marker", markers: [{}], answers: [[7, "orders", 0, 0]] },
    {
      title: "one where there is no partition",
      markers: [{ topics: [{ name: "orders", partitionIndexes: [9] }] }],
      answers: [[7, "orders", 9, 3]],
    },
    { title: "one for nothing", markers: [{ topics: [] }], answers: [] },
    {
      title: "one for nothing of a topic",
      markers: [{ topics: [{ name: "orders", partitionIndexes: [] }] }],
      answers: [],
    },
    { title: "two of a producer", markers: [{}, {}], answers: [[7, "orders", 0, 0]] },
    {
      title: "two of two",
      markers: [{}, { producerId: 8 }],
      answers: [
        [7, "orders", 0, 0],
        [8, "orders", 0, 0],
      ],
    },
    {
      title: "one of nobody, beside another",
      markers: [{}, { producerId: -1 }],
      answers: [
        [7, "orders", 0, -1],
        [-1, "orders", 0, -1],
      ],
    },
    { title: "one of no epoch", markers: [{ producerEpoch: -1 }], answers: [[7, "orders", 0, -1]] },
    { title: "one of an impossible epoch", markers: [{ producerEpoch: -2 }], answers: [[7, "orders", 0, 47]] },
    { title: "one of no coordinator's epoch", markers: [{ coordinatorEpoch: -1 }], answers: [[7, "orders", 0, 0]] },
    { title: "one of an impossible coordinator", markers: [{ coordinatorEpoch: -2 }], answers: [[7, "orders", 0, 52]] },
    { title: "one of no version", markers: [{ transactionVersion: -1 }], answers: [[7, "orders", 0, -1]] },
  ])("answers $title", async ({ markers, answers }) => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    const request = { markers: markers.map((each) => ({ ...marker, transactionResult: true, ...each })) };
    const response = await client.request(apis.WriteTxnMarkers, 2, request);
    const shown = response.markers.flatMap(({ producerId, topics }) =>
      topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, errorCode }) => [producerId, name, partitionIndex, errorCode]),
      ),
    );
    expect(shown).toEqual(answers);
  });
});
