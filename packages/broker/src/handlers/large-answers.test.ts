import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { createTopic, memoryBroker } from "../broker.test-kit.js";
import type { RawClient } from "../server/raw-client.test-kit.js";

const twice = <T>(value: T): T[] => [value, value];

describe("an answer that is larger than its question", () => {
  it.each<{ title: string; count: (client: RawClient) => Promise<number> }>([
    {
      title: "the configuration of a resource",
      count: async (client) => {
        const resource = { resourceType: 2, resourceName: "orders", configurationKeys: null };
        const request = { resources: twice(resource), includeSynonyms: true, includeDocumentation: true };
        return (await client.request(apis.DescribeConfigs, 4, request)).results.length;
      },
    },
    {
      title: "the members of a group",
      count: async (client) => (await client.request(apis.DescribeGroups, 5, { groups: twice("g") })).groups.length,
    },
    {
      title: "the coordinator of a group",
      count: async (client) =>
        (await client.request(apis.FindCoordinator, 6, { coordinatorKeys: twice("g") })).coordinators.length,
    },
    {
      title: "all offsets of a group",
      count: async (client) =>
        (await client.request(apis.OffsetFetch, 9, { groups: twice({ groupId: "g", topics: null }) })).groups.length,
    },
  ])("is given once: $title", async ({ count }) => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    expect(await count(client)).toBe(1);
  });
});
