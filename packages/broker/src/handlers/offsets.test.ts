import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { createTopic, memoryBroker } from "../broker.test-kit.js";
import { wireCode } from "./error-code.js";

// Answers compared with Apache Kafka 4.3.0, their order included.

const groupId = "billing";
const at = (partitionIndex: number, committedOffset = 5) => ({
  partitionIndex,
  committedOffset,
  committedMetadata: "note",
});
const unknownPartition = wireCode("UNKNOWN_TOPIC_OR_PARTITION");

async function ready() {
  const { client } = await memoryBroker();
  const orders = await createTopic(client, "orders", { partitions: 2 });
  const payments = await createTopic(client, "payments", { partitions: 2 });
  return { client, orders, payments };
}

describe("OffsetCommit", () => {
  it("tells first what is not there, topic by topic and partition by partition", async () => {
    const { client } = await ready();
    const { topics } = await client.request(apis.OffsetCommit, 9, {
      groupId,
      topics: [
        { name: "payments", partitions: [at(0)] },
        { name: "orders", partitions: [at(0), at(7), at(1), at(-1)] },
        { name: "missing", partitions: [at(0)] },
      ],
    });
    expect(topics).toMatchObject([
      {
        name: "orders",
        partitions: [
          { partitionIndex: 7, errorCode: unknownPartition },
          { partitionIndex: -1, errorCode: unknownPartition },
          { partitionIndex: 0, errorCode: 0 },
          { partitionIndex: 1, errorCode: 0 },
        ],
      },
      { name: "missing", partitions: [{ partitionIndex: 0, errorCode: unknownPartition }] },
      { name: "payments", partitions: [{ partitionIndex: 0, errorCode: 0 }] },
    ]);
  });

  it("does not tell of a topic without partitions, unless it is not there", async () => {
    const { client } = await ready();
    const topics = ["orders", "missing"].map((name) => ({ name, partitions: [] }));
    const answer = await client.request(apis.OffsetCommit, 9, { groupId, topics });
    expect(answer.topics).toMatchObject([{ name: "missing", partitions: [] }]);
  });

  it("does not ask the group about partitions that are not there", async () => {
    const { client } = await ready();
    const body = { groupId, generationIdOrMemberEpoch: 5, topics: [{ name: "orders", partitions: [at(7)] }] };
    const { topics } = await client.request(apis.OffsetCommit, 9, body);
    expect(topics[0]?.partitions).toEqual([{ partitionIndex: 7, errorCode: unknownPartition }]);
  });
});

describe("OffsetFetch", () => {
  it("tells ids that nobody knows last", async () => {
    const { client, orders, payments } = await ready();
    const commit = { groupId, topics: [{ topicId: orders.id, partitions: [at(0)] }] };
    await client.request(apis.OffsetCommit, 10, commit);
    const unknown = Buffer.alloc(16, 7).toString("base64url");
    const topics = [payments.id, unknown, orders.id].map((topicId) => ({ topicId, partitionIndexes: [0] }));
    const { groups } = await client.request(apis.OffsetFetch, 10, { groups: [{ groupId, topics }] });
    expect(groups[0]?.topics.map(({ topicId, partitions }) => [topicId, partitions[0]?.errorCode])).toEqual([
      [payments.id, 0],
      [orders.id, 0],
      [unknown, wireCode("UNKNOWN_TOPIC_ID")],
    ]);
  });

  it.each([
    [null, -1],
    ["", 0],
    ["stranger", 3],
  ] as const)("asks a classic group not who reads it: %s in epoch %i", async (memberId, memberEpoch) => {
    const { client, orders } = await ready();
    const commit = { groupId, topics: [{ topicId: orders.id, partitions: [at(0)] }] };
    await client.request(apis.OffsetCommit, 10, commit);
    const topics = [{ topicId: orders.id, partitionIndexes: [0] }];
    const body = { groups: [{ groupId, memberId, memberEpoch, topics }], requireStable: true };
    const { groups } = await client.request(apis.OffsetFetch, 10, body);
    expect(groups[0]).toMatchObject({ errorCode: 0, topics: [{ partitions: [{ committedOffset: 5, errorCode: 0 }] }] });
  });
});

describe("OffsetDelete", () => {
  it("tells first what is not there", async () => {
    const { client } = await ready();
    await client.request(apis.OffsetCommit, 9, { groupId, topics: [{ name: "orders", partitions: [at(0)] }] });
    const topics = [
      { name: "payments", partitions: [{ partitionIndex: 1 }] },
      { name: "orders", partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] },
      { name: "missing", partitions: [{ partitionIndex: 0 }] },
    ];
    expect(await client.request(apis.OffsetDelete, 0, { groupId, topics })).toMatchObject({
      errorCode: 0,
      topics: [
        {
          name: "orders",
          partitions: [
            { partitionIndex: 9, errorCode: unknownPartition },
            { partitionIndex: 0, errorCode: 0 },
          ],
        },
        { name: "missing", partitions: [{ partitionIndex: 0, errorCode: unknownPartition }] },
        { name: "payments", partitions: [{ partitionIndex: 1, errorCode: 0 }] },
      ],
    });
  });
});

describe("ListGroups", () => {
  it.each([
    { statesFilter: [" empty "], typesFilter: [], isListed: true },
    { statesFilter: ["EMPTY", "nonsense"], typesFilter: ["Classic"], isListed: true },
    { statesFilter: ["Stable"], typesFilter: [], isListed: false },
    { statesFilter: [""], typesFilter: [], isListed: false },
    { statesFilter: [], typesFilter: [" classic "], isListed: false },
    { statesFilter: [], typesFilter: ["consumer"], isListed: false },
  ])("filters by states $statesFilter and types $typesFilter", async ({ isListed, ...filters }) => {
    const { client } = await ready();
    await client.request(apis.OffsetCommit, 9, { groupId, topics: [{ name: "orders", partitions: [at(0)] }] });
    const { groups } = await client.request(apis.ListGroups, 5, filters);
    const simple = { groupId, protocolType: "", groupState: "Empty", groupType: "classic" };
    expect(groups).toEqual(isListed ? [simple] : []);
  });
});
