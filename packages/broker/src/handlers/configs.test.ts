import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { createTopic, memoryBroker } from "../broker.test-kit.js";
import type { RawClient } from "../server/raw-client.test-kit.js";

const topicType = 2;
const brokerType = 4;
const [set, remove, append, subtract] = [0, 1, 2, 3] as const;

async function describeConfigs(
  client: RawClient,
  resourceType: number,
  resourceName: string,
  keys: readonly string[] | null = null,
) {
  const { results } = await client.request(apis.DescribeConfigs, 4, {
    resources: [{ resourceType, resourceName, configurationKeys: keys }],
    includeSynonyms: true,
    includeDocumentation: true,
  });
  const { errorCode, configs = [] } = results[0] ?? {};
  return { errorCode, configs, byName: new Map(configs.map((config) => [config.name, config])) };
}

async function alter(
  client: RawClient,
  resourceType: number,
  resourceName: string,
  operations: readonly (readonly [name: string, operation: number, value: string | null])[],
  validateOnly = false,
): Promise<number | undefined> {
  const configs = operations.map(([name, configOperation, value]) => ({ name, configOperation, value }));
  const { responses } = await client.request(apis.IncrementalAlterConfigs, 1, {
    resources: [{ resourceType, resourceName, configs }],
    validateOnly,
  });
  return responses[0]?.errorCode;
}

describe("DescribeConfigs", () => {
  it("lists every key of a topic with type, source, synonyms and a text about it", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders", { configs: { "retention.ms": "5" } });
    const { configs, byName } = await describeConfigs(client, topicType, "orders");
    expect(configs).toHaveLength(33);
    expect(byName.get("retention.ms")).toMatchObject({ value: "5", configSource: 1, configType: 5, readOnly: false });
    expect(byName.get("cleanup.policy")).toMatchObject({
      value: "delete",
      configSource: 5,
      configType: 7,
      synonyms: [{ name: "log.cleanup.policy", value: "delete", source: 5 }],
    });
    for (const { name, documentation } of configs) expect(documentation, name).toMatch(/\.$/);
  });
  it("lists the broker's keys and which of them can change", async () => {
    const { client } = await memoryBroker({ config: { "num.partitions": 7 } });
    const { byName } = await describeConfigs(client, brokerType, "1");
    expect(byName.get("num.partitions")).toMatchObject({ value: "7", configSource: 4, readOnly: true });
    expect(byName.get("log.retention.ms")).toMatchObject({ value: null, configSource: 5, readOnly: false });
  });
  it("lists no more than it is asked for", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    const { configs } = await describeConfigs(client, topicType, "orders", ["retention.ms", "nope"]);
    expect(configs.map(({ name }) => name)).toEqual(["retention.ms"]);
  });
  it.each([
    { resourceType: topicType, resourceName: "nope", errorCode: 3 },
    { resourceType: topicType, resourceName: "a b", errorCode: 17 },
    { resourceType: brokerType, resourceName: "9", errorCode: 42 },
    { resourceType: 77, resourceName: "x", errorCode: 42 },
  ])(
    "refuses resource $resourceName of type $resourceType with $errorCode",
    async ({ resourceType, resourceName, errorCode }) => {
      const { client } = await memoryBroker();
      expect((await describeConfigs(client, resourceType, resourceName)).errorCode).toBe(errorCode);
    },
  );
});

describe("IncrementalAlterConfigs", () => {
  const topicValue = async (client: RawClient, name: string) =>
    (await describeConfigs(client, topicType, "orders", [name])).byName.get(name)?.value;

  it("sets and removes a topic's own value", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    expect(await alter(client, topicType, "orders", [["retention.ms", set, "5"]])).toBe(0);
    expect(await topicValue(client, "retention.ms")).toBe("5");
    expect(await alter(client, topicType, "orders", [["retention.ms", remove, null]])).toBe(0);
    expect(await topicValue(client, "retention.ms")).toBe("604800000");
  });
  it("adds to a list and takes from it", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    await alter(client, topicType, "orders", [["cleanup.policy", append, "compact"]]);
    expect(await topicValue(client, "cleanup.policy")).toBe("delete,compact");
    await alter(client, topicType, "orders", [["cleanup.policy", append, "compact"]]);
    expect(await topicValue(client, "cleanup.policy")).toBe("delete,compact");
    await alter(client, topicType, "orders", [["cleanup.policy", subtract, "delete"]]);
    expect(await topicValue(client, "cleanup.policy")).toBe("compact");
  });
  it("changes nothing when only to validate, or when one of several changes is wrong", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    expect(await alter(client, topicType, "orders", [["retention.ms", set, "5"]], true)).toBe(0);
    expect(
      await alter(client, topicType, "orders", [
        ["retention.ms", set, "5"],
        ["segment.ms", set, "x"],
      ]),
    ).toBe(40);
    expect(await topicValue(client, "retention.ms")).toBe("604800000");
  });
  it("changes the defaults of all topics through the broker, of this node before those of all", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    expect(await alter(client, brokerType, "", [["log.retention.ms", set, "7"]])).toBe(0);
    expect(await topicValue(client, "retention.ms")).toBe("7");
    expect(await alter(client, brokerType, "1", [["log.retention.ms", set, "8"]])).toBe(0);
    expect(await topicValue(client, "retention.ms")).toBe("8");
    const { configs } = await describeConfigs(client, brokerType, "");
    expect(configs).toMatchObject([{ name: "log.retention.ms", value: "7", configSource: 3 }]);
  });
  it.each([
    { title: "an unknown key", operations: [["nope", set, "1"]], errorCode: 40 },
    { title: "a null value", operations: [["retention.ms", set, null]], errorCode: 42 },
    {
      title: "a key named twice",
      operations: [
        ["retention.ms", set, "1"],
        ["retention.ms", set, "1"],
      ],
      errorCode: 42,
    },
    { title: "adding to a number", operations: [["retention.ms", append, "1"]], errorCode: 40 },
    { title: "an unknown operation", operations: [["retention.ms", 9, "1"]], errorCode: -1 },
    { title: "an unknown topic", name: "nope", operations: [["retention.ms", set, "1"]], errorCode: 3 },
    {
      title: "what is fixed at the start",
      type: brokerType,
      name: "1",
      operations: [["node.id", set, "1"]],
      errorCode: 42,
    },
    {
      title: "a value the broker cannot take",
      type: brokerType,
      name: "1",
      operations: [["log.retention.ms", set, "x"]],
      errorCode: 42,
    },
    { title: "another node", type: brokerType, name: "9", operations: [["log.retention.ms", set, "1"]], errorCode: 42 },
  ] as const)("refuses $title with $errorCode", async ({ operations, errorCode, ...resource }) => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    const { type = topicType, name = "orders" } = resource as { type?: number; name?: string };
    expect(await alter(client, type, name, operations)).toBe(errorCode);
  });
});
