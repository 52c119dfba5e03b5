import { apis, batchesIn } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import {
  batchOf,
  clientOf,
  createTopic,
  fetchBody,
  memoryBroker,
  produce,
  type TestTopic,
  untilBegun,
} from "../broker.test-kit.js";
import type { RawClient } from "../server/raw-client.test-kit.js";

async function fetchOne(client: RawClient, ...asked: Parameters<typeof fetchBody>) {
  const { responses } = await client.request(apis.Fetch, 12, fetchBody(...asked));
  const answer = responses[0]?.partitions[0];
  if (answer === undefined) throw new Error("no answer for the partition");
  return { ...answer, texts: textsIn(answer.records) };
}

const textsIn = (records: Uint8Array | null): string[] =>
  [...batchesIn(Buffer.from(records ?? []))].flatMap((batch) => [...batch.records()].map(({ value }) => String(value)));

const filled = async (batches: readonly (readonly string[])[]): Promise<{ client: RawClient; topic: TestTopic }> => {
  const { client } = await memoryBroker();
  const topic = await createTopic(client, "orders");
  for (const texts of batches) await produce(client, topic, batchOf(texts));
  return { client, topic };
};

describe("Fetch", () => {
  it.each([4, 7, 11, 12, 13, 18])("answers what was produced in version %d", async (version) => {
    const { client, topic } = await filled([["a", "b"], ["c"]]);
    const { responses } = await client.request(apis.Fetch, version, fetchBody(topic));
    expect(responses[0]?.partitions[0]).toMatchObject({ errorCode: 0, highWatermark: 3, lastStableOffset: 3 });
    expect(textsIn(responses[0]?.partitions[0]?.records ?? null)).toEqual(["a", "b", "c"]);
  });
  it.each([4, 7, 12, 13, 18])(
    "fails on an isolation level there is not, in version %d as Kafka does",
    async (version) => {
      const { client, topic } = await filled([["a"]]);
      const answer = await client.request(apis.Fetch, version, fetchBody(topic, {}, { isolationLevel: 2 }));
      expect(answer.errorCode).toBe(version < 7 ? 0 : -1);
      const partitions = answer.responses.flatMap((each) => each.partitions.map(({ errorCode }) => errorCode));
      expect(partitions).toEqual(version < 13 ? [-1] : []);
    },
  );
  it.each([
    { title: "of a negative size", bounds: { maxBytes: -1 }, partition: {} },
    { title: "of a negative size of the partition", bounds: {}, partition: { partitionMaxBytes: -1 } },
  ])("fails $title where there is something to read", async ({ bounds, partition }) => {
    const { client, topic } = await filled([["a"]]);
    expect(await fetchOne(client, topic, partition, bounds)).toMatchObject({ errorCode: -1, highWatermark: -1 });
    expect(await fetchOne(client, topic, { ...partition, fetchOffset: 1 }, bounds)).toMatchObject({ errorCode: 0 });
  });
  it.each([4, 14, 15])("gives nothing to a follower, which nobody is, in version %d", async (version) => {
    const { client, topic } = await filled([["a"]]);
    const replica = version < 15 ? { replicaId: 3 } : { replicaState: { replicaId: 3, replicaEpoch: 1 } };
    const { responses } = await client.request(apis.Fetch, version, { ...fetchBody(topic), ...replica });
    expect(responses[0]?.partitions).toMatchObject([{ errorCode: 6, highWatermark: -1 }]);
  });
  it("gives the whole batch to an offset in its middle", async () => {
    const { client, topic } = await filled([["a", "b", "c"], ["d"]]);
    expect((await fetchOne(client, topic, { fetchOffset: 1 })).texts).toEqual(["a", "b", "c", "d"]);
  });
  it("gives one batch that is over every limit, and never a second", async () => {
    const { client, topic } = await filled([["x".repeat(500)], ["y".repeat(500)]]);
    const { texts } = await fetchOne(client, topic, { partitionMaxBytes: 10 }, { maxBytes: 10 });
    expect(texts).toEqual(["x".repeat(500)]);
  });
  it("keeps to the limit over all partitions", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders", { partitions: 3 });
    for (const partition of [0, 1, 2]) await produce(client, topic, batchOf(["x".repeat(1000)]), { partition });
    const body = fetchBody(topic, {}, { maxBytes: 2500 });
    const partitions = [0, 1, 2].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 5000 }));
    const answer = await client.request(apis.Fetch, 12, { ...body, topics: [{ topic: topic.name, partitions }] });
    expect(answer.responses[0]?.partitions.map(({ records }) => textsIn(records).length)).toEqual([1, 1, 0]);
  });
  it("gets one batch at a time while too much is on its way to peers that do not read", async () => {
    const { broker, client } = await memoryBroker({ limits: { fetchMemoryMaxBytes: 500_000 } });
    const topic = await createTopic(client, "orders");
    for (const text of ["x", "y"]) await produce(client, topic, batchOf([text.repeat(400_000)]));
    expect((await fetchOne(client, topic)).texts).toHaveLength(1);
    for (const text of ["a", "b"]) await produce(client, topic, batchOf([text]));
    expect((await fetchOne(client, topic, { fetchOffset: 2 })).texts).toEqual(["a", "b"]);
    const slow = await clientOf(broker);
    slow.socket.pause();
    const unread = Array.from({ length: 60 }, () => slow.request(apis.Fetch, 12, fetchBody(topic)));
    await untilBegun(broker, client, "Fetch", 12);
    while (broker.metrics.bytesUnsent < 500_000) await client.request(apis.ApiVersions, 0, {});
    expect((await fetchOne(client, topic, { fetchOffset: 2 })).texts).toEqual(["a"]);
    slow.socket.resume();
    await Promise.all(unread);
    expect((await fetchOne(client, topic, { fetchOffset: 2 })).texts).toEqual(["a", "b"]);
  });
  it.each([
    { title: "below the log", fetchOffset: -1 },
    { title: "above its end", fetchOffset: 4 },
  ])("answers an offset $title with 1 and no watermarks", async ({ fetchOffset }) => {
    const { client, topic } = await filled([["a", "b", "c"]]);
    expect(await fetchOne(client, topic, { fetchOffset })).toMatchObject({
      errorCode: 1,
      highWatermark: -1,
      lastStableOffset: -1,
      logStartOffset: -1,
      records: Buffer.alloc(0),
    });
  });
  it("answers the end of the log with no records, which are not null", async () => {
    const { client, topic } = await filled([["a"]]);
    const answer = await fetchOne(client, topic, { fetchOffset: 1 });
    expect(answer).toMatchObject({ errorCode: 0, highWatermark: 1, abortedTransactions: null });
    expect(answer.records).toEqual(Buffer.alloc(0));
  });
  it("lists aborted transactions, of which there are none, under read_committed", async () => {
    const { client, topic } = await filled([["a"]]);
    expect(await fetchOne(client, topic, {}, { isolationLevel: 1 })).toMatchObject({ abortedTransactions: [] });
  });
  it.each([
    { title: "an unknown partition", partition: { partition: 9 }, errorCode: 3 },
    { title: "an epoch of the future", partition: { currentLeaderEpoch: 9 }, errorCode: 75 },
  ])("refuses $title at once", async ({ partition, errorCode }) => {
    const { client, topic } = await filled([]);
    expect(await fetchOne(client, topic, partition, { maxWaitMs: 60_000 })).toMatchObject({ errorCode });
  });
  it("refuses unknown topics by name and by id, each with its own code", async () => {
    const { client } = await filled([]);
    const nowhere = { name: "nowhere", id: "AAAAAAAAAAAAAAAAAAAABQ" };
    const codeIn = async (version: number) =>
      (await client.request(apis.Fetch, version, fetchBody(nowhere))).responses[0]?.partitions[0]?.errorCode;
    expect(await codeIn(12)).toBe(3);
    expect(await codeIn(13)).toBe(100);
  });
});

describe("a fetch that names a partition twice", () => {
  it("is answered once, as it was asked last", async () => {
    const { client, topic } = await filled([["a"], ["b"]]);
    const body = fetchBody(topic);
    const partitions = [0, 1].map((fetchOffset) => ({ partition: 0, fetchOffset, partitionMaxBytes: 1000 }));
    const { responses } = await client.request(apis.Fetch, 12, { ...body, topics: [{ topic: "orders", partitions }] });
    expect(responses.map(({ partitions: answers }) => answers.map(({ records }) => textsIn(records)))).toEqual([
      [["b"]],
    ]);
  });
});

describe("a fetch that waits", () => {
  it("is answered by the append that brings the bytes", async () => {
    const { broker, client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    const waiting = fetchOne(client, topic, {}, { maxWaitMs: 60_000 });
    await produce(await clientOf(broker), topic, batchOf(["a"]));
    expect((await waiting).texts).toEqual(["a"]);
  });
  it("waits on for minBytes", async () => {
    const { broker, client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    const batch = batchOf(["a"]);
    const waiting = fetchOne(client, topic, {}, { maxWaitMs: 60_000, minBytes: 3 * batch.length });
    const producer = await clientOf(broker);
    for (const text of ["a", "b", "c"]) await produce(producer, topic, batchOf([text]));
    expect((await waiting).texts).toEqual(["a", "b", "c"]);
  });
  it("gives what there is when the time is up", async () => {
    const { client, topic } = await filled([["a"]]);
    expect((await fetchOne(client, topic, {}, { maxWaitMs: 20, minBytes: 100_000 })).texts).toEqual(["a"]);
    expect((await fetchOne(client, topic, { fetchOffset: 1 }, { maxWaitMs: 20 })).texts).toEqual([]);
  });
  it("holds back later responses of its connection and no one else's", async () => {
    const { broker, client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    const waiting = fetchOne(client, topic, {}, { maxWaitMs: 60_000 });
    const behind = client.request(apis.ApiVersions, 0, {});
    const other = await clientOf(broker);
    await untilBegun(broker, other, "Fetch");
    expect(client.answered).toHaveLength(1);
    await produce(other, topic, batchOf(["a"]));
    await Promise.all([waiting, behind]);
    expect(client.answered).toEqual([1, 2, 3]);
  });
  it("is answered when its topic is deleted", async () => {
    const { broker, client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    const waiting = fetchOne(client, topic, {}, { maxWaitMs: 60_000 });
    const other = await clientOf(broker);
    await untilBegun(broker, other, "Fetch");
    await other.request(apis.DeleteTopics, 4, { topics: [], topicNames: ["orders"], timeoutMs: 1000 });
    expect((await waiting).errorCode).toBe(3);
  });
  it("is answered when the broker closes", async () => {
    const { broker, client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    const waiting = fetchOne(client, topic, {}, { maxWaitMs: 60_000 });
    await untilBegun(broker, await clientOf(broker), "Fetch");
    await broker.close();
    expect((await waiting).errorCode).toBe(0);
    expect(broker.metrics.connections).toBe(0);
  });
});
