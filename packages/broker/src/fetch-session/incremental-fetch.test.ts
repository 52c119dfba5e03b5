import { apis, batchesIn, encodeBatch, errorCodeOf, zeroUuid } from "@ottla/protocol";
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

interface Ask {
  readonly session?: number;
  readonly epoch?: number;
  readonly version?: number;
  readonly topic?: TestTopic;
  /** Partitions with the offsets to fetch from. */
  readonly offsets?: readonly (readonly [partition: number, fetchOffset: number])[];
  readonly forget?: readonly number[];
  readonly maxWaitMs?: number;
  readonly maxBytes?: number;
  readonly minBytes?: number;
  readonly isolationLevel?: number;
}

async function fetch(client: RawClient, ask: Ask) {
  const { session = 0, epoch = 0, version = 12, topic, offsets = [], forget = [] } = ask;
  const { maxWaitMs = 0, maxBytes = 1_000_000, minBytes = 1, isolationLevel = 0 } = ask;
  const named = { topic: topic?.name ?? "", topicId: topic?.id ?? zeroUuid };
  const partitions = offsets.map(([partition, fetchOffset]) => ({
    partition,
    fetchOffset,
    partitionMaxBytes: 100_000,
  }));
  const answer = await client.request(apis.Fetch, version, {
    maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel,
    sessionId: session,
    sessionEpoch: epoch,
    topics: offsets.length === 0 ? [] : [{ ...named, partitions }],
    forgottenTopicsData: forget.length === 0 ? [] : [{ ...named, partitions: forget }],
  });
  return {
    session: answer.sessionId,
    error: errorCodeOf(answer.errorCode),
    topics: answer.responses,
    partitions: answer.responses.flatMap(({ partitions: answers }) =>
      answers.map(({ partitionIndex, errorCode, highWatermark, records }) => ({
        partition: partitionIndex,
        error: errorCodeOf(errorCode),
        highWatermark,
        texts: [...batchesIn(Buffer.from(records ?? []))].flatMap((batch) =>
          [...batch.records()].map(({ value }) => String(value)),
        ),
      })),
    ),
  };
}

async function setUp(partitions = 3) {
  const { broker, client } = await memoryBroker();
  const topic = await createTopic(client, "orders", { partitions });
  const from = (offset: number) => Array.from({ length: partitions }, (_, index) => [index, offset] as const);
  const send = (partition: number, text: string) => produce(client, topic, batchOf([text]), { partition });
  return { broker, client, topic, from, send };
}

describe("a fetch session", () => {
  it.each([7, 11, 12, 13, 17, 18])("answers in version %d only what is new", async (version) => {
    const { client, topic, from, send } = await setUp();
    await send(1, "a");
    const first = await fetch(client, { version, topic, offsets: from(0) });
    expect(first.session).toBeGreaterThan(0);
    expect(first.partitions.map(({ texts }) => texts)).toEqual([[], ["a"], []]);
    const { session } = first;
    const second = await fetch(client, { version, topic, session, epoch: 1, offsets: [[1, 1]] });
    expect(second).toMatchObject({ session, error: "NONE", partitions: [] });
    await send(2, "b");
    expect((await fetch(client, { version, session, epoch: 2 })).partitions).toMatchObject([
      { partition: 2, highWatermark: 1, texts: ["b"] },
    ]);
    // As long as the client does not say that it has read them.
    expect((await fetch(client, { version, session, epoch: 3 })).partitions).toMatchObject([{ texts: ["b"] }]);
  });
  it.each([4, 6])("is not there in version %d", async (version) => {
    const { client, topic, from } = await setUp();
    expect((await fetch(client, { version, topic, epoch: -1, offsets: from(0) })).session).toBe(0);
  });
  it("is not begun by a fetch that wants none, and ended by one that says so", async () => {
    const { client, topic, from } = await setUp();
    expect((await fetch(client, { topic, epoch: -1, offsets: from(0) })).session).toBe(0);
    const { session } = await fetch(client, { topic, offsets: from(0) });
    expect(await fetch(client, { topic, session, epoch: -1, offsets: from(0) })).toMatchObject({
      session: 0,
      error: "NONE",
      partitions: [{}, {}, {}],
    });
    expect(await fetch(client, { session, epoch: 1 })).toMatchObject({
      session: 0,
      error: "FETCH_SESSION_ID_NOT_FOUND",
      topics: [],
    });
    const again = await fetch(client, { topic, session: 77, offsets: from(0) });
    expect(again.session).toBeGreaterThan(0);
  });
  it("refuses an epoch that is not the next one, and topic ids where it began with names", async () => {
    const { client, topic, from } = await setUp();
    const { session } = await fetch(client, { topic, offsets: from(0) });
    expect((await fetch(client, { session, epoch: 2 })).error).toBe("INVALID_FETCH_SESSION_EPOCH");
    expect((await fetch(client, { version: 13, session, epoch: 1 })).error).toBe("FETCH_SESSION_TOPIC_ID_ERROR");
    expect((await fetch(client, { session, epoch: 1 })).error).toBe("NONE");
    const withIds = await fetch(client, { version: 13, topic, offsets: from(0) });
    const refused = await fetch(client, { session: withIds.session, epoch: 1 });
    expect(refused).toMatchObject({ session: 0, error: "FETCH_SESSION_TOPIC_ID_ERROR" });
  });
  it("forgets partitions, adds others, and ends with the last", async () => {
    const { client, topic, send } = await setUp();
    const { session } = await fetch(client, { topic, offsets: [[0, 0]] });
    expect(
      (await fetch(client, { topic, session, epoch: 1, offsets: [[1, 0]], forget: [0] })).partitions,
    ).toMatchObject([{ partition: 1 }]);
    for (const partition of [0, 1]) await send(partition, "a");
    expect((await fetch(client, { session, epoch: 2 })).partitions).toMatchObject([{ partition: 1, texts: ["a"] }]);
    expect(await fetch(client, { topic, session, epoch: 3, forget: [1] })).toMatchObject({ session: 0, error: "NONE" });
    expect((await fetch(client, { session, epoch: 4 })).error).toBe("FETCH_SESSION_ID_NOT_FOUND");
  });
  it("says of errors each time, and all again once they are over", async () => {
    const { client, topic } = await setUp(1);
    const { session, partitions } = await fetch(client, { topic, offsets: [[0, 5]] });
    expect(partitions).toMatchObject([{ error: "OFFSET_OUT_OF_RANGE" }]);
    for (const epoch of [1, 2]) {
      expect((await fetch(client, { session, epoch, maxWaitMs: 60_000 })).partitions).toMatchObject([
        { error: "OFFSET_OUT_OF_RANGE", highWatermark: -1 },
      ]);
    }
    expect((await fetch(client, { topic, session, epoch: 3, offsets: [[0, 0]] })).partitions).toMatchObject([
      { error: "NONE", highWatermark: 0 },
    ]);
    expect((await fetch(client, { session, epoch: 4 })).partitions).toEqual([]);
  });
  it("tells of a log start that moved, without records", async () => {
    const { client, topic, send } = await setUp(1);
    await send(0, "a");
    const { session } = await fetch(client, { topic, offsets: [[0, 1]] });
    await client.request(apis.DeleteRecords, 2, {
      timeoutMs: 1000,
      topics: [{ name: "orders", partitions: [{ partitionIndex: 0, offset: 1 }] }],
    });
    const { topics } = await fetch(client, { session, epoch: 1 });
    expect(topics).toMatchObject([{ partitions: [{ logStartOffset: 1, highWatermark: 1 }] }]);
    expect((await fetch(client, { session, epoch: 2 })).partitions).toEqual([]);
  });
  it("lets a partition that was served come last the next time", async () => {
    const { client, topic, from, send } = await setUp();
    for (const partition of [0, 1, 2]) await send(partition, "x".repeat(1000));
    const { session } = await fetch(client, { topic, maxBytes: 1, offsets: [[9, 0]] });
    const served: (number | undefined)[] = [];
    const first = await fetch(client, { topic, session, epoch: 1, maxBytes: 1, offsets: from(0), forget: [9] });
    served.push(first.partitions.find(({ texts }) => texts.length > 0)?.partition);
    for (const epoch of [2, 3, 4]) {
      const { partitions } = await fetch(client, { session, epoch, maxBytes: 1 });
      served.push(partitions.find(({ texts }) => texts.length > 0)?.partition);
    }
    expect(served).toEqual([0, 1, 2, 0]);
  });
  it("finds a topic that was deleted and made anew under its name", async () => {
    const { broker, client, topic, send } = await setUp(1);
    const { session } = await fetch(client, { topic, offsets: [[0, 0]] });
    const waiting = fetch(client, { session, epoch: 1, maxWaitMs: 60_000 });
    const other = await clientOf(broker);
    await untilBegun(broker, other, "Fetch", 2);
    await other.request(apis.DeleteTopics, 4, { topics: [], topicNames: ["orders"], timeoutMs: 1000 });
    expect((await waiting).partitions).toMatchObject([{ error: "UNKNOWN_TOPIC_OR_PARTITION" }]);
    await createTopic(client, "orders");
    await send(0, "new");
    expect((await fetch(client, { session, epoch: 2 })).partitions).toMatchObject([{ texts: ["new"] }]);
    expect((await fetch(client, { topic, session, epoch: 3, offsets: [[0, 1]] })).partitions).toEqual([]);
    await send(0, "newer");
    expect((await fetch(client, { session, epoch: 4 })).partitions).toMatchObject([{ texts: ["newer"] }]);
  });
  it("looks at everything again under another isolation level", async () => {
    const { client, topic, from, send } = await setUp();
    await send(0, "a");
    const { session } = await fetch(client, { topic, offsets: from(1).slice(0, 1) });
    expect((await fetch(client, { session, epoch: 1, isolationLevel: 1 })).partitions).toEqual([]);
  });
  it("is refused to a topic with a name that no topic can have", async () => {
    const { client, topic } = await setUp();
    const named = { name: "x".repeat(250), id: zeroUuid };
    expect(await fetch(client, { topic: named, offsets: [[0, 0]] })).toMatchObject({
      session: 0,
      partitions: [{ error: "UNKNOWN_TOPIC_OR_PARTITION" }],
    });
    const { session } = await fetch(client, { topic, offsets: [[0, 0]] });
    const grown = await fetch(client, { topic: named, session, epoch: 1, offsets: [[0, 0]] });
    expect(grown.error).toBe("FETCH_SESSION_ID_NOT_FOUND");
  });
});

describe("a fetch that waits in its session", () => {
  it("is answered by an append to any of its partitions", async () => {
    const { broker, client, topic, from } = await setUp();
    const { session } = await fetch(client, { topic, offsets: from(0) });
    const waiting = fetch(client, { session, epoch: 1, maxWaitMs: 60_000 });
    const producer = await clientOf(broker);
    await untilBegun(broker, producer, "Fetch", 2);
    await produce(producer, topic, batchOf(["a"]), { partition: 2 });
    expect((await waiting).partitions).toMatchObject([{ partition: 2, texts: ["a"] }]);
  });
  it("is answered by the end of a transaction, when it reads what is committed", async () => {
    const { broker, client, topic } = await setUp(1);
    const { session } = await fetch(client, { topic, offsets: [[0, 0]], isolationLevel: 1 });
    const producer = await clientOf(broker);
    const init = { transactionalId: "t", transactionTimeoutMs: 60_000 };
    const { producerId, producerEpoch, errorCode } = await producer.request(apis.InitProducerId, 4, init);
    expect(errorCode).toBe(0);
    const batch = encodeBatch([{ key: null, value: Buffer.from("a"), timestamp: 1_700_000_000_000 }], {
      producerId,
      producerEpoch,
      baseSequence: 0,
      isTransactional: true,
    });
    expect((await produce(producer, topic, batch, { version: 12, transactionalId: "t" })).errorCode).toBe(0);
    expect((await fetch(client, { session, epoch: 1, isolationLevel: 1 })).partitions).toMatchObject([
      { highWatermark: 1, texts: [] },
    ]);
    const waiting = fetch(client, { session, epoch: 2, isolationLevel: 1, maxWaitMs: 60_000 });
    await untilBegun(broker, producer, "Fetch", 3);
    await producer.request(apis.EndTxn, 5, { transactionalId: "t", producerId, producerEpoch, committed: true });
    expect((await waiting).partitions).toMatchObject([{ texts: ["a", expect.anything()] }]);
  });
  it("is answered with nothing when its time is up", async () => {
    const { client, topic, from } = await setUp();
    const { session } = await fetch(client, { topic, offsets: from(0) });
    expect(await fetch(client, { session, epoch: 1, maxWaitMs: 20 })).toMatchObject({ session, topics: [] });
  });
  it("gathers minBytes over partitions", async () => {
    const { broker, client, topic, from } = await setUp();
    const { session } = await fetch(client, { topic, offsets: from(0) });
    const minBytes = 2 * batchOf(["a"]).length;
    const waiting = fetch(client, { session, epoch: 1, maxWaitMs: 60_000, minBytes });
    const producer = await clientOf(broker);
    await untilBegun(broker, producer, "Fetch", 2);
    for (const partition of [2, 1]) await produce(producer, topic, batchOf(["a"]), { partition });
    expect((await waiting).partitions).toMatchObject([{ partition: 1 }, { partition: 2 }]);
  });
  it("gives way to another that goes on with the session", async () => {
    const { broker, client, topic, from } = await setUp();
    const { session } = await fetch(client, { topic, offsets: from(0) });
    const waiting = fetch(client, { session, epoch: 1, maxWaitMs: 60_000 });
    const other = await clientOf(broker);
    await untilBegun(broker, other, "Fetch", 2);
    expect(await fetch(other, { session, epoch: 2, maxWaitMs: 1 })).toMatchObject({ session, error: "NONE" });
    expect(await waiting).toMatchObject({ session, error: "INVALID_FETCH_SESSION_EPOCH", topics: [] });
  });
  it("is answered when the session is closed", async () => {
    const { broker, client, topic, from } = await setUp();
    const { session } = await fetch(client, { topic, offsets: from(0) });
    const waiting = fetch(client, { session, epoch: 1, maxWaitMs: 60_000 });
    const other = await clientOf(broker);
    await untilBegun(broker, other, "Fetch", 2);
    await fetch(other, { session, epoch: -1 });
    expect(await waiting).toMatchObject({ error: "NONE", topics: [] });
  });
  it("ends with its connection", async () => {
    const { broker, client, topic, from } = await setUp();
    const leaving = await clientOf(broker);
    const { session } = await fetch(leaving, { topic, offsets: from(0) });
    leaving.socket.destroy();
    while (broker.metrics.connections > 1) await client.request(apis.ApiVersions, 0, {});
    expect((await fetch(client, { session, epoch: 1 })).error).toBe("FETCH_SESSION_ID_NOT_FOUND");
  });
  it("is begun again when a fault is to strike a topic that it does not name", async () => {
    const { broker, client, topic, from } = await setUp();
    const { session } = await fetch(client, { topic, offsets: from(0) });
    const fault = broker.faults.on("Fetch", { topic: "orders", times: 1 }).reply("NOT_LEADER_OR_FOLLOWER");
    expect((await fetch(client, { session, epoch: 1 })).error).toBe("FETCH_SESSION_ID_NOT_FOUND");
    expect(fault.count).toBe(0);
    const struck = await fetch(client, { topic, offsets: from(0) });
    expect(struck).toMatchObject({ session: 0, partitions: [{ error: "NOT_LEADER_OR_FOLLOWER" }, {}, {}] });
    expect(fault.count).toBe(1);
    expect((await fetch(client, { topic, offsets: from(0) })).session).toBeGreaterThan(0);
  });
});

it("nobody gets a session of a broker that has no slots for them", async () => {
  const { client } = await memoryBroker({ config: { "max.incremental.fetch.session.cache.slots": 0 } });
  const topic = await createTopic(client, "orders");
  const { sessionId, responses } = await client.request(apis.Fetch, 12, fetchBody(topic, {}, { sessionEpoch: 0 }));
  expect([sessionId, responses.length]).toEqual([0, 1]);
});
