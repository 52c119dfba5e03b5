import { apis, zeroUuid } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { createTopic, memoryBroker } from "../broker.test-kit.js";

const named = (name: string) => ({ topicId: zeroUuid, name });

describe("Metadata", () => {
  it("tells where this broker is and which cluster it makes", async () => {
    const { broker, client } = await memoryBroker({
      nodeId: 7,
      clusterId: "test-cluster",
      config: { "broker.rack": "r" },
    });
    const answer = await client.request(apis.Metadata, 12, { topics: [] });
    expect(answer).toMatchObject({
      clusterId: "test-cluster",
      controllerId: 7,
      brokers: [{ nodeId: 7, host: "127.0.0.1", port: broker.port, rack: "r" }],
      topics: [],
    });
  });
  it.each([0, 1, 5, 9, 13])("describes a topic in version %d", async (version) => {
    const { client } = await memoryBroker();
    const { id } = await createTopic(client, "orders", { partitions: 2 });
    const { topics } = await client.request(apis.Metadata, version, { topics: [named("orders")] });
    expect(topics).toHaveLength(1);
    expect(topics[0]).toMatchObject({ errorCode: 0, name: "orders", isInternal: false });
    expect(topics[0]?.partitions.map(({ partitionIndex, leaderId }) => [partitionIndex, leaderId])).toEqual([
      [0, 1],
      [1, 1],
    ]);
    if (version >= 10) expect(topics[0]?.topicId).toBe(id);
  });
  it("gives all topics to null, none to an empty list, and all to an empty list in version 0", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "a");
    await createTopic(client, "b");
    const names = async (version: number, topics: readonly never[] | null) =>
      (await client.request(apis.Metadata, version, { topics })).topics.map(({ name }) => name);
    expect(await names(1, null)).toEqual(["a", "b"]);
    expect(await names(1, [])).toEqual([]);
    expect(await names(0, [])).toEqual(["a", "b"]);
  });
  it("creates a topic that is asked for, once, however many ask at a time", async () => {
    const { client } = await memoryBroker({ config: { "num.partitions": 3 } });
    const answers = await Promise.all(
      [1, 2, 3].map(() => client.request(apis.Metadata, 12, { topics: [named("new"), named("new")] })),
    );
    const ids = new Set(answers.map(({ topics }) => topics[0]?.topicId));
    expect(ids.size).toBe(1);
    for (const { topics } of answers) {
      expect(topics).toHaveLength(1);
      expect(topics[0]).toMatchObject({ errorCode: 0 });
      expect(topics[0]?.partitions).toHaveLength(3);
    }
  });
  it.each([
    { title: "the client does not want it", config: {}, allow: false, name: "new", errorCode: 3 },
    {
      title: "the broker does not do it",
      config: { "auto.create.topics.enable": false },
      allow: true,
      name: "new",
      errorCode: 3,
    },
    { title: "it is the metadata log", config: {}, allow: true, name: "__cluster_metadata", errorCode: 3 },
    { title: "it is a coordinator's", config: {}, allow: true, name: "__transaction_state", errorCode: 3 },
    { title: "the name is invalid", config: {}, allow: true, name: "a b", errorCode: 17 },
  ])("creates nothing when $title", async ({ config, allow, name, errorCode }) => {
    const { client } = await memoryBroker({ config });
    const request = { topics: [named(name)], allowAutoTopicCreation: allow };
    expect((await client.request(apis.Metadata, 9, request)).topics).toMatchObject([
      { errorCode, name, partitions: [] },
    ]);
    expect((await client.request(apis.Metadata, 9, { topics: null })).topics).toEqual([]);
  });
  it("creates nothing that is too much like another", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "a.b");
    expect((await client.request(apis.Metadata, 9, { topics: [named("a_b")] })).topics).toMatchObject([
      { errorCode: 3, name: "a_b" },
    ]);
  });
  it("creates nothing for a request that misses more topics than one may make", async () => {
    const { client } = await memoryBroker({ config: { "num.partitions": 5000 } });
    const ask = async (...names: string[]) =>
      (await client.request(apis.Metadata, 9, { topics: names.map(named) })).topics.map(({ errorCode }) => errorCode);
    expect(await ask("a", "b", "c")).toEqual([3, 3, 3]);
    expect(await ask("a", "b")).toEqual([0, 0]);
    expect(await ask("a", "b", "c")).toEqual([0, 0, 0]);
  });
  it("finds topics by id from version 12 on", async () => {
    const { client } = await memoryBroker();
    const { id } = await createTopic(client, "orders");
    const ask = (version: number, topicId: string) =>
      client.request(apis.Metadata, version, { topics: [{ topicId, name: version < 12 ? "x" : null }] });
    expect((await ask(12, id)).topics).toMatchObject([{ errorCode: 0, name: "orders" }]);
    expect((await ask(12, "AAAAAAAAAAAAAAAAAAAABQ")).topics).toMatchObject([{ errorCode: 100, name: null }]);
    expect((await ask(10, id)).topics).toMatchObject([{ errorCode: 42 }]);
  });
  it("creates __consumer_offsets as the coordinator does", async () => {
    const { client } = await memoryBroker();
    const { topics } = await client.request(apis.Metadata, 9, { topics: [named("__consumer_offsets")] });
    expect(topics[0]).toMatchObject({ errorCode: 0, isInternal: true });
    expect(topics[0]?.partitions).toHaveLength(4);
  });
  it("tells the operations allowed when asked", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    const answer = await client.request(apis.Metadata, 8, {
      topics: [named("orders")],
      includeClusterAuthorizedOperations: true,
      includeTopicAuthorizedOperations: true,
    });
    expect(answer.clusterAuthorizedOperations).toBe(8096);
    expect(answer.topics[0]?.topicAuthorizedOperations).toBe(3576);
  });
});

describe("Metadata asked by id", () => {
  const ask = async (version: number, topics: readonly { name: string | null; topicId: string }[]) => {
    const { client } = await memoryBroker();
    const { id } = await createTopic(client, "orders");
    await createTopic(client, "bills");
    return client.request(apis.Metadata, version, {
      topics: topics.map(({ name, topicId }) => ({ name, topicId: topicId === "orders" ? id : topicId })),
      allowAutoTopicCreation: false,
      includeTopicAuthorizedOperations: true,
    });
  };
  const named = { name: "bills", topicId: zeroUuid };
  const byId = { name: null, topicId: "orders" };

  it.each([10, 11])("answers nothing in version %d, which cannot", async (version) => {
    expect(await ask(version, [byId, named])).toMatchObject({
      brokers: [],
      clusterId: null,
      controllerId: -1,
      topics: [
        { errorCode: 42, name: "" },
        { errorCode: 42, name: "bills" },
      ],
    });
  });
  it.each([12, 13])("passes over names beside ids in version %d", async (version) => {
    const { topics } = await ask(version, [byId, named, byId]);
    expect(topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([["orders", 0]]);
  });
  it.each([12, 13])("answers nothing in version %d where one has neither name nor id", async (version) => {
    expect(await ask(version, [{ name: null, topicId: zeroUuid }, named])).toMatchObject({
      brokers: [],
      clusterId: null,
      controllerId: -1,
      topics: [
        { errorCode: -1, name: "" },
        { errorCode: -1, name: "bills" },
      ],
      errorCode: version < 13 ? 0 : -1,
    });
  });
  it("tells the operations on a topic that is missing, too", async () => {
    const { topics } = await ask(12, [{ name: "nope", topicId: zeroUuid }]);
    expect(topics).toMatchObject([{ errorCode: 3, topicAuthorizedOperations: 3576 }]);
  });
});
