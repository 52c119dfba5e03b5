import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { batchOf, clientOf, createTopic, memoryBroker, produce } from "../broker.test-kit.js";

const remove = async (client: Awaited<ReturnType<typeof clientOf>>, name: string) =>
  (await client.request(apis.DeleteTopics, 5, { topicNames: [name], timeoutMs: 1000 })).responses[0]?.errorCode;

describe("a topic that is deleted while it is used", () => {
  it("answers what is sent behind its deletion, and begins anew under its name", async () => {
    const { broker, client } = await memoryBroker();
    const first = await createTopic(client, "orders");
    await produce(client, first, batchOf(["a", "b"]));
    const producer = await clientOf(broker);
    const [deleted, produced] = await Promise.all([remove(client, "orders"), produce(producer, first, batchOf(["c"]))]);
    expect(deleted).toBe(0);
    expect([0, 3]).toContain(produced.errorCode);
    const second = await createTopic(client, "orders");
    expect(second.id).not.toBe(first.id);
    expect(await produce(client, first, batchOf(["d"]), { version: 13 })).toMatchObject({ errorCode: 100 });
    expect(await produce(client, second, batchOf(["d"]), { version: 13 })).toMatchObject({
      errorCode: 0,
      baseOffset: 0,
    });
  });
  it("is deleted once when asked for twice at a time, and not altered any more", async () => {
    const { broker, client } = await memoryBroker();
    await createTopic(client, "orders");
    const other = await clientOf(broker);
    const errors = await Promise.all([remove(client, "orders"), remove(other, "orders")]);
    expect(errors.sort()).toEqual([0, 3]);
    const configs = [{ name: "retention.ms", configOperation: 0, value: "5" }];
    const resources = [{ resourceType: 2, resourceName: "orders", configs }];
    const { responses } = await client.request(apis.IncrementalAlterConfigs, 1, { resources, validateOnly: false });
    expect(responses).toMatchObject([{ errorCode: 3 }]);
    const topics = [{ name: "orders", count: 2, assignments: null }];
    const { results } = await client.request(apis.CreatePartitions, 3, {
      topics,
      timeoutMs: 1000,
      validateOnly: false,
    });
    expect(results).toMatchObject([{ errorCode: 3 }]);
  });
});
