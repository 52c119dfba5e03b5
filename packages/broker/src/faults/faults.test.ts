import { apis, errorCodeOf } from "@ottla/protocol";
import { nodeWorld, type Timer } from "@ottla/world";
import { describe, expect, it } from "vitest";
import {
  batchOf,
  clientOf,
  createTopic,
  fetchBody,
  memoryBroker,
  produce,
  type TestTopic,
} from "../broker.test-kit.js";
import type { RawClient } from "../server/raw-client.test-kit.js";

const error = async (answer: Promise<{ readonly errorCode: number }>) => errorCodeOf((await answer).errorCode);

/** How many records a partition has. */
async function endOf(client: RawClient, { name }: TestTopic, partition = 0): Promise<number | undefined> {
  const { topics } = await client.request(apis.ListOffsets, 7, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name, partitions: [{ partitionIndex: partition, timestamp: -1 }] }],
  });
  return topics[0]?.partitions[0]?.offset;
}

async function setUp(partitions = 1) {
  const timers = new HeldTimers();
  const { broker, client } = await memoryBroker({ world: { ...nodeWorld, timers } });
  const topic = await createTopic(client, "orders", { partitions });
  return { broker, client, topic, timers, faults: broker.faults };
}

/** Timers of which those of ten seconds fire when a test says so. */
class HeldTimers {
  readonly idle = nodeWorld.timers.idle;
  readonly endOfTurn = nodeWorld.timers.endOfTurn;
  readonly #held = new Set<() => void>();

  after(delayMs: number, callback: () => void): Timer {
    if (delayMs !== 10_000) return nodeWorld.timers.after(delayMs, callback);
    this.#held.add(callback);
    return { cancel: () => this.#held.delete(callback) };
  }

  get held(): number {
    return this.#held.size;
  }

  fire(): void {
    for (const callback of [...this.#held]) {
      this.#held.delete(callback);
      callback();
    }
  }
}

describe("a fault that replies", () => {
  it("answers an error and does nothing, as often as it was told to", async () => {
    const { client, topic, faults } = await setUp();
    const fault = faults.on("Produce", { topic: "orders", skip: 1, times: 2 }).reply("NOT_LEADER_OR_FOLLOWER");
    const answers = [];
    for (const text of ["a", "b", "c", "d"]) answers.push(await error(produce(client, topic, batchOf([text]))));
    expect(answers).toEqual(["NONE", "NOT_LEADER_OR_FOLLOWER", "NOT_LEADER_OR_FOLLOWER", "NONE"]);
    expect(await endOf(client, topic)).toBe(2);
    expect(fault).toMatchObject({ api: "Produce", count: 2, isSpent: true });
    expect(fault.hits).toMatchObject([{ clientId: "test", request: { acks: -1 } }, { version: 9 }]);
    expect(faults.hits).toHaveLength(2);
  });
  it("carries out what else the request names", async () => {
    const { client, topic, faults } = await setUp(2);
    const other = await createTopic(client, "payments");
    faults.on("Produce", { topic: "orders", partition: 1 }).reply("KAFKA_STORAGE_ERROR");
    const records = batchOf(["a"]);
    const { responses } = await client.request(apis.Produce, 9, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [
        {
          name: topic.name,
          partitionData: [
            { index: 0, records },
            { index: 1, records },
          ],
        },
        { name: other.name, partitionData: [{ index: 0, records }] },
      ],
    });
    const storageError = { errorCode: 56, baseOffset: -1 };
    expect(responses).toMatchObject([
      {
        name: "orders",
        partitionResponses: [
          { index: 0, baseOffset: 0 },
          { index: 1, ...storageError },
        ],
      },
      { name: "payments", partitionResponses: [{ index: 0, errorCode: 0 }] },
    ]);
    expect(await endOf(client, topic, 1)).toBe(0);
  });
  it("may let it happen before", async () => {
    const { client, topic, faults } = await setUp();
    faults.on("Produce").reply("NOT_ENOUGH_REPLICAS_AFTER_APPEND", { after: true });
    expect(await error(produce(client, topic, batchOf(["a"])))).toBe("NOT_ENOUGH_REPLICAS_AFTER_APPEND");
    expect(await endOf(client, topic)).toBe(1);
  });
  it("finds its topic in a request for all of them", async () => {
    const { client, faults } = await setUp();
    await createTopic(client, "payments");
    faults.on("Metadata", { topic: "orders" }).reply("LEADER_NOT_AVAILABLE");
    const { topics, brokers } = await client.request(apis.Metadata, 12, { topics: null });
    expect(topics.map(({ name, errorCode }) => [name, errorCodeOf(errorCode)])).toEqual([
      ["orders", "LEADER_NOT_AVAILABLE"],
      ["payments", "NONE"],
    ]);
    expect(brokers).toHaveLength(1);
  });
  it("knows topics by their ids", async () => {
    const { client, topic, faults } = await setUp();
    faults.on("Fetch", { topic: "orders" }).reply("FENCED_LEADER_EPOCH");
    const { responses } = await client.request(apis.Fetch, 13, fetchBody(topic));
    expect(responses).toMatchObject([{ topicId: topic.id, partitions: [{ partitionIndex: 0, errorCode: 74 }] }]);
  });
  it("closes the connection of acks=0, which has no answer", async () => {
    const { broker, client, topic, faults } = await setUp();
    faults.on("Produce").reply("NOT_LEADER_OR_FOLLOWER");
    const silent = await clientOf(broker);
    const batch = { index: 0, records: batchOf(["a"]) };
    silent.tell(apis.Produce, 9, { acks: 0, timeoutMs: 5000, topicData: [{ name: "orders", partitionData: [batch] }] });
    await silent.closed;
    expect(await endOf(client, topic)).toBe(0);
  });
  it("strikes only what fits", async () => {
    const { client, topic, faults } = await setUp();
    const records = batchOf(["a"]);
    faults.on("Produce", { clientId: "shop" }).reply("REQUEST_TIMED_OUT");
    faults.on("Produce", { version: 3 }).reply("INVALID_RECORD");
    faults.on("Produce", { when: ({ timeoutMs }) => timeoutMs === 1 }).reply("UNKNOWN_SERVER_ERROR");
    expect(await error(produce(client, topic, records, { clientId: "shop" }))).toBe("REQUEST_TIMED_OUT");
    expect(await error(produce(client, topic, records, { version: 3 }))).toBe("INVALID_RECORD");
    expect(await error(produce(client, topic, records))).toBe("NONE");
  });
  it("gives way to one that was set before, and is gone when removed", async () => {
    const { client, topic, faults } = await setUp();
    const first = faults.on("Produce", { times: 1 }).reply("REQUEST_TIMED_OUT");
    const second = faults.on("Produce").reply("INVALID_RECORD");
    const send = () => error(produce(client, topic, batchOf(["a"])));
    expect([await send(), await send()]).toEqual(["REQUEST_TIMED_OUT", "INVALID_RECORD"]);
    second.remove();
    second.remove();
    expect(await send()).toBe("NONE");
    expect(faults.all).toEqual([first]);
    faults.clear();
    expect(faults.all).toEqual([]);
  });
});

describe("a fault that replies with a response", () => {
  it("gives what the test gives, and defaults for the rest", async () => {
    const { client, topic, faults } = await setUp();
    faults.on("Heartbeat").replyWith({ throttleTimeMs: 70 });
    expect(await client.request(apis.Heartbeat, 4, { groupId: "g", generationId: 1, memberId: "m" })).toMatchObject({
      throttleTimeMs: 70,
      errorCode: 0,
    });
    faults.on("Produce").replyWith(({ topicData }) => ({
      responses: topicData.map(({ name }) => ({ name, partitionResponses: [{ index: 0, baseOffset: 42 }] })),
    }));
    expect(await produce(client, topic, batchOf(["a"]))).toMatchObject({ baseOffset: 42, logAppendTimeMs: -1 });
    expect(await endOf(client, topic)).toBe(0);
  });
  it("or puts it over the true answer", async () => {
    const { client, faults } = await setUp();
    faults.on("Metadata").replyWith({ controllerId: 9 }, { after: true });
    const answer = await client.request(apis.Metadata, 12, { topics: null });
    expect(answer).toMatchObject({ controllerId: 9, topics: [{ name: "orders" }] });
  });
});

describe("a fault that delays", () => {
  it("holds the request, and behind it what its connection asks for, but nobody else", async () => {
    const { broker, client, topic, timers, faults } = await setUp();
    const fault = faults.on("Produce", { times: 1 }).delay("10s");
    const first = produce(client, topic, batchOf(["a"]));
    const second = produce(client, topic, batchOf(["b"]));
    await fault.whenHit();
    const bystander = await clientOf(broker);
    expect((await produce(bystander, topic, batchOf(["c"]))).baseOffset).toBe(0);
    timers.fire();
    expect([(await first).baseOffset, (await second).baseOffset]).toEqual([1, 2]);
  });
  it("or only the answer", async () => {
    const { broker, client, topic, timers, faults } = await setUp();
    const fault = faults.on("Produce", { times: 1 }).delay(10_000, { after: true });
    const first = produce(client, topic, batchOf(["a"]));
    const second = produce(client, topic, batchOf(["b"]));
    await fault.whenHit();
    const bystander = await clientOf(broker);
    while ((await endOf(bystander, topic)) !== 2) expect(client.answered).toHaveLength(1);
    timers.fire();
    expect([(await first).baseOffset, (await second).baseOffset]).toEqual([0, 1]);
  });
  it("carries out what waits when its connection closes", async () => {
    const { broker, client, topic, timers, faults } = await setUp();
    const fault = faults.on("Produce").delay("10s");
    const leaving = await clientOf(broker);
    const lost = produce(leaving, topic, batchOf(["a"]));
    await fault.whenHit();
    leaving.socket.destroy();
    await expect(lost).rejects.toThrow(/closed/);
    while ((await endOf(client, topic)) === 0) expect(timers.held).toBeLessThan(2);
    expect(timers.held).toBe(0);
  });
});

describe("a fault that loses", () => {
  it("a request leaves its connection open and unanswered", async () => {
    const { broker, client, topic, faults } = await setUp();
    const fault = faults.on("Produce", { times: 1 }).drop();
    const waiting = await clientOf(broker);
    const lost = [produce(waiting, topic, batchOf(["a"])), waiting.request(apis.ApiVersions, 0, {})];
    await fault.whenHit();
    expect(await endOf(client, topic)).toBe(0);
    expect(broker.metrics.connections).toBe(2);
    const outcomes = Promise.allSettled(lost);
    await broker.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });
  it("an answer has let it happen", async () => {
    const { broker, client, topic, faults } = await setUp();
    const fault = faults.on("Produce", { times: 1 }).drop({ after: true });
    const waiting = await clientOf(broker);
    const lost = produce(waiting, topic, batchOf(["a"]));
    await fault.whenHit();
    expect(await endOf(client, topic)).toBe(1);
    waiting.socket.destroy();
    await expect(lost).rejects.toThrow(/closed/);
  });
  it("a record of acks=0 holds nothing up", async () => {
    const { client, topic, faults } = await setUp();
    faults.on("Produce", { times: 1 }).drop();
    const batch = { index: 0, records: batchOf(["a"]) };
    client.tell(apis.Produce, 9, { acks: 0, timeoutMs: 5000, topicData: [{ name: "orders", partitionData: [batch] }] });
    // Its correlation id was used up without an answer.
    await expect(endOf(client, topic)).resolves.toBe(0);
  });
  it.each([
    { title: "before the request is carried out", timing: {}, end: 0 },
    { title: "when it has been", timing: { after: true }, end: 1 },
  ])("a connection closes it $title", async ({ timing, end }) => {
    const { broker, client, topic, faults } = await setUp();
    faults.on("Produce", { times: 1 }).close(timing);
    await expect(produce(client, topic, batchOf(["a"]))).rejects.toThrow(/closed/);
    expect(await endOf(await clientOf(broker), topic)).toBe(end);
    expect(broker.metrics.connectionsBroken).toBe(0);
  });
  it.each([1, 4, 20, -1])("the end of an answer sends %d bytes of it", async (bytes) => {
    const { broker, client, topic, faults } = await setUp();
    const whole = await wholeAnswer(await clientOf(broker), topic);
    faults.on("ListOffsets", { times: 1 }).truncate(bytes);
    const received: Buffer[] = [];
    const cut = await clientOf(broker);
    cut.socket.on("data", (chunk) => received.push(chunk));
    const before = cut.request(apis.ApiVersions, 0, {});
    await before;
    received.length = 0;
    await expect(endOf(cut, topic)).rejects.toThrow(/closed/);
    expect(Buffer.concat(received)).toEqual(whole.subarray(0, bytes));
    expect(await endOf(client, topic)).toBe(0);
  });
  it("the end of an answer sends nothing that was to come after it", async () => {
    const { broker, topic, faults } = await setUp();
    faults.on("Produce", { times: 1 }).truncate(-1);
    const cut = await clientOf(broker);
    const answers = ["a", "b", "c"].map((text) => produce(cut, topic, batchOf([text])));
    expect((await Promise.allSettled(answers)).every(({ status }) => status === "rejected")).toBe(true);
    expect(cut.answered).toEqual([]);
  });
});

/** The answer to the second request of a connection, as it comes. */
async function wholeAnswer(client: RawClient, topic: TestTopic): Promise<Buffer> {
  await client.request(apis.ApiVersions, 0, {});
  const received: Buffer[] = [];
  client.socket.on("data", (chunk) => received.push(chunk));
  await endOf(client, topic);
  return Buffer.concat(received);
}

describe("a fault that is removed", () => {
  it("lets go of what it delays", async () => {
    const { client, topic, timers, faults } = await setUp();
    const before = faults.on("Produce", { times: 1 }).delay("10s");
    const after = faults.on("Produce", { times: 1 }).delay("10s", { after: true });
    const answers = ["a", "b"].map((text) => produce(client, topic, batchOf([text])));
    await before.whenHit();
    before.remove();
    await after.whenHit();
    faults.clear();
    expect((await Promise.all(answers)).map(({ baseOffset }) => baseOffset)).toEqual([0, 1]);
    expect(timers.held).toBe(0);
  });
  it("closes connections that it left without an answer", async () => {
    const { broker, topic, faults } = await setUp();
    const fault = faults.on("Produce").drop();
    const waiting = await clientOf(broker);
    const lost = produce(waiting, topic, batchOf(["a"]));
    await fault.whenHit();
    fault.remove();
    await expect(lost).rejects.toThrow(/closed/);
  });
});

describe("setting a fault", () => {
  it("waits for its hits", async () => {
    const { client, topic, faults } = await setUp();
    const fault = faults.on("Produce", { times: 2 }).reply("REQUEST_TIMED_OUT");
    const never = fault.whenHit(3);
    const both = fault.whenHit(2);
    await produce(client, topic, batchOf(["a"]));
    await fault.whenHit();
    await produce(client, topic, batchOf(["a"]));
    await both;
    await expect(never).rejects.toThrow("The fault on Produce ended after 2 hits, before hit 3");
    const removed = faults.on("Fetch").drop();
    const waiting = removed.whenHit();
    removed.remove();
    await expect(waiting).rejects.toThrow("ended after 0 hits");
    await expect(removed.whenHit()).rejects.toThrow("ended after 0 hits");
  });
  it("refuses what could never strike", async () => {
    const { faults } = await setUp();
    expect(() => faults.on("Heartbeat", { topic: "orders" })).toThrow("its requests name none");
    expect(() => faults.on("Produce", { group: "g" })).toThrow("cannot be limited to a group");
    expect(() => faults.on("Nonsense" as "Produce")).toThrow("Nonsense is no API");
    expect(() => faults.on("Produce").reply("NONSENSE" as "REQUEST_TIMED_OUT")).toThrow("is no error code");
    expect(() => faults.on("Produce").reply("NONE" as "REQUEST_TIMED_OUT")).toThrow("NONE is no error code");
    expect(() => faults.on("Produce").delay("soon" as "1s")).toThrow("is no duration");
    expect(() => faults.on("Produce", { times: -1 })).toThrow("times: -1 is no number of requests");
    expect(faults.all).toEqual([]);
  });
});
