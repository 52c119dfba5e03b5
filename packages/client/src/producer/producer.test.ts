import { apis, type ProtocolErrorCode } from "@ottla/protocol";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { topic } from "../contract/topic.js";
import { Kafka } from "../kafka.js";
import { type Fault, ScriptedCluster } from "../network/scripted-cluster.test-kit.js";
import { nullable } from "../serde/nullable.js";
import { string } from "../serde/string.js";
import { ManualWorld } from "../world/manual-world.test-kit.js";
import type { ProducerOptions } from "./producer-options.js";

const raw = (value: string, topic = "orders", partition?: number) => ({
  topic,
  key: null,
  value: Buffer.from(value),
  headers: [],
  ...(partition !== undefined && { partition }),
});

const texts = topic("orders", { key: nullable(string()), value: string() });

const setUp = ({ partitions = 1, nodes = [1], options = {} as ProducerOptions, seed = 1 } = {}) => {
  const world = new ManualWorld(seed);
  const cluster = new ScriptedCluster(world.network, nodes);
  const logs = cluster.topic("orders", partitions);
  const kafka = new Kafka({ brokers: cluster.bootstrap, world });
  return { world, cluster, logs, kafka, producer: kafka.producer(options) };
};

/** The faults of the first Produce requests, in order. */
const inOrder = (...faults: (Fault | undefined)[]) => {
  let next = 0;
  return ({ api }: { readonly api: string }) => (api === "Produce" ? faults[next++] : undefined);
};

const anyFault = fc.constantFrom<Fault>(
  "loseAnswer",
  "disconnect",
  "truncateAnswer",
  "ignore",
  "swallowAnswer",
  { refuse: "NOT_LEADER_OR_FOLLOWER" },
  { pretend: "REQUEST_TIMED_OUT" },
  { refuse: "NOT_ENOUGH_REPLICAS" },
);

describe("producer", () => {
  it("sends what is given in one turn in one batch", async () => {
    const { world, cluster, logs, producer } = setUp();
    const sent = Array.from({ length: 100 }, (_, index) => producer.sendRaw(raw(`${index}`)));
    const results = await world.finish(Promise.all(sent));
    expect(results.map(({ offset }) => offset)).toEqual(results.map((_, index) => BigInt(index)));
    expect(cluster.requests(apis.Produce)).toHaveLength(1);
    expect(logs[0]?.values).toEqual(results.map((_, index) => `${index}`));
  });

  it("while an answer is owed, gathers what comes until it is there", async () => {
    const { world, cluster, producer } = setUp();
    await world.finish(producer.sendRaw(raw("before")));
    const first = producer.sendRaw(raw("a"));
    await Promise.resolve();
    await new Promise((resolve) => process.nextTick(resolve));
    const others = ["b", "c", "d"].map((value) => producer.sendRaw(raw(value)));
    await world.finish(Promise.all([first, ...others]));
    expect(cluster.requests(apis.Produce)).toHaveLength(3);
  });

  it("waits as long as it is told for a batch to fill", async () => {
    const { world, cluster, producer } = setUp({ options: { lingerMs: 20 } });
    const sent = [producer.sendRaw(raw("a"))];
    await world.advance(10);
    sent.push(producer.sendRaw(raw("b")));
    await world.advance(9);
    expect(cluster.requests(apis.Produce)).toHaveLength(0);
    await world.advance(1);
    await Promise.all(sent);
    expect(cluster.requests(apis.Produce)).toHaveLength(1);
  });

  it.each<{ title: string; faults: (Fault | undefined)[] }>([
    { title: "an acknowledgement is lost", faults: ["loseAnswer"] },
    { title: "an answer is cut off", faults: ["truncateAnswer"] },
    { title: "the connection breaks before the broker acts", faults: ["disconnect", "disconnect"] },
    { title: "the broker never answers", faults: ["swallowAnswer"] },
    { title: "the broker never acts", faults: ["ignore"] },
    { title: "the broker times out after appending", faults: [{ pretend: "REQUEST_TIMED_OUT" }] },
    { title: "too few replicas have it", faults: [{ pretend: "NOT_ENOUGH_REPLICAS_AFTER_APPEND" }] },
    { title: "the leader is not one", faults: [{ refuse: "NOT_LEADER_OR_FOLLOWER" }] },
    { title: "the topic is not known yet", faults: [{ refuse: "UNKNOWN_TOPIC_ID" }] },
    { title: "the second of three fails", faults: [undefined, "loseAnswer"] },
    {
      title: "the first of three fails while the others are under way",
      faults: [{ refuse: "NOT_LEADER_OR_FOLLOWER" }],
    },
  ])("appends each record once and in order when $title", async ({ faults }) => {
    const { world, cluster, logs, producer } = setUp({ options: { batchBytes: 200 } });
    await world.finish(producer.prepare([]));
    cluster.fault = inOrder(...faults);
    const values = Array.from({ length: 30 }, (_, index) => `${index}`.padStart(40));
    const results = await world.finish(Promise.all(values.map((value) => producer.sendRaw(raw(value)))));
    expect(logs[0]?.values).toEqual(values);
    expect(results.map(({ offset }) => offset)).toEqual(values.map((_, index) => BigInt(index)));
    await world.finish(producer.close());
    expect(world.network.openConnections).toBe(0);
    expect(world.pendingTimers).toBe(0);
  });

  it("has up to five requests under way, and one while it retries", async () => {
    const { world, cluster, logs, producer } = setUp({ options: { batchBytes: 200 } });
    await world.finish(producer.sendRaw(raw("first")));
    let owed = 0;
    let most = 0;
    cluster.fault = ({ api }) => {
      if (api !== "Produce") return undefined;
      owed += 1;
      most = Math.max(most, owed);
      return "ignore";
    };
    const sent = Array.from({ length: 40 }, (_, index) => producer.sendRaw(raw(`${index}`.padStart(100))));
    await world.settle();
    expect(most).toBe(5);
    cluster.fault = () => undefined;
    const offsets = (await world.finish(Promise.all(sent))).map(({ offset }) => offset);
    expect(offsets).toEqual(sent.map((_, index) => BigInt(index + 1)));
    expect(logs[0]?.values).toEqual(["first", ...sent.map((_, index) => `${index}`.padStart(100))]);
  });

  it("starts over under a new epoch when the broker lost acknowledged records", async () => {
    const { world, cluster, logs, producer } = setUp();
    for (const value of ["a", "b", "c"]) await world.finish(producer.sendRaw(raw(value)));
    const [log] = logs;
    if (log === undefined) throw new Error("no partition");
    cluster.fault = inOrder({ refuse: "OUT_OF_ORDER_SEQUENCE_NUMBER" });
    await world.finish(producer.sendRaw(raw("d")));
    expect(log.values).toEqual(["a", "b", "c", "d"]);
    expect(log.batches.at(-1)).toMatchObject({ producerEpoch: 1, baseSequence: 0 });
    await world.finish(producer.sendRaw(raw("e")));
    expect(log.batches.at(-1)).toMatchObject({ producerEpoch: 1, baseSequence: 1 });
  });

  it("takes another producer id when its own is fenced", async () => {
    const { world, cluster, logs, producer } = setUp();
    await world.finish(producer.sendRaw(raw("a")));
    cluster.fault = inOrder({ refuse: "INVALID_PRODUCER_EPOCH" });
    await world.finish(producer.sendRaw(raw("b")));
    const [first, last] = logs[0]?.batches ?? [];
    expect(last?.producerId).not.toBe(first?.producerId);
    expect(last).toMatchObject({ producerEpoch: 0, baseSequence: 0 });
  });

  it("reports a record that was sent and not acknowledged in time as unknown, and repeats nothing after it", async () => {
    const { world, cluster, logs, producer } = setUp({ options: { deliveryTimeoutMs: 40_000 } });
    await world.finish(producer.sendRaw(raw("a")));
    cluster.fault = ({ api }) => (api === "Produce" ? "swallowAnswer" : undefined);
    const late = producer.sendRaw(raw("b"));
    const began = world.clock.monotonic();
    await expect(world.finish(late)).rejects.toMatchObject({ code: "DELIVERY_TIMEOUT", outcome: "unknown" });
    expect(world.clock.monotonic() - began).toBe(40_000);
    cluster.fault = () => undefined;
    await world.finish(producer.sendRaw(raw("c")));
    expect(logs[0]?.values).toEqual(["a", "b", "c"]);
    expect(logs[0]?.batches.at(-1)).toMatchObject({ producerEpoch: 1, baseSequence: 0 });
  });

  it.each([
    { title: "maxBlockMs", options: {}, afterMs: 60_000 },
    { title: "a shorter deliveryTimeoutMs", options: { deliveryTimeoutMs: 5_000 }, afterMs: 5_000 },
  ])("reports a record whose topic does not appear within $title as not sent", async ({ options, afterMs }) => {
    const { world, producer } = setUp({ options });
    await world.finish(producer.sendRaw(raw("first")));
    const lost = expect(producer.sendRaw(raw("a", "nowhere"))).rejects.toMatchObject({
      code: "DELIVERY_TIMEOUT",
      message: expect.stringContaining("UNKNOWN_TOPIC_OR_PARTITION"),
      outcome: "notSent",
      cause: { code: "UNKNOWN_TOPIC_OR_PARTITION" },
    });
    const begun = world.clock.monotonic();
    await world.finish(lost);
    expect(world.clock.monotonic() - begun).toBeCloseTo(afterMs, -2);
  });

  it("follows the leader named in an answer without asking for metadata", async () => {
    const { world, cluster, logs, producer } = setUp({ nodes: [1, 2] });
    await world.finish(producer.sendRaw(raw("a")));
    logs[0]?.moveTo(2);
    const before = cluster.requests(apis.Metadata).length;
    await world.finish(producer.sendRaw(raw("b")));
    expect(cluster.requests(apis.Produce).at(-1)?.node).toBe(2);
    expect(cluster.requests(apis.Metadata)).toHaveLength(before);
    expect(logs[0]?.values).toEqual(["a", "b"]);
  });

  it("splits a batch that is too large for the broker, and fails only a record that is too large alone", async () => {
    const { world, logs, producer } = setUp();
    if (logs[0] !== undefined) logs[0].maxBatchBytes = 400;
    const values = Array.from({ length: 10 }, (_, index) => (index === 4 ? "x".repeat(500) : `${index}`.repeat(80)));
    const outcomes = await world.finish(Promise.allSettled(values.map((value) => producer.sendRaw(raw(value)))));
    expect(outcomes.map(({ status }) => status)).toEqual(values.map((_, i) => (i === 4 ? "rejected" : "fulfilled")));
    expect(outcomes[4]).toMatchObject({ reason: { code: "MESSAGE_TOO_LARGE" } });
    expect(logs[0]?.values).toEqual(values.filter((_, index) => index !== 4));
  });

  it("refuses an oversize record before it enters a batch, with the sizes", async () => {
    const { world, producer } = setUp({ options: { maxRequestBytes: 1_000 } });
    const large = producer.sendRaw(raw("x".repeat(1_000)));
    await expect(world.finish(large)).rejects.toMatchObject({ code: "RECORD_TOO_LARGE", limitInBytes: 1_000 });
  });

  it.each([
    { title: "a value that is text", part: { value: "text" } },
    { title: "a header without a key", part: { headers: [{ value: null }] } },
    { title: "no headers at all", part: { headers: undefined } },
    { title: "a timestamp that is not a number", part: { timestamp: Number.NaN } },
  ])("refuses $title, and goes on", async ({ part }) => {
    const { world, logs, producer } = setUp();
    const odd = { ...raw("odd"), ...part } as unknown as ReturnType<typeof raw>;
    await expect(world.finish(producer.sendRaw(odd))).rejects.toThrow();
    await world.finish(producer.sendRaw(raw("a")));
    await expect(producer.sendRaw(odd)).rejects.toThrow();
    await world.finish(producer.sendRaw(raw("b")));
    expect(logs[0]?.values).toEqual(["a", "b"]);
  });

  it("makes senders wait while the buffer is full, in order", async () => {
    const { world, cluster, logs, producer } = setUp({ options: { bufferBytes: 1_000, maxRequestBytes: 1_000 } });
    await world.finish(producer.sendRaw(raw("first")));
    cluster.fault = ({ api }) => (api === "Produce" ? "swallowAnswer" : undefined);
    const values = Array.from({ length: 30 }, (_, index) => `${index}`.padStart(100));
    const sent = values.map((value) => producer.sendRaw(raw(value)));
    await world.settle();
    expect(logs[0]?.values.length).toBeLessThan(10);
    cluster.fault = () => undefined;
    await world.finish(Promise.all(sent));
    expect(logs[0]?.values).toEqual(["first", ...values]);
  });

  it.each<{ code: ProtocolErrorCode }>([
    { code: "TOPIC_AUTHORIZATION_FAILED" },
    { code: "INVALID_RECORD" },
    { code: "UNSUPPORTED_COMPRESSION_TYPE" },
  ])("fails at once with $code, and goes on with what follows", async ({ code }) => {
    const { world, cluster, logs, producer } = setUp();
    await world.finish(producer.sendRaw(raw("a")));
    cluster.fault = inOrder({ refuse: code });
    await expect(world.finish(producer.sendRaw(raw("b")))).rejects.toMatchObject({ code });
    await world.finish(producer.sendRaw(raw("c")));
    expect(logs[0]?.values).toEqual(["a", "c"]);
  });

  it("with acks 0 resolves with an unknown offset", async () => {
    const { world, logs, producer } = setUp({ options: { acks: 0 } });
    const { offset } = await world.finish(producer.sendRaw(raw("a")));
    expect(offset).toBe(-1n);
    await world.settle();
    expect(logs[0]?.values).toEqual(["a"]);
  });

  it("drains when closed, refuses what comes after, and leaves nothing behind", async () => {
    const { world, logs, producer } = setUp({ options: { lingerMs: 60_000 } });
    const sent = ["a", "b"].map((value) => producer.sendRaw(raw(value)));
    const closing = Promise.all([producer.close(), producer.close()]);
    await expect(producer.sendRaw(raw("c"))).rejects.toMatchObject({ code: "CLOSED" });
    await world.finish(closing);
    await Promise.all(sent);
    expect(logs[0]?.values).toEqual(["a", "b"]);
    expect(world.network.openConnections).toBe(0);
    expect(world.pendingTimers).toBe(0);
  });

  it("abandons what is under way when its signal aborts", async () => {
    const stop = new AbortController();
    const { world, cluster, producer } = setUp({ options: { signal: stop.signal } });
    cluster.fault = ({ api }) => (api === "Produce" ? "ignore" : undefined);
    const sent = expect(producer.sendRaw(raw("a"))).rejects.toThrow("enough");
    await world.settle();
    stop.abort(new Error("enough"));
    await sent;
    await world.finish(producer.close());
    expect(world.network.openConnections).toBe(0);
    expect(world.pendingTimers).toBe(0);
  });

  it("stops waiting when a send's signal aborts, and does not send what was not in a batch yet", async () => {
    const { world, cluster, logs, producer } = setUp();
    const stop = new AbortController();
    cluster.fault = ({ api }) => (api === "Metadata" ? "ignore" : undefined);
    const sent = expect(producer.sendRaw(raw("a"), { signal: stop.signal })).rejects.toThrow("enough");
    await world.settle();
    stop.abort(new Error("enough"));
    await sent;
    cluster.fault = () => undefined;
    await world.finish(producer.sendRaw(raw("b")));
    expect(logs[0]?.values).toEqual(["b"]);
  });

  it("shares one listener of a signal among all sends, and leaves none behind", async () => {
    const { world, logs, producer } = setUp();
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    const records = ["a", "b"].map((value) => ({ key: null, value }));
    const sent = Array.from({ length: 1_000 }, (_, index) => producer.sendRaw(raw(`${index}`), { signal }));
    await world.finish(Promise.all([...sent, producer.sendBatch(texts, records, { signal })]));
    expect(logs[0]?.values).toHaveLength(1_002);
    expect(add).toHaveBeenCalledTimes(1);
    expect(remove).toHaveBeenCalledTimes(1);
  });

  it("names topics where the brokers give no ids", async () => {
    const { world, cluster, logs, producer } = setUp();
    cluster.hasTopicIds = false;
    await world.finish(producer.sendRaw(raw("a")));
    expect(cluster.requests(apis.Produce)[0]?.version).toBe(12);
    expect(logs[0]?.values).toEqual(["a"]);
  });

  it("takes what was withdrawn out of its batch before it leaves, and leaves what has left", async () => {
    const { world, cluster, logs, producer } = setUp({ options: { lingerMs: 100 } });
    const stop = new AbortController();
    const { signal } = stop;
    const withdrawn = (promise: Promise<unknown>) => expect(promise).rejects.toThrow("enough");
    cluster.fault = inOrder("ignore");
    const left = withdrawn(producer.sendRaw(raw("left"), { signal }));
    await world.advance(200);
    const kept = producer.sendRaw(raw("kept"));
    const others = ["b", "c"].map((value) => withdrawn(producer.sendRaw(raw(value), { signal })));
    const last = producer.sendRaw(raw("last"));
    stop.abort(new Error("enough"));
    await Promise.all([left, ...others]);
    await world.finish(Promise.all([kept, last]));
    expect(logs[0]?.values).toEqual(["left", "kept", "last"]);
    await withdrawn(producer.sendRaw(raw("late"), { signal }));
    await world.finish(producer.close());
    expect(logs[0]?.values).toEqual(["left", "kept", "last"]);
    expect(world.pendingTimers).toBe(0);
  });

  it("speaks with a broker of Kafka 2.1", async () => {
    const { world, cluster, logs, producer } = setUp();
    cluster.hasTopicIds = false;
    const oldest = { Produce: 7, Metadata: 7, InitProducerId: 1, ApiVersions: 2, FindCoordinator: 2 };
    for (const [api, maxVersion] of Object.entries(oldest)) cluster.versions.set(api, { minVersion: 0, maxVersion });
    const { offset } = await world.finish(producer.sendRaw(raw("a")));
    expect(offset).toBe(0n);
    expect(logs[0]?.values).toEqual(["a"]);
    expect(cluster.seen.map(({ api, version }) => [api, version])).toEqual(
      expect.arrayContaining([
        ["ApiVersions", 2],
        ["Metadata", 7],
        ["InitProducerId", 1],
        ["Produce", 7],
      ]),
    );
  });

  it("looks a few times for a partition beyond those known, which not every broker may have heard of", async () => {
    const { world, cluster, logs, producer } = setUp({ partitions: 2 });
    await world.finish(producer.sendRaw(raw("a", "orders", 1)));
    cluster.topics.get("orders")?.partitions.push(...cluster.topic("more", 1));
    const { partition } = await world.finish(producer.sendRaw(raw("b", "orders", 2)));
    expect(partition).toBe(2);
    const late = producer.sendRaw(raw("late", "orders", 3));
    await world.advance(500);
    cluster.topics.get("orders")?.partitions.push(...cluster.topic("more", 1));
    expect((await world.finish(late)).partition).toBe(3);
    await expect(world.finish(producer.sendRaw(raw("c", "orders", 4)))).rejects.toMatchObject({
      code: "UNKNOWN_TOPIC_OR_PARTITION",
    });
    expect(logs[1]?.values).toEqual(["a"]);
  });

  it("fails what follows a record that failed, when it is told to fail in order", async () => {
    const { world, cluster, logs, producer } = setUp({ options: { batchBytes: 200, failsInOrder: true } });
    expect(producer.failsInOrder).toBe(true);
    await world.finish(producer.sendRaw(raw("first")));
    cluster.fault = inOrder({ refuse: "TOPIC_AUTHORIZATION_FAILED" });
    const sent = ["a", "b", "c"].map((value) => producer.sendRaw(raw(value.padStart(150))));
    const outcomes = await world.finish(Promise.allSettled(sent));
    expect(outcomes.map((each) => (each.status === "rejected" ? each.reason.code : "delivered"))).toEqual([
      "TOPIC_AUTHORIZATION_FAILED",
      "PREDECESSOR_FAILED",
      "PREDECESSOR_FAILED",
    ]);
    await world.finish(producer.sendRaw(raw("d")));
    expect(logs[0]?.values).toEqual(["first", "d"]);
  });

  it("keeps the order of what is sent again after failures, when it is told to fail in order", async () => {
    const fault = fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      anyFault,
      fc.constant<Fault>({ refuse: "TOPIC_AUTHORIZATION_FAILED" }),
      fc.constant<Fault>({ refuse: "MESSAGE_TOO_LARGE" }),
    );
    const scenario = fc.record({
      faults: fc.array(fault, { maxLength: 30 }),
      moves: fc.array(fc.boolean(), { maxLength: 25 }),
      pauses: fc.array(fc.nat({ max: 3_000 }), { minLength: 1, maxLength: 8 }),
      seed: fc.nat(),
      bufferBytes: fc.constantFrom(700, 1_000_000),
      deliveryTimeoutMs: fc.constantFrom(300, 45_000, 120_000),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ faults, moves, pauses, seed, bufferBytes, deliveryTimeoutMs }) => {
        const options = { batchBytes: 300, maxRequestBytes: 500, bufferBytes, deliveryTimeoutMs, failsInOrder: true };
        const { world, cluster, logs, producer } = setUp({ partitions: 2, nodes: [1, 2], options, seed });
        cluster.fault = inOrder(...faults);
        let produced = 0;
        cluster.afterwards = ({ api }) => {
          if (api !== "Produce" || moves[produced++] !== true) return;
          for (const log of logs) log.moveTo(log.leader === 1 ? 2 : 1);
        };
        /** Sends all again that failed, from the first on: what a relay does. */
        const deliver = async (partition: number, values: readonly string[]) => {
          let left = values;
          while (left.length > 0) {
            const outcomes = await Promise.allSettled(
              left.map((each) => producer.sendRaw(raw(each, "orders", partition))),
            );
            const isFailed = (index: number) => outcomes[index]?.status === "rejected";
            const failed = left.filter((_, index) => isFailed(index));
            // One before a delivered one is in the log, whatever the broker answered to its repetition in the end: the
            // sequences of what follows would have been refused otherwise.
            const lastDelivered = outcomes.findLastIndex(({ status }) => status === "fulfilled");
            const behind = left.filter((_, index) => index < lastDelivered && isFailed(index));
            expect(logs[partition]?.values).toEqual(expect.arrayContaining(behind));
            left = failed;
          }
        };
        const lanes = [0, 1].map((partition) =>
          Array.from({ length: pauses.length * 5 }, (_, index) => `${partition} ${index}`.padStart(90)),
        );
        const done = Promise.all(lanes.map((values, partition) => deliver(partition, values)));
        for (const pause of pauses) await world.advance(pause);
        await world.finish(done);
        for (const [partition, { values }] of logs.entries()) expect([...new Set(values)]).toEqual(lanes[partition]);
        await world.finish(producer.close());
        expect(world.pendingTimers).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it("whatever goes wrong, acknowledged records are there once and in order, and no record is there twice", async () => {
    const fault = fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      anyFault,
      fc.constant<Fault>({ refuse: "TOPIC_AUTHORIZATION_FAILED" }),
    );
    const scenario = fc.record({
      faults: fc.array(fault, { maxLength: 25 }),
      moves: fc.array(fc.boolean(), { maxLength: 25 }),
      pauses: fc.array(fc.nat({ max: 3_000 }), { minLength: 1, maxLength: 12 }),
      seed: fc.nat(),
      deliveryTimeoutMs: fc.constantFrom(45_000, 120_000, 600_000),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ faults, moves, pauses, seed, deliveryTimeoutMs }) => {
        const options = { batchBytes: 300, deliveryTimeoutMs };
        const { world, cluster, logs, producer } = setUp({ partitions: 2, nodes: [1, 2], options, seed });
        cluster.fault = inOrder(...faults);
        let produced = 0;
        cluster.afterwards = ({ api }) => {
          if (api !== "Produce" || moves[produced++] !== true) return;
          for (const log of logs) log.moveTo(log.leader === 1 ? 2 : 1);
        };
        const sent: Promise<{ value: string; status: "ok" | "failed"; partition: number }>[] = [];
        for (const pause of pauses) {
          for (let i = 0; i < 6; i++) {
            const value = `${sent.length}`.padStart(90);
            const partition = sent.length % 2;
            sent.push(
              producer.sendRaw(raw(value, "orders", partition)).then(
                () => ({ value, partition, status: "ok" }),
                () => ({ value, partition, status: "failed" }),
              ),
            );
          }
          await world.advance(pause);
        }
        const results = await world.finish(Promise.all(sent));
        for (const [partition, { values }] of logs.entries()) {
          const given = results.filter((each) => each.partition === partition);
          const isOk = new Set(given.filter(({ status }) => status === "ok").map(({ value }) => value));
          expect(values).toEqual(given.map(({ value }) => value).filter((value) => values.includes(value)));
          expect(values.filter((value) => isOk.has(value))).toHaveLength(isOk.size);
        }
        await world.finish(producer.close());
        expect(world.network.openConnections).toBe(0);
        expect(world.pendingTimers).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
