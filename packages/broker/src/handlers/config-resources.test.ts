import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { createTopic, memoryBroker } from "../broker.test-kit.js";
import type { RawClient } from "../server/raw-client.test-kit.js";

const topic = 2;
const broker = 4;
const brokerLogger = 8;
const clientMetrics = 16;
const group = 32;
const set = 0;
const remove = 1;
const append = 2;
const subtract = 3;

const alter = async (
  client: RawClient,
  resourceType: number,
  resourceName: string,
  operations: readonly (readonly [string, number, string | null])[],
  validateOnly = false,
) => {
  const configs = operations.map(([name, configOperation, value]) => ({ name, configOperation, value }));
  const resources = [{ resourceType, resourceName, configs }];
  const { responses } = await client.request(apis.IncrementalAlterConfigs, 1, { resources, validateOnly });
  return responses[0]?.errorCode;
};
const replace = async (
  client: RawClient,
  resourceType: number,
  resourceName: string,
  values: Readonly<Record<string, string | null>>,
  validateOnly = false,
) => {
  const configs = Object.entries(values).map(([name, value]) => ({ name, value }));
  const resources = [{ resourceType, resourceName, configs }];
  const { responses } = await client.request(apis.AlterConfigs, 2, { resources, validateOnly });
  return responses[0]?.errorCode;
};
const describeResource = async (client: RawClient, resourceType: number, resourceName: string) => {
  const { results } = await client.request(apis.DescribeConfigs, 4, {
    resources: [{ resourceType, resourceName, configurationKeys: null }],
    includeSynonyms: true,
    includeDocumentation: true,
  });
  return new Map(results[0]?.configs.map((config) => [config.name, config]));
};
const own = async (client: RawClient, type: number, name: string) =>
  Object.fromEntries(
    [...(await describeResource(client, type, name)).values()]
      .filter(({ configSource }) => configSource !== 5 && configSource !== 4)
      .map((config) => [config.name, config.value]),
  );

describe("every resource", () => {
  it.each([
    { type: topic, name: "orders", count: 33 },
    { type: broker, name: "1", count: 340 },
    { type: group, name: "any", count: 17 },
    { type: clientMetrics, name: "any", count: 3 },
    { type: brokerLogger, name: "1", count: 1 },
  ])("of type $type has its $count keys, each with its documentation", async ({ type, name, count }) => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    const configs = [...(await describeResource(client, type, name)).values()];
    expect(configs.length).toBeGreaterThanOrEqual(count);
    if (type === brokerLogger) return;
    expect(configs.filter(({ documentation }) => (documentation ?? "") === "")).toEqual([]);
    expect(configs.filter(({ configType }) => configType === 0)).toEqual([]);
  });
  it.each([
    { type: topic, name: "", describes: 17, alters: 42 },
    { type: topic, name: "nope", describes: 3, alters: 3 },
    { type: topic, name: "a b", describes: 17, alters: 17 },
    { type: broker, name: "9", describes: 42, alters: 42 },
    { type: broker, name: "x", describes: 42, alters: 42 },
    { type: brokerLogger, name: "", describes: 42, alters: 42 },
    { type: brokerLogger, name: "9", describes: 42, alters: 42 },
    { type: clientMetrics, name: "", describes: 42, alters: 42 },
    { type: group, name: "", describes: 42, alters: 42 },
    { type: 0, name: "x", describes: 42, alters: 42 },
    { type: 77, name: "x", describes: 42, alters: 42 },
  ])("that there is not is refused: $type «$name»", async ({ type, name, describes, alters }) => {
    const { client } = await memoryBroker();
    const { results } = await client.request(apis.DescribeConfigs, 4, {
      resources: [{ resourceType: type, resourceName: name, configurationKeys: null }],
    });
    expect(results[0]?.errorCode).toBe(describes);
    expect(await alter(client, type, name, [])).toBe(alters);
    expect(await replace(client, type, name, {})).toBe(alters);
  });
});

describe("lists", () => {
  it.each([
    { value: "delete,delete", errorCode: 0, shown: "delete" },
    { value: " delete , compact ", errorCode: 0, shown: "delete,compact" },
    { value: "", errorCode: 0, shown: "" },
    { value: "delete,", errorCode: 40, shown: "delete" },
    { value: "zz", errorCode: 40, shown: "delete" },
  ])("take «$value» with $errorCode and are shown as «$shown»", async ({ value, errorCode, shown }) => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    expect(await alter(client, topic, "orders", [["cleanup.policy", set, value]])).toBe(errorCode);
    expect((await describeResource(client, topic, "orders")).get("cleanup.policy")?.value).toBe(shown);
  });
  it("refuse to be added nothing, and may be taken all from", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    expect(await alter(client, topic, "orders", [["cleanup.policy", append, ""]])).toBe(40);
    expect(await alter(client, topic, "orders", [["cleanup.policy", subtract, "compact,delete"]])).toBe(0);
    expect((await describeResource(client, topic, "orders")).get("cleanup.policy")?.value).toBe("");
  });
});

describe("values of a topic", () => {
  it.each([
    ["compression.gzip.level", "0", 40],
    ["compression.gzip.level", "-1", 0],
    ["preallocate", "TRUE", 0],
    ["preallocate", "yes", 40],
    ["retention.ms", " 5 ", 0],
    ["retention.ms", "5.0", 40],
    ["retention.ms", "99999999999999999999", 40],
    ["retention.ms", "", 40],
    ["min.cleanable.dirty.ratio", "0x1", 40],
    ["min.cleanable.dirty.ratio", "1.5", 40],
    ["leader.replication.throttled.replicas", "0:1,1:1", 0],
    ["leader.replication.throttled.replicas", "*", 0],
    ["leader.replication.throttled.replicas", "*,0:1", 40],
    ["leader.replication.throttled.replicas", "x", 40],
    ["remote.storage.enable", "true", 40],
  ] as const)("%s=%s is answered with %d", async (name, value, errorCode) => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    expect(await alter(client, topic, "orders", [[name, set, value]], true)).toBe(errorCode);
  });
});

describe("AlterConfigs", () => {
  it.each([
    { type: topic, name: "orders", key: "retention.ms", other: "segment.ms" },
    { type: broker, name: "1", key: "log.retention.ms", other: "log.segment.delete.delay.ms" },
    { type: broker, name: "", key: "log.retention.ms", other: "log.segment.delete.delay.ms" },
    {
      type: group,
      name: "g",
      key: "consumer.session.timeout.ms",
      other: "share.delivery.count.limit",
      values: ["50000", "4"],
    },
    { type: clientMetrics, name: "m", key: "interval.ms", other: "metrics", values: ["60000", "a"] },
  ])(
    "puts what it says in the place of all there was: $type «$name»",
    async ({ type, name, key, other, values = ["5", "6"] }) => {
      const { client } = await memoryBroker();
      await createTopic(client, "orders");
      const [value = "", otherValue = ""] = values;
      expect(await replace(client, type, name, { [key]: value, [other]: otherValue })).toBe(0);
      expect(await own(client, type, name)).toEqual({ [key]: value, [other]: otherValue });
      expect(await replace(client, type, name, { [other]: otherValue })).toBe(0);
      expect(await own(client, type, name)).toEqual({ [other]: otherValue });
      expect(await replace(client, type, name, {}, true)).toBe(0);
      expect(await own(client, type, name)).toEqual({ [other]: otherValue });
      expect(await replace(client, type, name, { [key]: null })).toBe(42);
      expect(await replace(client, type, name, {})).toBe(0);
      expect(await own(client, type, name)).toEqual({});
    },
  );
  it("is not for loggers", async () => {
    const { client } = await memoryBroker();
    expect(await replace(client, brokerLogger, "1", { root: "WARN" })).toBe(42);
  });
});

describe("dynamic broker values", () => {
  it.each([
    { node: "1", name: "node.id", operation: set, value: "1", errorCode: 42 },
    { node: "", name: "log.retention.hours", operation: set, value: "1", errorCode: 42 },
    { node: "1", name: "log.retention.hours", operation: remove, value: null, errorCode: 0 },
    { node: "1", name: "ssl.keystore.location", operation: set, value: "x", errorCode: 42 },
    { node: "", name: "listeners", operation: set, value: "x", errorCode: 42 },
    { node: "", name: "max.connections.per.ip", operation: set, value: "0", errorCode: 42 },
    { node: "1", name: "nobody.knows", operation: set, value: "x", errorCode: 0 },
    { node: "1", name: "nobody.knows", operation: append, value: "x", errorCode: 40 },
    { node: "1", name: "log.roll.ms", operation: set, value: "0", errorCode: 42 },
    { node: "1", name: "num.io.threads", operation: set, value: "16", errorCode: 0 },
    { node: "", name: "num.io.threads", operation: set, value: "17", errorCode: 42 },
    { node: "1", name: "num.io.threads", operation: set, value: "3", errorCode: 42 },
    { node: "1", name: "num.network.threads", operation: set, value: "1", errorCode: 0 },
    { node: "1", name: "log.cleaner.threads", operation: set, value: "0", errorCode: 42 },
  ])("$name «$node» $operation is answered with $errorCode", async ({ node, name, operation, value, errorCode }) => {
    const { client } = await memoryBroker();
    expect(await alter(client, broker, node, [[name, operation, value]])).toBe(errorCode);
  });
  it("of threads go step by step, and not past what the node has of its own", async () => {
    const { client } = await memoryBroker();
    const change = (node: string, operation: number, value: string | null) =>
      alter(client, broker, node, [["num.io.threads", operation, value]]);
    expect(await change("1", set, "16")).toBe(0);
    expect(await change("1", set, "32")).toBe(0);
    expect(await change("", set, "100")).toBe(0);
    expect(await change("1", remove, null)).toBe(42);
    expect(await change("1", set, "50")).toBe(0);
    expect(await change("1", remove, null)).toBe(0);
  });
  it("wider than a topic's limits leave its topics as they are", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    expect(await alter(client, broker, "", [["log.retention.ms", set, "-9"]])).toBe(0);
    expect((await describeResource(client, topic, "orders")).get("retention.ms")?.value).toBe("-1");
    await createTopic(client, "bills");
  });
  it("of names that are nobody's are not shown", async () => {
    const { client } = await memoryBroker();
    await alter(client, broker, "1", [["my.secret", set, "x"]]);
    const secret = (await describeResource(client, broker, "1")).get("my.secret");
    expect(secret).toMatchObject({ value: null, isSensitive: true, configType: 0, synonyms: [{ value: null }] });
    expect(secret).toMatchObject({ readOnly: true, documentation: null });
  });
});

describe("the broker's logger", () => {
  it("is described by an empty text, asked for or not", async () => {
    const { client } = await memoryBroker();
    const resources = [{ resourceType: brokerLogger, resourceName: "1", configurationKeys: null }];
    const { results } = await client.request(apis.DescribeConfigs, 4, { resources, includeDocumentation: false });
    expect(results[0]?.configs).toMatchObject([{ name: "root", documentation: "" }]);
  });
});

describe("the broker's own values", () => {
  it("say where it listens and which node it is", async () => {
    const { broker: started, client } = await memoryBroker({ nodeId: 7 });
    const configs = await describeResource(client, broker, "7");
    const shown = (name: string) => configs.get(name)?.value;
    expect([shown("node.id"), shown("broker.id")]).toEqual(["7", "7"]);
    expect(shown("advertised.listeners")).toBe(`PLAINTEXT://127.0.0.1:${started.port}`);
  });
});

describe("groups and client metrics", () => {
  it.each([
    [group, "consumer.session.timeout.ms", "1", 40],
    [group, "consumer.session.timeout.ms", "90000", 40],
    [group, "streams.num.standby.replicas", "3", 40],
    [group, "share.auto.offset.reset", "by_duration:PT1H", 0],
    [group, "share.auto.offset.reset", "by_duration:", 40],
    [group, "share.isolation.level", "x", 40],
    [group, "constructor", "x", 40],
    [clientMetrics, "interval.ms", "1", 42],
    [clientMetrics, "interval.ms", "x", 40],
    [clientMetrics, "match", "client_id=a.*", 0],
    [clientMetrics, "match", "client_id=(", 40],
    [clientMetrics, "match", "nope=a", 40],
    [clientMetrics, "nope", "a", 42],
    [brokerLogger, "root", "x", 40],
    [brokerLogger, "nope", "WARN", 40],
    [brokerLogger, "root", "WARN", 0],
  ] as const)("of type %d answer %s=%s with %d", async (type, name, value, errorCode) => {
    const { client } = await memoryBroker();
    expect(await alter(client, type, "1", [[name, set, value]])).toBe(errorCode);
  });
  it("are listed once something is set for them", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    const list = async (...resourceTypes: readonly number[]) => {
      const { errorCode, configResources } = await client.request(apis.ListConfigResources, 1, { resourceTypes });
      return errorCode === 0
        ? configResources.map(({ resourceType, resourceName }) => [resourceType, resourceName])
        : errorCode;
    };
    expect(await list()).toEqual([
      [topic, "orders"],
      [broker, "1"],
      [brokerLogger, "1"],
    ]);
    await alter(client, group, "g", [["consumer.session.timeout.ms", set, "50000"]]);
    await alter(client, clientMetrics, "m", [["interval.ms", set, "1000"]]);
    expect(await list(group, clientMetrics, group)).toEqual([
      [group, "g"],
      [clientMetrics, "m"],
    ]);
    expect(await list(group, 99)).toBe(35);
    expect((await client.request(apis.ListConfigResources, 0, {})).configResources).toMatchObject([
      { resourceName: "m" },
    ]);
    await alter(client, group, "g", [["consumer.session.timeout.ms", remove, null]]);
    expect(await list(group)).toEqual([]);
  });
});
