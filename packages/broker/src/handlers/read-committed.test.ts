import { apis, encodeBatch } from "@ottla/protocol";
import { expect, it } from "vitest";
import { batchOf, createTopic, fetchBody, memoryBroker, produce, type TestTopic } from "../broker.test-kit.js";
import type { RawClient } from "../server/raw-client.test-kit.js";

const transactionalId = "t";

async function openTransaction(client: RawClient, topic: TestTopic, timestamp: number) {
  const id = { transactionalId, transactionTimeoutMs: 60_000 };
  const { errorCode, producerId, producerEpoch } = await client.request(apis.InitProducerId, 5, id);
  expect(errorCode).toBe(0);
  const records = encodeBatch([{ key: null, value: Buffer.from("x"), timestamp }], {
    producerId,
    producerEpoch,
    baseSequence: 0,
    isTransactional: true,
  });
  expect(await produce(client, topic, records, { version: 12, transactionalId })).toMatchObject({ errorCode: 0 });
  return { transactionalId, producerId, producerEpoch };
}

it("read_committed sees nothing of an open transaction, and is told of an aborted one", async () => {
  const { client } = await memoryBroker();
  const topic = await createTopic(client, "orders");
  await produce(client, topic, batchOf(["a"], { timestamp: 1_000 }));
  const producer = await openTransaction(client, topic, 3_000);
  await produce(client, topic, batchOf(["b"], { timestamp: 2_000 }));

  const offsetFor = async (timestamp: number) => {
    const partitions = [{ partitionIndex: 0, timestamp }];
    const body = { replicaId: -1, isolationLevel: 1, topics: [{ name: "orders", partitions }] };
    return (await client.request(apis.ListOffsets, 11, body)).topics[0]?.partitions[0]?.offset;
  };
  const fetched = async (fetchOffset: number) => {
    const body = fetchBody(topic, { fetchOffset }, { isolationLevel: 1 });
    return (await client.request(apis.Fetch, 12, body)).responses[0]?.partitions[0];
  };
  expect([await offsetFor(-1), await offsetFor(-3), await offsetFor(1_500)]).toEqual([1, -1, -1]);
  expect(await fetched(0)).toMatchObject({ highWatermark: 3, lastStableOffset: 1, abortedTransactions: [] });
  expect((await fetched(1))?.records?.byteLength).toBe(0);

  expect(await client.request(apis.EndTxn, 5, { ...producer, committed: false })).toMatchObject({ errorCode: 0 });
  while ((await offsetFor(-1)) !== 4) await client.request(apis.ApiVersions, 0, {});
  const aborted = { producerId: producer.producerId, firstOffset: 1 };
  expect(await fetched(0)).toMatchObject({ lastStableOffset: 4, abortedTransactions: [aborted] });
  expect(await fetched(2)).toMatchObject({ abortedTransactions: [aborted] });
  expect(await fetched(4)).toMatchObject({ abortedTransactions: [] });
  const described = await client.request(apis.DescribeProducers, 0, {
    topics: [{ name: "orders", partitionIndexes: [0] }],
  });
  expect(described.topics[0]?.partitions[0]?.activeProducers).toMatchObject([
    { producerId: producer.producerId, producerEpoch: producer.producerEpoch + 1, currentTxnStartOffset: -1 },
  ]);
});
