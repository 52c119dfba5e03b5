import { apis, encodeRequest } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { batchOf, clientOf, createTopic, fetchBody, memoryBroker, produce, untilBegun } from "../broker.test-kit.js";
import { MetricCounters } from "../broker-metrics.js";
import type { BrokerServices } from "../broker-services.js";
import { BrokerConfig } from "../config/broker-config.js";
import { type HandlerTable, handlerTableOf } from "../handlers/handler.js";
import { type Logger, silent } from "../logger.js";
import { RawClient } from "./raw-client.test-kit.js";
import { ReadBuffers } from "./read-buffers.js";
import { Server } from "./server.js";

/** Bytes with their length before them. */
const framed = (content: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length);
  return Buffer.concat([length, content]);
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const headerOf = (key: number, version: number): Buffer => {
  const header = Buffer.alloc(10);
  header.writeInt16BE(key, 0);
  header.writeInt16BE(version, 2);
  header.writeInt16BE(-1, 8);
  return header;
};
const isServed = async (client: RawClient): Promise<boolean> =>
  (await client.request(apis.ApiVersions, 0, {})).errorCode === 0;

describe("a connection", () => {
  it("answers in the order of the requests", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    await Promise.all([
      produce(client, topic, batchOf(["a"])),
      client.request(apis.Fetch, 12, fetchBody(topic, { fetchOffset: 1 }, { maxWaitMs: 30 })),
      client.request(apis.ApiVersions, 0, {}),
      produce(client, topic, batchOf(["b"])),
      client.request(apis.Metadata, 9, { topics: null }),
    ]);
    expect(client.answered).toEqual([1, 2, 3, 4, 5, 6]);
  });
  it("appends pipelined batches in the order they came", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => produce(client, topic, batchOf([`${index}`]))),
    );
    expect(answers.map(({ baseOffset }) => baseOffset)).toEqual(answers.map((_, index) => index));
  });
  it("lets a request see what those before it did", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    const [, , latest] = await Promise.all([
      produce(client, topic, batchOf(["a"])),
      produce(client, topic, batchOf(["b"])),
      client.request(apis.ListOffsets, 7, {
        replicaId: -1,
        isolationLevel: 0,
        topics: [{ name: "orders", partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
      }),
    ]);
    expect(latest.topics[0]?.partitions[0]?.offset).toBe(2);
  });
  it("takes a request that comes byte by byte", async () => {
    const { client } = await memoryBroker();
    const whole = Buffer.concat(encodeRequest(apis.ApiVersions, 0, { correlationId: 1, clientId: "slow" }, {}));
    const answered = client.exchange(() => whole.subarray(0, 1));
    for (const byte of whole.subarray(1)) client.socket.write(Buffer.from([byte]));
    expect((await answered).readInt32BE(0)).toBe(1);
  });
  it.each([
    { title: "a negative length", bytes: int32(-1) },
    { title: "a length beyond the limit", bytes: int32(2_147_483_647) },
    { title: "an empty frame", bytes: int32(0) },
    { title: "half a header", bytes: framed(Buffer.alloc(5)) },
    { title: "an API nobody has", bytes: framed(headerOf(999, 0)) },
    { title: "an API that is not served", bytes: framed(headerOf(4, 0)) },
    { title: "a version that is not served", bytes: framed(headerOf(apis.Metadata.key, 99)) },
    { title: "a negative version", bytes: framed(headerOf(apis.Metadata.key, -1)) },
    { title: "a body that ends early", bytes: framed(headerOf(apis.Metadata.key, 1)) },
    {
      title: "an array of two billion",
      bytes: framed(Buffer.concat([headerOf(apis.Metadata.key, 1), int32(2_147_483_647)])),
    },
  ])("is closed after $title, and no other is", async ({ bytes }) => {
    const { broker, client: bystander } = await memoryBroker();
    const client = await clientOf(broker);
    client.socket.write(bytes);
    await client.closed;
    expect(await isServed(bystander)).toBe(true);
    expect(broker.metrics).toMatchObject({ connections: 1, connectionsBroken: 1 });
  });
  it("is closed after a request of more elements than are handled, and no other is", async () => {
    const { broker, client: bystander } = await memoryBroker({ limits: { requestMaxElements: 10 } });
    const client = await clientOf(broker);
    const ask = (count: number) => client.request(apis.DescribeGroups, 5, { groups: Array(count).fill("") });
    expect((await ask(10)).groups).toHaveLength(10);
    await expect(ask(11)).rejects.toThrow(/closed/);
    expect(await isServed(bystander)).toBe(true);
  });
  it("is closed when a handler fails or answers nonsense, with a word in the log, and no other is", async () => {
    const errors: unknown[] = [];
    const logger = { ...silent, error: (message: string) => errors.push(message) };
    const table = handlerTableOf([
      { api: apis.Heartbeat, handle: () => Promise.reject(new Error("broken")) },
      {
        api: apis.Metadata,
        handle: () => {
          throw new Error("broken at once");
        },
      },
      {
        api: apis.DeleteGroups,
        handle: () => ({ throttleTimeMs: 0, results: [{ groupId: "x".repeat(40_000), errorCode: 0 }] }),
      },
      { api: apis.ApiVersions, handle: () => ({ errorCode: 0, apiKeys: [] }) },
    ]);
    const port = await serving(table, logger);
    const bystander = await clientOf({ port });
    const heartbeat = { groupId: "g", generationId: 1, memberId: "m" };
    await expect((await clientOf({ port })).request(apis.Heartbeat, 0, heartbeat)).rejects.toThrow(/closed/);
    await expect((await clientOf({ port })).request(apis.Metadata, 1, { topics: null })).rejects.toThrow(/closed/);
    await expect((await clientOf({ port })).request(apis.DeleteGroups, 0, { groupsNames: [] })).rejects.toThrow(
      /closed/,
    );
    expect(await isServed(bystander)).toBe(true);
    expect(errors).toHaveLength(3);
  });
});

/** A server with a handler table of the test's own; answers its port. */
async function serving(handlers: HandlerTable, logger: Logger): Promise<number> {
  const parts = {
    world: nodeWorld,
    config: new BrokerConfig(),
    metrics: new MetricCounters(),
    readBuffers: new ReadBuffers(),
    handlers,
    logger,
  };
  const limits = {
    requestMaxBytes: 1_000_000,
    requestMaxElements: 1000,
    queuedMaxRequests: 10,
    queuedMaxBytes: 1_000_000,
    unsentMaxBytes: 1_000_000,
    firstRequestTimeoutMs: 60_000,
  };
  const server = new Server(parts as unknown as BrokerServices, limits);
  onTestFinished(() => server.close(1000));
  await server.listen([{ name: "TEST", port: 0 }]);
  return server.advertised("TEST").port;
}

describe("hostile bytes", () => {
  it("of any API and version close their own connection or are answered, and others go on", async () => {
    const { broker, client: bystander } = await memoryBroker();
    await createTopic(bystander, "orders");
    const keys = fc.oneof(
      fc.constantFrom(...Object.values(apis).map(({ key }) => key)),
      fc.integer({ min: 0, max: 100 }),
    );
    const hostile = fc.record({
      key: keys,
      version: fc.integer({ min: -1, max: 20 }),
      body: fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.constant(new Uint8Array(200).fill(0xff)),
        fc.constant(new Uint8Array(200)),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 20 }), async (requests) => {
        const attacker = await RawClient.connect(broker);
        // Whatever is answered is not looked at.
        for (const { key, version, body } of requests) {
          attacker.exchange(() => framed(Buffer.concat([headerOf(key, version), body]))).catch(() => {});
        }
        expect(await isServed(bystander)).toBe(true);
        attacker.socket.destroy();
        await attacker.closed;
      }),
      { numRuns: 150 },
    );
  });
});

describe("a peer that sends more than is handled", () => {
  it("is not read further, and is when the rest is done", async () => {
    const { broker, client: bystander } = await memoryBroker({ config: { "queued.max.requests": 10 } });
    const topic = await createTopic(bystander, "orders");
    const eager = await clientOf(broker);
    const waiting = eager.request(apis.Fetch, 12, fetchBody(topic, {}, { maxWaitMs: 60_000 }));
    const behind = Array.from({ length: 40 }, () =>
      eager.request(apis.Metadata, 9, { topics: [{ name: "x".repeat(30_000) }] }),
    );
    await untilBegun(broker, bystander, "Fetch");
    for (let turn = 0; turn < 50; turn += 1) expect(await isServed(bystander)).toBe(true);
    expect(broker.metrics.bytesIn).toBeLessThan(700_000);
    await produce(bystander, topic, batchOf(["a"]));
    await waiting;
    expect((await Promise.all(behind)).map(({ topics }) => topics[0]?.errorCode)).toEqual(Array(40).fill(17));
  });
});

describe("a peer that does not read", () => {
  it("is not read from either, while others are served", async () => {
    const { broker, client: bystander } = await memoryBroker({ limits: { unsentMaxBytes: 100_000 } });
    const topic = await createTopic(bystander, "orders");
    await produce(bystander, topic, batchOf(["x".repeat(900_000)]));
    const slow = await clientOf(broker);
    slow.socket.pause();
    const answers = Array.from({ length: 50 }, () => slow.request(apis.Fetch, 12, fetchBody(topic)));
    await untilBegun(broker, bystander, "Fetch");
    for (let turn = 0; turn < 50; turn += 1) expect(await isServed(bystander)).toBe(true);
    expect(broker.metrics.requests.get("Fetch")).toBeLessThan(20);
    expect(broker.metrics.bytesUnsent).toBeGreaterThan(0);
    slow.socket.resume();
    expect((await Promise.all(answers)).every(({ errorCode }) => errorCode === 0)).toBe(true);
    await slow.request(apis.ApiVersions, 0, {});
    expect(broker.metrics.requests.get("Fetch")).toBe(50);
  });
});

describe("connection limits", () => {
  it("close what comes over the number of all, and of one address", async () => {
    const { broker } = await memoryBroker({ config: { "max.connections": 2 } });
    const second = await clientOf(broker);
    const third = await clientOf(broker);
    await third.closed;
    expect(await isServed(second)).toBe(true);
    expect(broker.metrics).toMatchObject({ connections: 2, connectionsRefused: 1 });
    second.socket.destroy();
    await second.closed;
  });
  it("count per address", async () => {
    const { broker } = await memoryBroker({ config: { "max.connections.per.ip": 1 } });
    const second = await clientOf(broker);
    await second.closed;
    expect(broker.metrics.connectionsRefused).toBe(1);
  });
  it("close a connection that says nothing", async () => {
    const { broker } = await memoryBroker({ limits: { firstRequestTimeoutMs: 40 } });
    const silent = await clientOf(broker);
    await silent.closed;
  });
  it("close a connection that has nothing more to say, and not one that waits for an answer", async () => {
    const { broker, client } = await memoryBroker({ config: { "connections.max.idle.ms": 60 } });
    const topic = await createTopic(client, "orders");
    const waiting = client.request(apis.Fetch, 12, fetchBody(topic, {}, { maxWaitMs: 300 }));
    const idle = await clientOf(broker);
    await isServed(idle);
    await idle.closed;
    expect((await waiting).errorCode).toBe(0);
    await client.closed;
  });
});
