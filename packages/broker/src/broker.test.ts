import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apis } from "@ottla/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { Broker } from "./broker.js";
import {
  batchOf,
  clientOf,
  createTopic,
  describeTopic,
  fetchBody,
  memoryBroker,
  produce,
  untilBegun,
} from "./broker.test-kit.js";
import type { BrokerOptions } from "./broker-options.js";

const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "ottla-broker-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
const started = async (options: BrokerOptions): Promise<Broker> => {
  const broker = await Broker.start(options);
  onTestFinished(() => broker.close());
  return broker;
};

describe("Broker.start", () => {
  it("listens on a free port and tells it", async () => {
    const { broker, client } = await memoryBroker();
    expect(broker.port).toBeGreaterThan(0);
    expect(broker.bootstrap).toBe(`127.0.0.1:${broker.port}`);
    const { brokers } = await client.request(apis.Metadata, 9, { topics: [] });
    expect(brokers).toMatchObject([{ host: "127.0.0.1", port: broker.port }]);
  });
  it("tells the clients of each listener that listener's address", async () => {
    const { broker } = await memoryBroker({
      listeners: [
        { name: "INSIDE", port: 0 },
        { name: "OUTSIDE", port: 0, host: "0.0.0.0", advertised: { host: "broker.example", port: 9 } },
        { name: "ANYWHERE", port: 0, host: "0.0.0.0" },
      ],
    });
    const [inside, outside, anywhere] = ["INSIDE", "OUTSIDE", "ANYWHERE"].map((name) => broker.listeners.get(name));
    expect(inside).toEqual({ host: "127.0.0.1", port: broker.port });
    expect(outside).toEqual({ host: "broker.example", port: 9 });
    const { brokers } = await (await clientOf({ port: anywhere?.port ?? 0 })).request(apis.Metadata, 9, { topics: [] });
    expect(brokers).toMatchObject([{ host: "127.0.0.1", port: anywhere?.port }]);
  });
  it("says which listener found its port taken, and leaves nothing behind", async () => {
    const { broker } = await memoryBroker();
    const dataDir = temporaryFolder();
    const taken = Broker.start({
      dataDir,
      listeners: [
        { name: "A", port: 0 },
        { name: "B", port: broker.port },
      ],
    });
    await expect(taken).rejects.toMatchObject({
      name: "BrokerStartError",
      code: "ADDRESS_IN_USE",
      message: `Listener B cannot listen on 127.0.0.1:${broker.port}: it is in use`,
    });
    await started({ dataDir });
  });
  it("refuses a folder that another broker has", async () => {
    const dataDir = temporaryFolder();
    await started({ dataDir });
    await expect(Broker.start({ dataDir })).rejects.toMatchObject({ name: "DataFolderError" });
  });
  it.each([
    { title: "neither folder nor memory", options: {}, text: /dataDir or memory/ },
    { title: "folder and memory", options: { dataDir: "/x", memory: true }, text: /dataDir or memory/ },
    { title: "no listener", options: { memory: true, listeners: [] }, text: /at least one listener/ },
    { title: "a port that is none", options: { memory: true, port: 70_000 }, text: /70000/ },
    {
      title: "two listeners of a name",
      options: {
        memory: true,
        listeners: [
          { name: "A", port: 0 },
          { name: "A", port: 0 },
        ],
      },
      text: /Two listeners are named A/,
    },
    { title: "an unknown configuration", options: { memory: true, config: { "no.such": 1 } }, text: /no\.such/ },
  ])("refuses $title", async ({ options, text }) => {
    await expect(Broker.start(options as BrokerOptions)).rejects.toThrow(text);
  });
});

describe("Broker.close", () => {
  it("can be called again, and during a start of the next", async () => {
    const broker = await Broker.start({ memory: true });
    await Promise.all([broker.close(), broker.close()]);
    await broker.close();
    await broker[Symbol.asyncDispose]();
  });
  it("answers what was begun and takes nothing more", async () => {
    const dataDir = temporaryFolder();
    const broker = await started({ dataDir });
    const client = await clientOf(broker);
    const topic = await createTopic(client, "orders");
    const produced = Array.from({ length: 20 }, (_, index) => produce(client, topic, batchOf([`${index}`])));
    await untilBegun(broker, await clientOf(broker), "Produce", 20);
    await broker.close();
    expect((await Promise.all(produced)).map(({ errorCode }) => errorCode)).toEqual(Array(20).fill(0));
    await client.closed;
    await expect(clientOf(broker)).rejects.toThrow(/ECONNREFUSED/);
  });
  it("does not wait longer than it is told for a peer that does not read", async () => {
    const { broker, client } = await memoryBroker({ limits: { closeTimeoutMs: 50 } });
    const topic = await createTopic(client, "orders");
    await produce(client, topic, batchOf(["x".repeat(1_000_000)]));
    const slow = await clientOf(broker);
    slow.socket.pause();
    const answers = Array.from({ length: 30 }, () =>
      slow.request(apis.Fetch, 12, fetchBody(topic)).catch(() => "closed"),
    );
    await untilBegun(broker, client, "Fetch");
    await broker.close();
    slow.socket.resume();
    expect(await Promise.all(answers)).toContain("closed");
  });
});

describe("a broker on a folder", () => {
  it("has its topics, records, configuration and identity after a restart", async () => {
    const dataDir = temporaryFolder();
    const first = await started({ dataDir });
    const before = await clientOf(first);
    const topic = await createTopic(before, "orders", { partitions: 2, configs: { "retention.ms": "-1" } });
    await createTopic(before, "gone");
    await before.request(apis.DeleteTopics, 4, { topics: [], topicNames: ["gone"], timeoutMs: 1000 });
    await before.request(apis.CreatePartitions, 2, {
      topics: [{ name: "orders", count: 3, assignments: null }],
      timeoutMs: 1000,
      validateOnly: false,
    });
    await before.request(apis.IncrementalAlterConfigs, 1, {
      resources: [
        { resourceType: 2, resourceName: "orders", configs: [{ name: "segment.ms", configOperation: 0, value: "77" }] },
        { resourceType: 4, resourceName: "", configs: [{ name: "log.roll.ms", configOperation: 0, value: "88" }] },
      ],
      validateOnly: false,
    });
    await produce(before, topic, batchOf(["a", "b"]), { partition: 2 });
    const ask = { transactionalId: null, transactionTimeoutMs: 0 };
    const { producerId } = await before.request(apis.InitProducerId, 4, ask);
    await first.close();

    const second = await started({ dataDir });
    const client = await clientOf(second);
    expect(second.clusterId).toBe(first.clusterId);
    expect(await describeTopic(client, "gone")).toMatchObject({ errorCode: 3 });
    const found = await describeTopic(client, "orders");
    expect(found).toMatchObject({ topicId: topic.id });
    expect(found?.partitions).toHaveLength(3);
    const { results } = await client.request(apis.DescribeConfigs, 4, {
      resources: [
        { resourceType: 2, resourceName: "orders", configurationKeys: ["retention.ms", "segment.ms"] },
        { resourceType: 4, resourceName: "1", configurationKeys: ["log.roll.ms"] },
      ],
    });
    expect(results.flatMap(({ configs }) => configs.map(({ name, value }) => [name, value]))).toEqual([
      ["retention.ms", "-1"],
      ["segment.ms", "77"],
      ["log.roll.ms", "88"],
    ]);
    const fetched = await client.request(apis.Fetch, 12, fetchBody(topic, { partition: 2 }));
    expect(fetched.responses[0]?.partitions[0]).toMatchObject({ errorCode: 0, highWatermark: 2 });
    expect((await client.request(apis.InitProducerId, 4, ask)).producerId).toBeGreaterThan(producerId);
  });
  it("is another node's folder when it was made by another node", async () => {
    const dataDir = temporaryFolder();
    const broker = await started({ dataDir, nodeId: 3 });
    await broker.close();
    await expect(Broker.start({ dataDir, nodeId: 4 })).rejects.toMatchObject({ name: "DataFolderError" });
  });
});

describe("a broker in memory", () => {
  it("starts and stops five hundred times without leaving anything open", async () => {
    const resources = () => process.getActiveResourcesInfo().length;
    const before = resources();
    for (let round = 0; round < 500; round += 1) {
      const broker = await Broker.start({ memory: true });
      if (round % 50 === 0) await createTopic(await clientOf(broker), "orders");
      await broker.close();
    }
    expect(resources()).toBeLessThanOrEqual(before + 1);
  });
});
