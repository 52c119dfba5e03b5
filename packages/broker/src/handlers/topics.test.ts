import { apis, type CreateTopicsRequestInput, zeroUuid } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { batchOf, createTopic, describeTopic, memoryBroker, produce } from "../broker.test-kit.js";
import type { RawClient } from "../server/raw-client.test-kit.js";

type TopicInput = CreateTopicsRequestInput["topics"][number];

const topicInput = (overrides: Partial<TopicInput> = {}): TopicInput => ({
  name: "orders",
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...overrides,
});
const create = async (client: RawClient, topics: readonly TopicInput[], validateOnly = false, version = 7) =>
  (await client.request(apis.CreateTopics, version, { topics, timeoutMs: 1000, validateOnly })).topics;
const placed = (...assignments: readonly (readonly [number, readonly number[]])[]): Partial<TopicInput> => ({
  numPartitions: -1,
  replicationFactor: -1,
  assignments: assignments.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
});

describe("CreateTopics", () => {
  it("answers the topic as it was made", async () => {
    const { client } = await memoryBroker();
    const [topic] = await create(client, [
      topicInput({ numPartitions: 3, configs: [{ name: "retention.ms", value: "5" }] }),
    ]);
    expect(topic).toMatchObject({ name: "orders", errorCode: 0, numPartitions: 3, replicationFactor: 1 });
    expect(topic?.topicId).not.toBe(zeroUuid);
    const configs = new Map(topic?.configs?.map(({ name, value, configSource }) => [name, [value, configSource]]));
    expect(configs.get("retention.ms")).toEqual(["5", 1]);
    expect(configs.get("segment.bytes")).toEqual(["1073741824", 5]);
    expect((await describeTopic(client, "orders"))?.partitions).toHaveLength(3);
  });
  it("takes the broker's defaults for -1", async () => {
    const { client } = await memoryBroker({ config: { "num.partitions": 5 } });
    const [topic] = await create(client, [topicInput({ numPartitions: -1, replicationFactor: -1 })]);
    expect(topic).toMatchObject({ errorCode: 0, numPartitions: 5, replicationFactor: 1 });
  });
  it("takes partitions placed by hand on this node", async () => {
    const { client } = await memoryBroker();
    expect(await create(client, [topicInput(placed([1, [1]], [0, [1]]))])).toMatchObject([
      { errorCode: 0, numPartitions: 2 },
    ]);
  });
  it("creates nothing when only to validate, and says what it would", async () => {
    const { client } = await memoryBroker();
    const [would] = await create(client, [topicInput()], true);
    expect(would).toMatchObject({ errorCode: 0, numPartitions: 1 });
    expect(would?.topicId).not.toBe(zeroUuid);
    expect(await describeTopic(client, "orders")).toMatchObject({ errorCode: 3 });
  });
  it("says that a topic is there before it says what else is wrong", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    expect(await create(client, [topicInput({ numPartitions: 0 })])).toMatchObject([{ errorCode: 36 }]);
    expect(await create(client, [topicInput({ name: "b", numPartitions: 0, replicationFactor: 2 })])).toMatchObject([
      { errorCode: 37 },
    ]);
  });
  it("makes no more than 10,000 partitions for one request, of all its topics together", async () => {
    const { client } = await memoryBroker();
    const ask = async (...counts: readonly number[]) =>
      (
        await create(
          client,
          counts.map((numPartitions, index) => topicInput({ name: `t${index}`, numPartitions })),
          true,
        )
      ).map(({ errorCode }) => errorCode);
    expect(await ask(6000, 4000)).toEqual([0, 0]);
    expect(await ask(6000, 4001)).toEqual([44, 44]);
  });
  it.each([
    { title: "an empty name", input: { name: "" }, errorCode: 17 },
    { title: "a name of dots", input: { name: ".." }, errorCode: 17 },
    { title: "a long name", input: { name: "a".repeat(250) }, errorCode: 17 },
    { title: "a name with a slash", input: { name: "a/b" }, errorCode: 17 },
    { title: "no partitions", input: { numPartitions: 0 }, errorCode: 37 },
    { title: "fewer than no partitions", input: { numPartitions: -2 }, errorCode: 37 },
    { title: "too many partitions", input: { numPartitions: 1_000_000 }, errorCode: 44 },
    { title: "no replicas", input: { replicationFactor: 0 }, errorCode: 38 },
    { title: "more replicas than brokers", input: { replicationFactor: 3 }, errorCode: 38 },
    { title: "an unknown config", input: { configs: [{ name: "nope", value: "1" }] }, errorCode: 40 },
    { title: "an invalid config", input: { configs: [{ name: "retention.ms", value: "x" }] }, errorCode: 40 },
    { title: "a null config", input: { configs: [{ name: "retention.ms", value: null }] }, errorCode: 40 },
    { title: "a count beside a placement", input: { ...placed([0, [1]]), numPartitions: 1 }, errorCode: 42 },
    { title: "a factor beside a placement", input: { ...placed([0, [1]]), replicationFactor: 1 }, errorCode: 42 },
    { title: "a gap in the placement", input: placed([1, [1]]), errorCode: 39 },
    { title: "a partition placed twice", input: placed([0, [1]], [0, [1]]), errorCode: 39 },
    { title: "a placement elsewhere", input: placed([0, [2]]), errorCode: 39 },
    { title: "a placement nowhere", input: placed([0, []]), errorCode: 39 },
    { title: "a placement on one node twice", input: placed([0, [1, 1]]), errorCode: 39 },
  ])("refuses $title with $errorCode", async ({ input, errorCode }) => {
    const { client } = await memoryBroker();
    const [answer] = await create(client, [topicInput(input)]);
    expect(answer).toMatchObject({ errorCode, numPartitions: -1, topicId: zeroUuid });
    expect(answer?.errorMessage).toMatch(/\w+/);
    expect((await client.request(apis.Metadata, 9, { topics: null })).topics).toEqual([]);
  });
  it("refuses names that exist, that stand twice, or that differ in dots and underscores only", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "a.b");
    const answers = await create(client, [
      topicInput({ name: "a.b" }),
      topicInput({ name: "a_b" }),
      topicInput({ name: "x" }),
      topicInput({ name: "x" }),
      topicInput({ name: "y.z" }),
      topicInput({ name: "y_z" }),
    ]);
    expect(new Map(answers.map(({ name, errorCode }) => [name, errorCode]))).toEqual(
      new Map([
        ["x", 42],
        ["a.b", 36],
        ["a_b", 17],
        ["y.z", 0],
        ["y_z", 17],
      ]),
    );
  });
});

describe("DeleteTopics", () => {
  const remove = async (client: RawClient, topics: readonly { name: string | null; topicId: string }[]) =>
    (await client.request(apis.DeleteTopics, 6, { topics, timeoutMs: 1000 })).responses;

  it("takes the topic and its records, so that one of the same name begins at 0 with another id", async () => {
    const { client } = await memoryBroker();
    const first = await createTopic(client, "orders");
    await produce(client, first, batchOf(["a"]));
    expect(await remove(client, [{ name: "orders", topicId: zeroUuid }])).toMatchObject([
      { errorCode: 0, topicId: first.id },
    ]);
    expect(await describeTopic(client, "orders")).toMatchObject({ errorCode: 3 });
    const second = await createTopic(client, "orders");
    expect(second.id).not.toBe(first.id);
    expect(await produce(client, second, batchOf(["b"]))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await produce(client, first, batchOf(["c"]), { version: 13 })).toMatchObject({ errorCode: 100 });
  });
  it("takes ids, and by name alone before version 6", async () => {
    const { client } = await memoryBroker();
    const { id } = await createTopic(client, "a");
    await createTopic(client, "b");
    expect(await remove(client, [{ name: null, topicId: id }])).toMatchObject([{ name: "a", errorCode: 0 }]);
    const old = await client.request(apis.DeleteTopics, 1, { topics: [], topicNames: ["b"], timeoutMs: 1000 });
    expect(old.responses).toMatchObject([{ name: "b", errorCode: 0 }]);
  });
  it("answers each mistake with its code, and deletes nothing", async () => {
    const { client } = await memoryBroker();
    const { id } = await createTopic(client, "orders");
    const unknownId = "AAAAAAAAAAAAAAAAAAAABQ";
    expect(await remove(client, [{ name: "nope", topicId: zeroUuid }])).toMatchObject([{ errorCode: 3 }]);
    expect(await remove(client, [{ name: null, topicId: unknownId }])).toMatchObject([{ errorCode: 100 }]);
    expect(await remove(client, [{ name: null, topicId: zeroUuid }])).toMatchObject([{ errorCode: 42 }]);
    expect(await remove(client, [{ name: "orders", topicId: id }])).toMatchObject([{ errorCode: 42 }]);
    expect(await describeTopic(client, "orders")).toMatchObject({ errorCode: 0 });
  });
  it.each([
    { title: "its name twice", asked: ["name", "name"], answers: [["orders", "", 42]] },
    { title: "its id twice", asked: ["id", "id"], answers: [[null, "id", 42]] },
    { title: "its name and its id", asked: ["name", "id"], answers: [["orders", "id", 42]] },
    {
      title: "its name twice, and its id",
      asked: ["name", "name", "id"],
      answers: [
        ["orders", "", 42],
        ["orders", "id", 0],
      ],
    },
    {
      title: "its name, and both at once",
      asked: ["both", "name"],
      answers: [
        ["orders", "id", 42],
        ["orders", "id", 0],
      ],
    },
    {
      title: "neither, twice",
      asked: ["neither", "neither"],
      answers: [
        [null, "", 42],
        [null, "", 42],
      ],
    },
  ])("answers $title", async ({ asked, answers }) => {
    const { client } = await memoryBroker();
    const { id } = await createTopic(client, "orders");
    const topics = asked.map((by) => ({
      name: by === "name" || by === "both" ? "orders" : null,
      topicId: by === "id" || by === "both" ? id : zeroUuid,
    }));
    const shown = (topicId: string) => (topicId === id ? "id" : topicId === zeroUuid ? "" : topicId);
    const responses = await remove(client, topics);
    expect(responses.map(({ name, topicId, errorCode }) => [name, shown(topicId), errorCode])).toEqual(answers);
  });
  it("is refused where the broker does not delete", async () => {
    const { client } = await memoryBroker({ config: { "delete.topic.enable": false } });
    await createTopic(client, "orders");
    expect(await remove(client, [{ name: "orders", topicId: zeroUuid }])).toMatchObject([{ errorCode: 73 }]);
  });
});

describe("CreatePartitions", () => {
  const grow = async (
    client: RawClient,
    topics: readonly { name: string; count: number; assignments: { brokerIds: number[] }[] | null }[],
    validateOnly = false,
  ) => (await client.request(apis.CreatePartitions, 3, { topics, timeoutMs: 1000, validateOnly })).results;

  it("adds partitions that can be written at once", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    expect(await grow(client, [{ name: "orders", count: 3, assignments: null }])).toMatchObject([{ errorCode: 0 }]);
    expect((await describeTopic(client, "orders"))?.partitions).toHaveLength(3);
    expect(await produce(client, topic, batchOf(["a"]), { partition: 2 })).toMatchObject({ errorCode: 0 });
  });
  it.each([
    { title: "the same count", topic: { count: 1 }, errorCode: 37 },
    { title: "a smaller count", topic: { count: 0 }, errorCode: 37 },
    { title: "an unknown topic", topic: { name: "nope" }, errorCode: 3 },
    { title: "too few placements", topic: { count: 3, assignments: [{ brokerIds: [1] }] }, errorCode: 39 },
    { title: "a placement elsewhere", topic: { assignments: [{ brokerIds: [9] }] }, errorCode: 39 },
  ])("refuses $title with $errorCode", async ({ topic, errorCode }) => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    expect(await grow(client, [{ name: "orders", count: 2, assignments: null, ...topic }])).toMatchObject([
      { errorCode },
    ]);
    expect((await describeTopic(client, "orders"))?.partitions).toHaveLength(1);
  });
  it("makes no more than 10,000 for one request, of all its topics together", async () => {
    const { client } = await memoryBroker();
    for (const name of ["a", "b"]) await createTopic(client, name);
    const ask = async (a: number, b: number) => {
      const topics = Object.entries({ a, b }).map(([name, count]) => ({ name, count, assignments: null }));
      return (await grow(client, topics, true)).map(({ errorCode }) => errorCode);
    };
    expect(await ask(6001, 4001)).toEqual([0, 0]);
    expect(await ask(6001, 4002)).toEqual([0, -1]);
    expect(await ask(10_002, 2)).toEqual([-1, 0]);
  });
  it("changes nothing when only to validate", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    expect(await grow(client, [{ name: "orders", count: 2, assignments: null }], true)).toMatchObject([
      { errorCode: 0 },
    ]);
    expect((await describeTopic(client, "orders"))?.partitions).toHaveLength(1);
  });
});

describe("DeleteRecords", () => {
  const removeBefore = async (client: RawClient, offset: number, name = "orders") => {
    const topics = [{ name, partitions: [{ partitionIndex: 0, offset }] }];
    const answer = await client.request(apis.DeleteRecords, 2, { topics, timeoutMs: 1000 });
    return answer.topics[0]?.partitions[0];
  };

  it("moves the start of the log and never back", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    for (const text of ["a", "b", "c"]) await produce(client, topic, batchOf([text]));
    expect(await removeBefore(client, 2)).toMatchObject({ errorCode: 0, lowWatermark: 2 });
    expect(await removeBefore(client, 0)).toMatchObject({ errorCode: 0, lowWatermark: 2 });
    expect(await removeBefore(client, -1)).toMatchObject({ errorCode: 0, lowWatermark: 3 });
    expect(await removeBefore(client, 4)).toMatchObject({ errorCode: 1, lowWatermark: -1 });
    expect(await removeBefore(client, -2)).toMatchObject({ errorCode: 1, lowWatermark: -1 });
  });
  it("is refused on topics that are not deleted from", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders", { configs: { "cleanup.policy": "compact" } });
    expect(await removeBefore(client, 0)).toMatchObject({ errorCode: 44 });
    expect(await removeBefore(client, 0, "nope")).toMatchObject({ errorCode: 3 });
  });
});

describe("InitProducerId", () => {
  it("gives every producer an id of its own", async () => {
    const { client } = await memoryBroker();
    const next = () => client.request(apis.InitProducerId, 4, { transactionalId: null, transactionTimeoutMs: 0 });
    const answers = await Promise.all(Array.from({ length: 1200 }, next));
    expect(new Set(answers.map(({ producerId }) => producerId)).size).toBe(1200);
    expect(answers.every(({ errorCode, producerEpoch }) => errorCode === 0 && producerEpoch === 0)).toBe(true);
  });
});

describe("DescribeCluster", () => {
  it("describes one broker, to those who ask for brokers", async () => {
    const { broker, client } = await memoryBroker({ clusterId: "test-cluster" });
    const ask = (endpointType: number) =>
      client.request(apis.DescribeCluster, 2, {
        includeClusterAuthorizedOperations: true,
        endpointType,
        includeFencedBrokers: false,
      });
    expect(await ask(1)).toMatchObject({
      errorCode: 0,
      clusterId: "test-cluster",
      controllerId: 1,
      brokers: [{ brokerId: 1, host: "127.0.0.1", port: broker.port, isFenced: false }],
      clusterAuthorizedOperations: 8096,
    });
    expect((await ask(2)).errorCode).toBe(114);
    expect((await ask(3)).errorCode).toBe(115);
  });
});
