import { apis, type ProtocolErrorCode, protocolErrors } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { topic } from "../../contract/topic.js";
import { Kafka } from "../../kafka.js";
import { type Fault, ScriptedCluster, type Seen } from "../../network/scripted-cluster.test-kit.js";
import { nullable } from "../../serde/nullable.js";
import { string } from "../../serde/string.js";
import { ManualWorld } from "../../world/manual-world.test-kit.js";
import type { ProducerOptions } from "../producer-options.js";

const orders = topic("orders", { key: nullable(string()), value: string() });
const wire = (code: ProtocolErrorCode): number => protocolErrors[code].wire;

/** A cluster whose coordinator keeps one id's epoch, and answers what `says` has for an API, one by one. */
const setUp = ({ version = 2, options = {} as ProducerOptions, partitions = 1 } = {}) => {
  const world = new ManualWorld();
  const cluster = new ScriptedCluster(world.network);
  const [log] = cluster.topic("orders", partitions);
  const says = new Map<string, ProtocolErrorCode[]>();
  const code = (api: string) => wire(says.get(api)?.shift() ?? "NONE");
  let epoch = -1;
  if (version === 2) cluster.features.set("transaction.version", 2);
  cluster.on(apis.InitProducerId, () => {
    const errorCode = code("InitProducerId");
    return { errorCode, producerId: 7, producerEpoch: errorCode === 0 ? ++epoch : -1 };
  });
  cluster.on(apis.EndTxn, (_, each) => {
    const errorCode = code("EndTxn");
    if (errorCode === 0 && each >= 5) epoch += 1;
    return { throttleTimeMs: 0, errorCode, ...(each >= 5 && { producerId: 7, producerEpoch: epoch }) };
  });
  cluster.on(apis.AddPartitionsToTxn, ({ v3AndBelowTopics }) => ({
    throttleTimeMs: 0,
    errorCode: 0,
    resultsByTopicV3AndBelow: v3AndBelowTopics.map(({ name, partitions: numbers }) => ({
      name,
      resultsByPartition: numbers.map((partitionIndex) => ({
        partitionIndex,
        partitionErrorCode: code("AddPartitionsToTxn"),
      })),
    })),
  }));
  cluster.on(apis.AddOffsetsToTxn, () => ({ throttleTimeMs: 0, errorCode: code("AddOffsetsToTxn") }));
  cluster.on(apis.TxnOffsetCommit, ({ topics }) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitions: each }) => ({
      name,
      partitions: each.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code("TxnOffsetCommit") })),
    })),
  }));
  const kafka = new Kafka({ brokers: cluster.bootstrap, world });
  const producer = kafka.producer({ transactionalId: "shop", ...options });
  /** What was asked, in order, but for how brokers are found. */
  const asked = () =>
    cluster.seen.map(({ api }) => api).filter((api) => !["ApiVersions", "Metadata", "FindCoordinator"].includes(api));
  return { world, cluster, log, says, kafka, producer, asked };
};

const nth = (name: string, ...faults: (Fault | undefined)[]) => {
  let next = 0;
  return ({ api }: Seen) => (api === name ? faults[next++] : undefined);
};

describe("transactions", () => {
  it("by KIP-890 asks for an id once, writes, and ends; the answer's epoch is the next one's", async () => {
    const { world, cluster, log, producer, asked } = setUp();
    for (const value of ["a", "b"]) {
      const result = await world.finish(
        producer.transaction(async (tx) => {
          void tx.send(orders, { value });
          await tx.commitOffsets("g", [{ topic: "orders", partition: 0, offset: 1n }]);
          return `done ${value}`;
        }),
      );
      expect(result).toBe(`done ${value}`);
    }
    expect(asked().toSorted()).toEqual([
      ...["EndTxn", "EndTxn", "InitProducerId", "Produce", "Produce", "TxnOffsetCommit", "TxnOffsetCommit"],
    ]);
    expect(log?.values).toEqual(["a", "b"]);
    expect(
      log?.batches.map((batch) => [batch.isTransactional, batch.producerId, batch.producerEpoch, batch.baseSequence]),
    ).toEqual([
      [true, 7, 0, 0],
      [true, 7, 1, 0],
    ]);
    const lookups = cluster.requests(apis.FindCoordinator).map(({ body }) => body);
    expect(lookups).toMatchObject([
      { keyType: 1, coordinatorKeys: ["shop"] },
      { keyType: 0, coordinatorKeys: ["g"] },
    ]);
    expect(cluster.requests(apis.Produce)[0]?.body).toMatchObject({ transactionalId: "shop" });
  });

  it("by the protocol before adds partitions and groups first, in versions that say so, under one epoch until an abort", async () => {
    const { world, cluster, log, producer, asked } = setUp({ version: 1, partitions: 2 });
    await world.finish(
      producer.transaction(async (tx) => {
        for (const partition of [0, 1]) void tx.send(orders, { value: `${partition}`, partition });
        await tx.commitOffsets({ groupId: "g", memberId: "m", generation: 3, groupInstanceId: "i" }, [
          { topic: "orders", partition: 0, offset: 5n, metadata: "x" },
        ]);
      }),
    );
    expect(asked().filter((api) => api.startsWith("Add"))).toEqual(["AddOffsetsToTxn", "AddPartitionsToTxn"]);
    expect(cluster.requests(apis.AddPartitionsToTxn)[0]).toMatchObject({ version: 3 });
    expect(asked().indexOf("Produce")).toBeGreaterThan(asked().indexOf("AddPartitionsToTxn"));
    expect(cluster.requests(apis.TxnOffsetCommit)[0]).toMatchObject({
      version: 4,
      body: { memberId: "m", generationIdOrMemberEpoch: 3, groupInstanceId: "i" },
    });
    expect([apis.Produce, apis.EndTxn].map((api) => cluster.requests(api)[0]?.version)).toEqual([11, 4]);
    await world.finish(producer.transaction((tx) => tx.send(orders, { value: "again", partition: 0 })));
    const aborted = producer.transaction(async (tx) => {
      await tx.send(orders, { value: "no", partition: 0 });
      throw new Error("no");
    });
    await expect(world.finish(aborted)).rejects.toThrow("no");
    await world.finish(producer.transaction((tx) => tx.send(orders, { value: "new", partition: 0 })));
    expect(log?.batches.map((batch) => [batch.producerEpoch, batch.baseSequence])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
    ]);
    expect(cluster.requests(apis.InitProducerId).map(({ body }) => body)).toMatchObject([
      { producerId: -1 },
      { producerId: 7, producerEpoch: 0 },
    ]);
  });

  it.each([1, 2])("tells nobody of a transaction in which nothing was written (version %i)", async (version) => {
    const { world, producer, asked } = setUp({ version });
    expect(await world.finish(producer.transaction(() => 5))).toBe(5);
    await expect(world.finish(producer.transaction(() => Promise.reject(new Error("no"))))).rejects.toThrow("no");
    expect(asked()).toEqual(["InitProducerId"]);
  });

  it("sends in transactions alone, and has one at a time", async () => {
    const { world, kafka, producer } = setUp();
    await expect(producer.send(orders, { value: "a" })).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    const [outcome] = await producer.sendBatch(orders, [{ value: "a" }]);
    expect(outcome).toMatchObject({ status: "failed", error: { code: "INVALID_CONFIG" } });
    const first = producer.transaction(async (tx) => {
      await expect(producer.transaction(() => {})).rejects.toMatchObject({ code: "INVALID_CONFIG" });
      return tx;
    });
    const over = await world.finish(first);
    await expect(over.send(orders, { value: "late" })).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    await expect(over.commitOffsets("g", [])).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    await expect(kafka.producer().transaction(() => {})).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    expect(() => kafka.producer({ transactionalId: "x", idempotent: false })).toThrow("transactionalId");
  });

  it("aborts when a record fails that nobody waits for, and what waits with it", async () => {
    const { world, cluster, producer, asked } = setUp();
    cluster.fault = nth("Produce", { refuse: "INVALID_RECORD" });
    const work = producer.transaction(async (tx) => {
      void tx.send(orders, { value: "bad" });
      await world.settle();
      await tx.send(orders, { value: "behind" });
    });
    await expect(world.finish(work)).rejects.toMatchObject({
      code: "TRANSACTION_ABORTED",
      retriable: false,
      cause: { code: "INVALID_RECORD" },
    });
    expect(cluster.requests(apis.EndTxn)).toMatchObject([{ body: { committed: false } }]);
    await world.finish(producer.transaction((tx) => tx.send(orders, { value: "good" })));
    expect(asked()).toEqual(["InitProducerId", "Produce", "EndTxn", "Produce", "EndTxn"]);
  });

  it.each([
    { code: "OUT_OF_ORDER_SEQUENCE_NUMBER" },
    { code: "UNKNOWN_PRODUCER_ID" },
    { code: "TRANSACTION_ABORTABLE" },
    { code: "INVALID_TXN_STATE" },
  ] as const)("does not start over inside of a transaction: $code aborts it", async ({ code }) => {
    const { world, cluster, log, producer } = setUp();
    cluster.fault = nth("Produce", { refuse: code });
    const work = producer.transaction((tx) => tx.send(orders, { value: "a" }));
    await expect(world.finish(work)).rejects.toMatchObject({ code: "TRANSACTION_ABORTED", cause: { code } });
    await world.finish(producer.transaction((tx) => tx.send(orders, { value: "b" })));
    expect(log?.batches.map((batch) => [batch.producerEpoch, batch.baseSequence])).toEqual([[1, 0]]);
  });

  it.each([
    { api: "InitProducerId", code: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", error: "PRODUCER_REFUSED" },
    { api: "InitProducerId", code: "INVALID_TRANSACTION_TIMEOUT", error: "PRODUCER_REFUSED" },
    { api: "AddPartitionsToTxn", code: "PRODUCER_FENCED", error: "PRODUCER_FENCED" },
    { api: "AddOffsetsToTxn", code: "INVALID_PRODUCER_EPOCH", error: "PRODUCER_FENCED" },
    { api: "TxnOffsetCommit", code: "INVALID_PRODUCER_ID_MAPPING", error: "PRODUCER_REFUSED" },
    { api: "EndTxn", code: "INVALID_TXN_STATE", error: "PRODUCER_REFUSED" },
    { api: "EndTxn", code: "INVALID_PRODUCER_EPOCH", error: "PRODUCER_FENCED" },
  ] as const)("is over for good after $code of $api", async ({ api, code, error }) => {
    const { world, says, producer, asked } = setUp({ version: 1 });
    says.set(api, [code]);
    const work = producer.transaction(async (tx) => {
      await tx.commitOffsets("g", [{ topic: "orders", partition: 0, offset: 1n }]);
      await tx.send(orders, { value: "a" });
    });
    await expect(world.finish(work)).rejects.toMatchObject({ code: error, fatal: true, cause: { code } });
    const count = asked().length;
    await expect(producer.transaction(() => {})).rejects.toMatchObject({ code: error, fatal: true });
    expect(asked()).toHaveLength(count);
    expect(asked().filter((each) => each === "EndTxn")).toHaveLength(api === "EndTxn" ? 1 : 0);
  });

  it.each([
    { api: "InitProducerId", codes: ["CONCURRENT_TRANSACTIONS", "COORDINATOR_LOAD_IN_PROGRESS"], finds: 1 },
    { api: "AddPartitionsToTxn", codes: ["CONCURRENT_TRANSACTIONS", "NOT_COORDINATOR"], finds: 2 },
    { api: "EndTxn", codes: ["COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS"], finds: 2 },
  ] as const)("asks again after $codes of $api", async ({ api, codes, finds }) => {
    const { world, cluster, says, producer } = setUp({ version: 1 });
    says.set(api, [...codes]);
    await world.finish(producer.transaction((tx) => tx.send(orders, { value: "a" })));
    expect(cluster.requests(apis[api])).toHaveLength(3);
    expect(cluster.requests(apis.FindCoordinator)).toHaveLength(finds);
  });

  it("waits shortly while the transaction before is being ended", async () => {
    const { world, cluster, log, producer } = setUp();
    cluster.fault = nth("Produce", { refuse: "CONCURRENT_TRANSACTIONS" });
    const before = world.clock.monotonic();
    await world.finish(producer.transaction((tx) => tx.send(orders, { value: "a" })));
    expect(world.clock.monotonic() - before).toBeLessThan(30);
    expect(log?.values).toEqual(["a"]);
  });

  it.each<Fault>(["loseAnswer", "disconnect", "truncateAnswer", "swallowAnswer"])(
    "asks until it knows whether a commit was carried out (%s)",
    async (fault) => {
      const { world, cluster, producer } = setUp();
      cluster.fault = nth("EndTxn", fault, fault);
      await world.finish(producer.transaction((tx) => tx.send(orders, { value: "a" })));
      expect(cluster.requests(apis.EndTxn).map(({ body }) => body)).toMatchObject(
        [1, 2, 3].map(() => ({ committed: true, producerEpoch: 0 })),
      );
    },
  );

  it("says so when it does not get to know that, and asks for an epoch before it goes on", async () => {
    const { world, cluster, producer, asked } = setUp({ options: { deliveryTimeoutMs: 5_000 } });
    cluster.fault = ({ api }) => (api === "EndTxn" ? "loseAnswer" : undefined);
    const work = producer.transaction((tx) => tx.send(orders, { value: "a" }));
    await expect(world.finish(work)).rejects.toMatchObject({
      code: "OUTCOME_UNKNOWN",
      outcome: "unknown",
      fatal: false,
      retriable: false,
    });
    cluster.fault = () => undefined;
    const count = asked().length;
    await world.finish(producer.transaction((tx) => tx.send(orders, { value: "b" })));
    expect(asked().slice(count)).toEqual(["InitProducerId", "Produce", "EndTxn"]);
  });

  it("says that a commit may be carried out when it is fenced after it lost an answer", async () => {
    const { world, cluster, says, producer } = setUp();
    cluster.fault = nth("EndTxn", "disconnect");
    says.set("EndTxn", ["PRODUCER_FENCED"]);
    const work = producer.transaction((tx) => tx.send(orders, { value: "a" }));
    await expect(world.finish(work)).rejects.toMatchObject({ code: "PRODUCER_FENCED", outcome: "unknown" });
  });

  it("waits for what is on its way before it aborts, and writes nothing of it later", async () => {
    const { world, cluster, log, producer, asked } = setUp({
      options: { deliveryTimeoutMs: 1_000, maxBlockMs: 1_000 },
    });
    cluster.fault = nth("Produce", "swallowAnswer");
    const work = producer.transaction((tx) => tx.send(orders, { value: "a" }));
    await expect(world.finish(work)).rejects.toMatchObject({
      code: "TRANSACTION_ABORTED",
      retriable: true,
      cause: { code: "DELIVERY_TIMEOUT" },
    });
    // The answer's own time, since the request may be anywhere until then.
    expect(world.clock.monotonic()).toBeGreaterThanOrEqual(30_000);
    await world.finish(producer.transaction((tx) => tx.send(orders, { value: "b" })));
    expect(asked()).toEqual(["InitProducerId", "Produce", "EndTxn", "Produce", "EndTxn"]);
    expect(log?.values).toEqual(["a", "b"]);
  });

  it("begins none when no coordinator answers in time, and the next when one does", async () => {
    const { world, says, producer } = setUp({ options: { maxBlockMs: 2_000 } });
    says.set(
      "InitProducerId",
      Array.from({ length: 100 }, () => "COORDINATOR_LOAD_IN_PROGRESS" as const),
    );
    await expect(world.finish(producer.transaction(() => {}))).rejects.toMatchObject({ code: "OPERATION_TIMEOUT" });
    says.clear();
    expect(await world.finish(producer.transaction(() => 1))).toBe(1);
  });

  it("fails with a record that its signal withdrew before it left", async () => {
    const { world, cluster, producer } = setUp();
    const work = producer.transaction((tx) => {
      void tx.send(orders, { value: "a" }, { signal: AbortSignal.abort(new Error("stop")) });
    });
    await expect(world.finish(work)).rejects.toMatchObject({ code: "TRANSACTION_ABORTED" });
    expect(cluster.requests(apis.Produce)).toHaveLength(0);
  });

  it.each([
    { api: "InitProducerId", ended: [] },
    { api: "EndTxn", ended: [true, false] },
  ] as const)("goes on after TRANSACTION_ABORTABLE of $api", async ({ api, ended }) => {
    const { world, cluster, says, producer } = setUp();
    says.set(api, ["TRANSACTION_ABORTABLE"]);
    const work = producer.transaction((tx) => tx.send(orders, { value: "a" }));
    await expect(world.finish(work)).rejects.toMatchObject({ code: "TRANSACTION_ABORTED", retriable: true });
    expect(cluster.requests(apis.EndTxn).map(({ body }) => body)).toMatchObject(
      ended.map((committed) => ({ committed })),
    );
    await world.finish(producer.transaction((tx) => tx.send(orders, { value: "b" })));
  });

  it("goes on after its first partition was refused, of which the coordinator keeps nothing", async () => {
    const { world, says, producer, asked } = setUp({ version: 1 });
    says.set("AddPartitionsToTxn", ["TOPIC_AUTHORIZATION_FAILED"]);
    says.set("EndTxn", ["INVALID_TXN_STATE"]);
    const work = producer.transaction((tx) => tx.send(orders, { value: "a" }));
    await expect(world.finish(work)).rejects.toMatchObject({
      code: "TRANSACTION_ABORTED",
      cause: { code: "TOPIC_AUTHORIZATION_FAILED" },
    });
    const count = asked().length;
    await world.finish(producer.transaction((tx) => tx.send(orders, { value: "b" })));
    expect(asked().slice(count)).toEqual(["InitProducerId", "AddPartitionsToTxn", "Produce", "EndTxn"]);
  });

  it("aborts an open transaction when the producer is closed", async () => {
    const { world, cluster, producer } = setUp();
    const work = producer.transaction(async (tx) => {
      await tx.send(orders, { value: "a" });
      const closing = producer.close();
      await expect(tx.send(orders, { value: "b" })).rejects.toMatchObject({ code: "TRANSACTION_ABORTED" });
      await closing;
    });
    await expect(world.finish(work)).rejects.toMatchObject({ code: "TRANSACTION_ABORTED", cause: { code: "CLOSED" } });
    expect(cluster.requests(apis.EndTxn)).toMatchObject([{ body: { committed: false } }]);
    await expect(producer.transaction(() => {})).rejects.toMatchObject({ code: "CLOSED" });
    expect(world.pendingTimers).toBe(0);
  });

  it("ends at once when its signal aborts", async () => {
    const stop = new AbortController();
    const { world, producer } = setUp({ options: { signal: stop.signal } });
    const work = producer.transaction(async (tx) => {
      await tx.send(orders, { value: "a" });
      stop.abort(new Error("stop"));
      await tx.send(orders, { value: "b" });
    });
    await expect(world.finish(work)).rejects.toMatchObject({ code: "TRANSACTION_ABORTED" });
    await world.finish(producer.close());
    expect(world.pendingTimers).toBe(0);
  });
});
