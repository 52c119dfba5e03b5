import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apis, encodeBatch, errorCodeOf } from "@ottla/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { Broker } from "../broker.js";
import { clientOf, createTopic, memoryBroker, type TestTopic, untilBegun } from "../broker.test-kit.js";
import type { RawClient } from "../server/raw-client.test-kit.js";
import type { ProducerIdentity } from "../txn/transaction-state.js";

/** A producer of transactions that says what the test tells it to. */
class TransactionalClient {
  readonly client: RawClient;
  readonly transactionalId: string;

  constructor(client: RawClient, transactionalId = "tx") {
    this.client = client;
    this.transactionalId = transactionalId;
  }

  async init({
    timeoutMs = 60_000,
    version = 4,
    expected,
  }: {
    timeoutMs?: number;
    version?: number;
    expected?: ProducerIdentity;
  } = {}) {
    const { transactionalId } = this;
    const request = { transactionalId, transactionTimeoutMs: timeoutMs, ...expected };
    return this.client.request(apis.InitProducerId, version, request);
  }

  async add(producer: ProducerIdentity, topics: Readonly<Record<string, readonly number[]>>, version = 3) {
    const response = await this.client.request(apis.AddPartitionsToTxn, version, {
      v3AndBelowTransactionalId: this.transactionalId,
      v3AndBelowProducerId: producer.producerId,
      v3AndBelowProducerEpoch: producer.producerEpoch,
      v3AndBelowTopics: Object.entries(topics).map(([name, partitions]) => ({ name, partitions })),
    });
    return Object.fromEntries(
      response.resultsByTopicV3AndBelow.map(({ name, resultsByPartition }) => [
        name,
        resultsByPartition.map(({ partitionErrorCode }) => errorCodeOf(partitionErrorCode)),
      ]),
    );
  }

  async end({ producerId, producerEpoch }: ProducerIdentity, committed: boolean, version = 5) {
    const { transactionalId } = this;
    return this.client.request(apis.EndTxn, version, { transactionalId, producerId, producerEpoch, committed });
  }

  async produce(
    { name, id }: TestTopic,
    { producerId, producerEpoch }: ProducerIdentity,
    { sequence = 0, version = 12, partition = 0, transactionalId = this.transactionalId as string | null } = {},
  ) {
    const record = { key: null, value: Buffer.from(`${sequence}`), timestamp: 1_700_000_000_000 };
    const header = { producerId, producerEpoch, baseSequence: sequence, isTransactional: true };
    const { responses } = await this.client.request(apis.Produce, version, {
      transactionalId,
      acks: -1,
      timeoutMs: 5_000,
      topicData: [{ name, topicId: id, partitionData: [{ index: partition, records: encodeBatch([record], header) }] }],
    });
    const answer = responses[0]?.partitionResponses[0];
    return answer && { code: errorCodeOf(answer.errorCode), baseOffset: answer.baseOffset };
  }

  async offsets({ name }: TestTopic, partition = 0) {
    const ask = async (isolationLevel: number) => {
      const partitions = [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp: -1 }];
      const { topics } = await this.client.request(apis.ListOffsets, 7, {
        replicaId: -1,
        isolationLevel,
        topics: [{ name, partitions }],
      });
      return topics[0]?.partitions[0]?.offset;
    };
    return { highWatermark: await ask(0), lastStable: await ask(1) };
  }

  async state(): Promise<string | undefined> {
    const { transactionalId } = this;
    const request = { transactionalIds: [transactionalId] };
    return (await this.client.request(apis.DescribeTransactions, 0, request)).transactionStates[0]?.transactionState;
  }
}

const started = async () => {
  const { broker, client } = await memoryBroker();
  const topic = await createTopic(client, "orders", { partitions: 2 });
  return { broker, topic, producer: new TransactionalClient(client) };
};
const settledState = (producer: TransactionalClient, state: string) =>
  expect.poll(() => producer.state(), { interval: 5 }).toBe(state);

describe("a transaction", () => {
  it("holds consumers of committed records back until its end (clients before KIP-890)", async () => {
    const { topic, producer } = await started();
    const me = await producer.init();
    expect(await producer.produce(topic, me, { version: 9 })).toEqual({ code: "INVALID_TXN_STATE", baseOffset: -1 });
    expect(await producer.produce(topic, me, { version: 11 })).toEqual({
      code: "TRANSACTION_ABORTABLE",
      baseOffset: -1,
    });
    expect(await producer.add(me, { orders: [0] })).toEqual({ orders: ["NONE"] });
    expect(await producer.produce(topic, me, { version: 9 })).toEqual({ code: "NONE", baseOffset: 0 });
    expect(await producer.offsets(topic)).toEqual({ highWatermark: 1, lastStable: 0 });
    expect((await producer.end(me, true, 3)).errorCode).toBe(0);
    await settledState(producer, "CompleteCommit");
    expect(await producer.offsets(topic)).toEqual({ highWatermark: 2, lastStable: 2 });
  });

  it("adds partitions by itself and bumps the epoch at its end (KIP-890)", async () => {
    const { topic, producer } = await started();
    let me: ProducerIdentity = await producer.init();
    for (const committed of [true, false, true]) {
      expect(await producer.produce(topic, me)).toMatchObject({ code: "NONE" });
      const end = await producer.end(me, committed);
      expect(end).toMatchObject({ errorCode: 0, producerId: me.producerId, producerEpoch: me.producerEpoch + 1 });
      expect(await producer.produce(topic, me, { sequence: 1 })).toMatchObject({ code: "INVALID_PRODUCER_EPOCH" });
      me = end;
    }
    await settledState(producer, "CompleteCommit");
    expect(await producer.offsets(topic)).toEqual({ highWatermark: 6, lastStable: 6 });
  });

  it("takes batches in the order they came, though the first has to wait for its partition to be added", async () => {
    const { topic, producer } = await started();
    const me = await producer.init();
    const sequences = Array.from({ length: 20 }, (_, sequence) => sequence);
    const answers = await Promise.all(sequences.map((sequence) => producer.produce(topic, me, { sequence })));
    expect(answers).toEqual(sequences.map((baseOffset) => ({ code: "NONE", baseOffset })));
    const { client } = producer;
    expect(client.answered).toEqual([...client.answered].sort((one, other) => one - other));
  });

  it("is refused as a whole where one of its partitions is not there", async () => {
    const { producer } = await started();
    const me = await producer.init();
    expect(await producer.add(me, { orders: [0, 9], nowhere: [0] })).toEqual({
      orders: ["OPERATION_NOT_ATTEMPTED", "UNKNOWN_TOPIC_OR_PARTITION"],
      nowhere: ["UNKNOWN_TOPIC_OR_PARTITION"],
    });
    expect(await producer.add(me, { __consumer_offsets: [0] })).toEqual({
      __consumer_offsets: ["TOPIC_AUTHORIZATION_FAILED"],
    });
    expect(await producer.state()).toBe("Empty");
  });

  it("ends also where one of its topics was deleted meanwhile", async () => {
    const { producer, topic } = await started();
    await createTopic(producer.client, "gone");
    const me = await producer.init();
    await producer.add(me, { gone: [0], orders: [0] });
    await producer.produce(topic, me, { version: 11 });
    await producer.client.request(apis.DeleteTopics, 4, { timeoutMs: 5_000, topicNames: ["gone"] });
    expect((await producer.end(me, true, 3)).errorCode).toBe(0);
    await settledState(producer, "CompleteCommit");
    expect(await producer.offsets(topic)).toEqual({ highWatermark: 2, lastStable: 2 });
  });

  it("is aborted by who comes after its producer, and the producer is fenced", async () => {
    const { producer, topic } = await started();
    const me = await producer.init();
    await producer.produce(topic, me);
    expect((await producer.init()).errorCode).toBe(51);
    await settledState(producer, "CompleteAbort");
    expect(await producer.init()).toMatchObject({ errorCode: 0, producerId: me.producerId, producerEpoch: 2 });
    for (const [version, code] of [
      [1, 47],
      [2, 90],
      [5, 90],
    ] as const) {
      expect((await producer.end(me, true, version)).errorCode).toBe(code);
    }
    for (const [version, code] of [
      [3, 47],
      [4, 90],
    ] as const) {
      expect((await producer.init({ version, expected: me })).errorCode).toBe(code);
    }
    expect(await producer.add(me, { orders: [0] }, 1)).toEqual({ orders: ["INVALID_PRODUCER_EPOCH"] });
    expect(await producer.add(me, { orders: [0] }, 2)).toEqual({ orders: ["PRODUCER_FENCED"] });
  });

  it.each([
    { title: "no transactional id", transactionalId: null, code: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED" },
    { title: "an empty one", transactionalId: "", code: "INVALID_REQUEST" },
    { title: "one that nobody knows", transactionalId: "other", code: "INVALID_PRODUCER_ID_MAPPING" },
  ])("takes no records with $title", async ({ transactionalId, code }) => {
    const { producer, topic } = await started();
    const me = await producer.init();
    for (const version of [9, 12]) {
      expect(await producer.produce(topic, me, { transactionalId, version })).toEqual({ code, baseOffset: -1 });
    }
  });

  it("that is open too long is aborted, and consumers go on", async () => {
    const { client } = await memoryBroker({
      config: { "transaction.abort.timed.out.transaction.cleanup.interval.ms": 5 },
    });
    const topic = await createTopic(client, "orders");
    const producer = new TransactionalClient(client);
    const me = await producer.init({ timeoutMs: 20 });
    await producer.produce(topic, me);
    await settledState(producer, "CompleteAbort");
    expect(await producer.offsets(topic)).toEqual({ highWatermark: 2, lastStable: 2 });
    expect(await producer.produce(topic, me, { sequence: 1 })).toMatchObject({ code: "INVALID_PRODUCER_EPOCH" });
  });

  it("is open again after a restart, and its producer ends it", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "ottla-txn-"));
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
    const first = await Broker.start({ dataDir });
    const before = new TransactionalClient(await clientOf(first));
    const topic = await createTopic(before.client, "orders");
    const me = await before.init();
    await before.produce(topic, me);
    await first.close();
    const second = await Broker.start({ dataDir });
    onTestFinished(() => second.close());
    const after = new TransactionalClient(await clientOf(second));
    expect(await after.state()).toBe("Ongoing");
    expect(await after.produce(topic, me, { sequence: 1 })).toEqual({ code: "NONE", baseOffset: 1 });
    expect(await after.offsets(topic)).toEqual({ highWatermark: 2, lastStable: 0 });
    expect((await after.end(me, true)).errorCode).toBe(0);
    await settledState(after, "CompleteCommit");
    expect(await after.offsets(topic)).toEqual({ highWatermark: 3, lastStable: 3 });
  });
});

describe("ListTransactions", () => {
  it("filters by state, producer, duration and pattern", async () => {
    const { producer } = await started();
    const { client } = producer;
    const me = await producer.init();
    await producer.add(me, { orders: [0] });
    await new TransactionalClient(client, "other").init();
    const list = async (filters: object) => {
      const request = { stateFilters: [], producerIdFilters: [], ...filters };
      const response = await client.request(apis.ListTransactions, 2, request);
      const { errorCode, unknownStateFilters, transactionStates } = response;
      return [errorCode, unknownStateFilters, transactionStates.map(({ transactionalId }) => transactionalId).sort()];
    };
    expect(await list({})).toEqual([0, [], ["other", "tx"]]);
    expect(await list({ stateFilters: ["Ongoing", "nope"] })).toEqual([0, ["nope"], ["tx"]]);
    expect(await list({ stateFilters: ["ongoing"] })).toEqual([0, ["ongoing"], []]);
    expect(await list({ producerIdFilters: [me.producerId] })).toEqual([0, [], ["tx"]]);
    expect(await list({ durationFilter: 3_600_000 })).toEqual([0, [], ["other"]]);
    expect(await list({ transactionalIdPattern: "t." })).toEqual([0, [], ["tx"]]);
    expect(await list({ transactionalIdPattern: "" })).toEqual([0, [], ["other", "tx"]]);
    expect(await list({ transactionalIdPattern: "(?=t)" })).toEqual([128, [], []]);
  });

  it("lets others be served while a pattern that is much work is looked for in long ids", async () => {
    const { producer, broker } = await started();
    const { client } = producer;
    await new TransactionalClient(client, "a".repeat(10_000)).init();
    const other = await clientOf(broker);
    let isThrough = false;
    const request = { stateFilters: [], producerIdFilters: [], transactionalIdPattern: `${".*".repeat(300)}x` };
    const listing = client.request(apis.ListTransactions, 2, request).then((response) => {
      isThrough = true;
      return response.transactionStates;
    });
    await untilBegun(broker, other, "ListTransactions");
    expect(isThrough).toBe(false);
    expect(await listing).toEqual([]);
  });
});
