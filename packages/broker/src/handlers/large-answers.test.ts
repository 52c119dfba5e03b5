import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { createTopic, memoryBroker } from "../broker.test-kit.js";
import type { RawClient } from "../server/raw-client.test-kit.js";

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe("an answer that is larger than its question", () => {
  it.each<{ title: string; count: (client: RawClient, asked: number) => Promise<number> }>([
    {
      title: "the configuration of a resource",
      count: async (client, asked) => {
        const resource = { resourceType: 2, resourceName: "orders", configurationKeys: null };
        const request = { resources: times(asked, resource), includeSynonyms: true, includeDocumentation: true };
        return (await client.request(apis.DescribeConfigs, 4, request)).results.length;
      },
    },
    {
      title: "the members of a group",
      count: async (client, asked) =>
        (await client.request(apis.DescribeGroups, 5, { groups: times(asked, "g") })).groups.length,
    },
    {
      title: "the coordinator of a group",
      count: async (client, asked) =>
        (await client.request(apis.FindCoordinator, 6, { coordinatorKeys: times(asked, "g") })).coordinators.length,
    },
    {
      title: "all offsets of a group",
      count: async (client, asked) =>
        (await client.request(apis.OffsetFetch, 9, { groups: times(asked, { groupId: "g", topics: null }) })).groups
          .length,
    },
    {
      title: "the partitions of a transaction",
      count: async (client, asked) =>
        (await client.request(apis.DescribeTransactions, 0, { transactionalIds: times(asked, "t") })).transactionStates
          .length,
    },
    {
      title: "the producers of a partition",
      count: async (client, asked) => {
        const topics = times(asked, { name: "orders", partitionIndexes: [0] });
        const answer = await client.request(apis.DescribeProducers, 0, { topics });
        return answer.topics.flatMap(({ partitions }) => partitions).length;
      },
    },
  ])("is given again, and not endlessly: $title", async ({ count }) => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    expect(await count(client, 2)).toBe(2);
    expect(await count(client, 1000)).toBe(11);
  });
});
