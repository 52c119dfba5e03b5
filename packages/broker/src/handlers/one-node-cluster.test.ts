import { apis, zeroUuid } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { batchOf, createTopic, memoryBroker, produce } from "../broker.test-kit.js";
import type { RawClient } from "../server/raw-client.test-kit.js";

const timeoutMs = 1000;
const creation = {
  resourceType: 2,
  resourceName: "x",
  principal: "User:a",
  host: "*",
  operation: 3,
  permissionType: 3,
};
const acl = { principalFilter: null, hostFilter: null, operation: 3, permissionType: 3, resourceNameFilter: "x" };

describe("a cluster without an authorizer", () => {
  it("answers every ACL call with SECURITY_DISABLED", async () => {
    const { client } = await memoryBroker();
    expect((await client.request(apis.DescribeAcls, 3, { resourceTypeFilter: 2, ...acl })).errorCode).toBe(54);
    const { results } = await client.request(apis.CreateAcls, 3, { creations: [creation, creation] });
    expect(results.map(({ errorCode }) => errorCode)).toEqual([54, 54]);
    const { filterResults } = await client.request(apis.DeleteAcls, 1, {
      filters: [{ resourceTypeFilter: 2, ...acl }],
    });
    expect(filterResults).toMatchObject([{ errorCode: 54, matchingAcls: [] }]);
  });
  it.each([
    {
      title: "DescribeAcls",
      ask: (client: RawClient) => client.request(apis.DescribeAcls, 3, { ...acl, resourceTypeFilter: 0 }),
    },
    {
      title: "CreateAcls",
      ask: (client: RawClient) =>
        client.request(apis.CreateAcls, 3, { creations: [creation, { ...creation, operation: 0 }] }),
    },
    {
      title: "DeleteAcls",
      ask: (client: RawClient) =>
        client.request(apis.DeleteAcls, 3, { filters: [{ ...acl, resourceTypeFilter: 2, permissionType: 0 }] }),
    },
  ])("ends the connection of a $title with an element that is UNKNOWN", async ({ ask }) => {
    const { client } = await memoryBroker();
    await expect(ask(client)).rejects.toThrow("closed the connection");
  });
  it("gives no delegation tokens to connections that did not authenticate", async () => {
    const { client } = await memoryBroker();
    const hmac = Buffer.from("x");
    const created = await client.request(apis.CreateDelegationToken, 3, {
      ownerPrincipalType: null,
      ownerPrincipalName: null,
      renewers: [],
      maxLifetimeMs: -1,
    });
    expect(created).toMatchObject({
      errorCode: 64,
      principalName: "ANONYMOUS",
      tokenRequesterPrincipalName: "ANONYMOUS",
    });
    expect((await client.request(apis.RenewDelegationToken, 2, { hmac, renewPeriodMs: 1 })).errorCode).toBe(64);
    expect((await client.request(apis.ExpireDelegationToken, 2, { hmac, expiryTimePeriodMs: 1 })).errorCode).toBe(64);
    expect((await client.request(apis.DescribeDelegationToken, 3, { owners: null })).errorCode).toBe(64);
  });
});

describe("elections of a cluster of one node", () => {
  it.each([0, 1])("are never needed, of type %d", async (electionType) => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    const answer = await client.request(apis.ElectLeaders, 2, {
      electionType,
      topicPartitions: [
        { topic: "orders", partitions: [0, 9] },
        { topic: "nope", partitions: [0] },
      ],
      timeoutMs,
    });
    expect(answer).toMatchObject({
      errorCode: 0,
      replicaElectionResults: [
        {
          topic: "orders",
          partitionResult: [
            { partitionId: 0, errorCode: 84 },
            { partitionId: 9, errorCode: 3 },
          ],
        },
        { topic: "nope", partitionResult: [{ partitionId: 0, errorCode: 3 }] },
      ],
    });
  });
  it("answer no partition when asked for all", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    const answer = await client.request(apis.ElectLeaders, 0, { topicPartitions: null, timeoutMs });
    expect(answer.replicaElectionResults).toEqual([{ topic: "orders", partitionResult: [] }]);
  });
  it("are of a type that is known", async () => {
    const { client } = await memoryBroker();
    const topicPartitions = [{ topic: "orders", partitions: [0] }];
    const answer = await client.request(apis.ElectLeaders, 2, { electionType: 5, topicPartitions, timeoutMs });
    expect(answer).toMatchObject({ errorCode: 42, replicaElectionResults: [{ partitionResult: [{ errorCode: 42 }] }] });
  });
});

describe("reassignments of a cluster of one node", () => {
  it.each([
    { title: "to where it is", replicas: [1], errorCode: 0 },
    { title: "to nobody", replicas: [], errorCode: 39 },
    { title: "to a stranger", replicas: [2], errorCode: 39 },
    { title: "to a stranger too", replicas: [1, 2], errorCode: 39 },
    { title: "twice to the same", replicas: [1, 1], errorCode: 39 },
    { title: "that is to be cancelled", replicas: null, errorCode: 85 },
    { title: "of no partition", replicas: [1], partitionIndex: 7, errorCode: 3 },
    { title: "of no topic", replicas: [1], name: "nope", errorCode: 3 },
  ])("are answered with $errorCode $title", async ({ replicas, errorCode, partitionIndex = 0, name = "orders" }) => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    const topics = [{ name, partitions: [{ partitionIndex, replicas }] }];
    const answer = await client.request(apis.AlterPartitionReassignments, 1, { timeoutMs, topics });
    expect(answer).toMatchObject({ errorCode: 0, responses: [{ name, partitions: [{ partitionIndex, errorCode }] }] });
  });
  it("are never under way", async () => {
    const { client } = await memoryBroker();
    const answer = await client.request(apis.ListPartitionReassignments, 0, { timeoutMs, topics: null });
    expect(answer).toMatchObject({ errorCode: 0, topics: [] });
  });
});

describe("the quorum of one voter", () => {
  const ask = (topicName: string, ...partitions: readonly number[]) => ({
    topics: [{ topicName, partitions: partitions.map((partitionIndex) => ({ partitionIndex })) }],
  });
  it("is this node", async () => {
    const { client } = await memoryBroker();
    const answer = await client.request(apis.DescribeQuorum, 2, ask("__cluster_metadata", 0));
    const { partitions } = answer.topics[0] ?? {};
    expect(partitions).toMatchObject([{ errorCode: 0, leaderId: 1, currentVoters: [{ replicaId: 1 }], observers: [] }]);
    expect(partitions?.[0]?.highWatermark).toBe(partitions?.[0]?.currentVoters[0]?.logEndOffset);
    expect(answer.nodes).toMatchObject([{ nodeId: 1, listeners: [{ name: "PLAINTEXT", host: "127.0.0.1" }] }]);
  });
  it.each([ask("orders", 0), ask("__cluster_metadata", 1), ask("__cluster_metadata", 0, 1)])(
    "is no other: %j",
    async (asked) => {
      const { client } = await memoryBroker();
      const { errorCode, topics, nodes } = await client.request(apis.DescribeQuorum, 2, asked);
      expect([errorCode, nodes]).toEqual([0, []]);
      expect(topics[0]?.partitions.every((partition) => partition.errorCode === 3)).toBe(true);
    },
  );
  it("neither grows nor shrinks", async () => {
    const { broker, client } = await memoryBroker();
    const voter = { voterId: 2, voterDirectoryId: "AAAAAAAAAAAAAAAAAAAAAQ" };
    const add = async (changes: object) =>
      (await client.request(apis.AddRaftVoter, 0, { clusterId: null, ...voter, timeoutMs, listeners: [], ...changes }))
        .errorCode;
    expect(await add({ clusterId: "x" })).toBe(104);
    expect(await add({ voterDirectoryId: zeroUuid })).toBe(42);
    expect(await add({ clusterId: broker.clusterId })).toBe(35);
    expect((await client.request(apis.RemoveRaftVoter, 0, { clusterId: null, ...voter })).errorCode).toBe(35);
    expect((await client.request(apis.UnregisterBroker, 0, { brokerId: 7 })).errorCode).toBe(102);
  });
});

describe("the log folder", () => {
  it("has the size of every partition asked for that there is", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders", { partitions: 3 });
    const batch = batchOf(["a"]);
    await produce(client, topic, batch);
    const topics = [
      { topic: "orders", partitions: [0, 2, 9] },
      { topic: "orders", partitions: [0] },
      { topic: "nope", partitions: [0] },
    ];
    const answer = await client.request(apis.DescribeLogDirs, 5, { topics });
    expect(answer).toMatchObject({ errorCode: 0, results: [{ errorCode: 0, totalBytes: -1, usableBytes: -1 }] });
    expect(answer.results[0]?.topics).toEqual([
      {
        name: "orders",
        partitions: [
          { partitionIndex: 0, partitionSize: batch.length, offsetLag: 0, isFutureKey: false },
          { partitionIndex: 2, partitionSize: 0, offsetLag: 0, isFutureKey: false },
        ],
      },
    ]);
  });
  it("has all partitions when asked for none in particular", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders", { partitions: 3 });
    const { results } = await client.request(apis.DescribeLogDirs, 1, { topics: null });
    expect(results[0]?.topics).toMatchObject([{ name: "orders", partitions: [{}, {}, {}] }]);
  });
  it("is the only one a partition can be in", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    const move = async (path: string) => {
      const topics = [{ name: "orders", partitions: [0, 7] }];
      const { results } = await client.request(apis.AlterReplicaLogDirs, 2, { dirs: [{ path, topics }] });
      return results[0]?.partitions.map(({ errorCode }) => errorCode);
    };
    expect(await move("memory")).toEqual([0, 3]);
    expect(await move("/elsewhere")).toEqual([57, 57]);
  });
  it.each([
    { length: 213, errorCode: 57 },
    { length: 214, errorCode: 17 },
  ])(
    "answers $errorCode for a topic's name of $length characters, and leaves out one without partitions",
    async ({ length, errorCode }) => {
      const { client } = await memoryBroker();
      const topics = [
        { name: "orders", partitions: [] },
        { name: "x".repeat(length), partitions: [0] },
      ];
      const { results } = await client.request(apis.AlterReplicaLogDirs, 2, { dirs: [{ path: "/elsewhere", topics }] });
      expect(results).toMatchObject([{ partitions: [{ errorCode }] }]);
    },
  );
});

describe("UpdateFeatures", () => {
  it.each([
    { feature: "metadata.version", level: 30, type: 1, errorCode: 0 },
    { feature: "metadata.version", level: 31, type: 1, errorCode: 95 },
    { feature: "metadata.version", level: 20, type: 1, errorCode: 95 },
    { feature: "metadata.version", level: 20, type: 2, errorCode: 95 },
    { feature: "metadata.version", level: -1, type: 1, errorCode: 95 },
    { feature: "transaction.version", level: 1, type: 1, errorCode: 95 },
    { feature: "transaction.version", level: 1, type: 2, errorCode: 0 },
    { feature: "transaction.version", level: 2, type: 0, errorCode: 95 },
    { feature: "nope", level: 0, type: 2, errorCode: 95 },
  ])("answers $feature $level of type $type with $errorCode", async ({ feature, level, type, errorCode }) => {
    const { client } = await memoryBroker();
    const featureUpdates = [{ feature, maxVersionLevel: level, upgradeType: type }];
    expect(await client.request(apis.UpdateFeatures, 2, { timeoutMs, featureUpdates })).toMatchObject({ errorCode });
  });
  it("goes down only when told that it may", async () => {
    const { client } = await memoryBroker();
    const update = async (maxVersionLevel: number, upgradeType: number, validateOnly = false) => {
      const featureUpdates = [{ feature: "transaction.version", maxVersionLevel, upgradeType }];
      return (await client.request(apis.UpdateFeatures, 1, { timeoutMs, featureUpdates, validateOnly })).errorCode;
    };
    expect(await update(1, 2, true)).toBe(0);
    expect(await update(1, 1)).toBe(95);
    expect(await update(1, 2)).toBe(0);
    expect(await update(1, 1)).toBe(0);
    expect(await update(2, 1)).toBe(0);
  });
});

describe("DescribeTopicPartitions", () => {
  const page = async (
    names: readonly string[],
    responsePartitionLimit: number,
    cursor: { topicName: string; partitionIndex: number } | null = null,
  ) => {
    const { client } = await memoryBroker();
    await createTopic(client, "a", { partitions: 3 });
    await createTopic(client, "b", { partitions: 2 });
    const topics = names.map((name) => ({ name }));
    const answer = await client.request(apis.DescribeTopicPartitions, 0, { topics, responsePartitionLimit, cursor });
    return {
      topics: answer.topics.map(({ name, errorCode, partitions }) => [
        name,
        errorCode,
        ...partitions.map(({ partitionIndex }) => partitionIndex),
      ]),
      next: answer.nextCursor && [answer.nextCursor.topicName, answer.nextCursor.partitionIndex],
    };
  };
  it.each([
    {
      title: "all, when there is room",
      names: ["b", "a", "a"],
      limit: 9,
      topics: [
        ["a", 0, 0, 1, 2],
        ["b", 0, 0, 1],
      ],
      next: null,
    },
    { title: "no more than asked for", names: ["a", "b"], limit: 2, topics: [["a", 0, 0, 1]], next: ["a", 2] },
    {
      title: "where the next topic begins",
      names: ["a", "zz"],
      limit: 3,
      topics: [["a", 0, 0, 1, 2]],
      next: ["zz", 0],
    },
    { title: "one at least", names: ["a"], limit: 0, topics: [["a", 0, 0]], next: ["a", 1] },
    {
      title: "nothing, when one has no name",
      names: ["a", ""],
      limit: 9,
      topics: [
        ["a", -1],
        ["", -1],
      ],
      next: null,
    },
    {
      title: "what is missing",
      names: ["c", "a b"],
      limit: 2,
      topics: [
        ["a b", 17],
        ["c", 3],
      ],
      next: null,
    },
    {
      title: "every topic there is",
      names: [],
      limit: 9,
      topics: [
        ["a", 0, 0, 1, 2],
        ["b", 0, 0, 1],
      ],
      next: null,
    },
  ])("answers $title", async ({ names, limit, topics, next }) => {
    expect(await page(names, limit)).toEqual({ topics, next });
  });
  it.each([
    {
      at: ["a", 2],
      topics: [
        ["a", 0, 2],
        ["b", 0, 0, 1],
      ],
    },
    { at: ["b", 1], topics: [["b", 0, 1]] },
    {
      at: ["a", 9],
      topics: [
        ["a", 0],
        ["b", 0, 0, 1],
      ],
    },
    {
      at: ["a", -1],
      topics: [
        ["a", 42],
        ["b", 42],
      ],
    },
    {
      at: ["nope", 0],
      topics: [
        ["a", 42],
        ["b", 42],
      ],
    },
  ] as const)("goes on at $at", async ({ at: [topicName, partitionIndex], topics }) => {
    expect((await page(["a", "b"], 9, { topicName, partitionIndex })).topics).toEqual(topics);
  });
});
