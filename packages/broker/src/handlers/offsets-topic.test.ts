import { apis, ByteReader, batchesIn, type KafkaRecord } from "@ottla/protocol";
import { memoryFiles, nodeWorld } from "@ottla/world";
import { describe, expect, it, onTestFinished } from "vitest";
import { Broker } from "../broker.js";
import { clientOf, createTopic, fetchBody, memoryBroker } from "../broker.test-kit.js";
import { decodeGroupRecord } from "../group/group-records.js";
import type { RawClient } from "../server/raw-client.test-kit.js";

const groupId = "billing";
const transactionalId = "invoices";
const at = (partitionIndex: number, committedOffset: number) => ({
  partitionIndex,
  committedOffset,
  committedMetadata: "note",
});
const commit = (client: RawClient, committedOffset: number) =>
  client.request(apis.OffsetCommit, 9, {
    groupId,
    topics: [{ name: "orders", partitions: [at(0, committedOffset)] }],
  });
const fetchOffset = async (client: RawClient, requireStable = true) => {
  const topics = [{ name: "orders", partitionIndexes: [0] }];
  const { groups } = await client.request(apis.OffsetFetch, 9, { groups: [{ groupId, topics }], requireStable });
  const [partition] = groups[0]?.topics[0]?.partitions ?? [];
  return [partition?.committedOffset, partition?.errorCode];
};

interface Producer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

const initProducer = (client: RawClient): Promise<Producer> =>
  client.request(apis.InitProducerId, 5, { transactionalId, transactionTimeoutMs: 60_000 });
async function commitInTransaction(client: RawClient, producer: Producer, committedOffset: number) {
  const { producerId, producerEpoch } = producer;
  const topics = [{ name: "orders", partitions: [at(0, committedOffset)] }];
  const body = { transactionalId, groupId, producerId, producerEpoch, topics };
  const answer = await client.request(apis.TxnOffsetCommit, 5, body);
  return answer.topics[0]?.partitions[0]?.errorCode;
}
const end = (client: RawClient, { producerId, producerEpoch }: Producer, committed: boolean) =>
  client.request(apis.EndTxn, 5, { transactionalId, producerId, producerEpoch, committed });
/** EndTxn is answered before the markers are written. */
async function untilStable(client: RawClient): Promise<void> {
  const unstable = 88;
  while ((await fetchOffset(client))[1] === unstable) await client.request(apis.ApiVersions, 0, {});
}

async function recordsOf(client: RawClient, name: string, partitions: number): Promise<KafkaRecord[]> {
  const { topics } = await client.request(apis.Metadata, 12, { topics: [{ name }] });
  const id = topics[0]?.topicId ?? "";
  const records: KafkaRecord[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const isolation = { isolationLevel: 1 };
    const body = fetchBody({ name, id }, { partition }, isolation);
    const { responses } = await client.request(apis.Fetch, 12, body);
    const [answer] = responses[0]?.partitions ?? [];
    for (const batch of batchesIn(Buffer.from(answer?.records ?? []))) {
      if (!batch.isControl) records.push(...batch.records());
    }
  }
  return records;
}

describe("__consumer_offsets", () => {
  it("is read like any topic, in Kafka's formats", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    await commit(client, 5);
    await client.request(apis.DeleteGroups, 2, { groupsNames: [groupId] });
    const records = await recordsOf(client, "__consumer_offsets", 4);
    // Types of the keys: an offset, its tombstone, and that of the group.
    expect(
      records.map(({ key, value }) => [new ByteReader(key ?? Buffer.alloc(2)).int16(), value?.readInt16BE(0)]),
    ).toEqual([
      [1, 4],
      [1, undefined],
      [2, undefined],
    ]);
    const decoded = records.map(({ key, value }) => decodeGroupRecord({ key: key ?? Buffer.alloc(2), value }));
    expect(decoded[0]).toMatchObject({ group: groupId, topic: "orders", partition: 0, value: { offset: 5 } });
  });

  it("keeps the offsets of a transaction over a restart, until its end", async () => {
    const world = { ...nodeWorld, files: memoryFiles() };
    const start = async () => {
      const broker = await Broker.start({ dataDir: "/data", world });
      onTestFinished(() => broker.close());
      return { broker, client: await clientOf(broker) };
    };
    const first = await start();
    await createTopic(first.client, "orders");
    await commit(first.client, 1);
    const producer = await initProducer(first.client);
    expect(await commitInTransaction(first.client, producer, 5)).toBe(0);
    expect(await fetchOffset(first.client)).toEqual([-1, 88]);
    expect(await fetchOffset(first.client, false)).toEqual([1, 0]);
    await first.broker.close();

    const second = await start();
    expect(await fetchOffset(second.client)).toEqual([-1, 88]);
    const next = await end(second.client, producer, true);
    await untilStable(second.client);
    expect(await fetchOffset(second.client)).toEqual([5, 0]);
    expect(await commitInTransaction(second.client, next, 6)).toBe(0);
    await end(second.client, next, false);
    await untilStable(second.client);
    expect(await fetchOffset(second.client)).toEqual([5, 0]);
    await second.broker.close();

    expect(await fetchOffset((await start()).client)).toEqual([5, 0]);
  });

  it("takes no offsets from a producer that was fenced", async () => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    const zombie = await initProducer(client);
    await commitInTransaction(client, zombie, 5);
    const invalidProducerEpoch = 47;
    for (;;) {
      const { errorCode } = await client.request(apis.InitProducerId, 5, {
        transactionalId,
        transactionTimeoutMs: 60_000,
      });
      if (errorCode === 0) break;
    }
    expect(await commitInTransaction(client, zombie, 6)).toBe(invalidProducerEpoch);
    await untilStable(client);
    expect(await fetchOffset(client)).toEqual([-1, 0]);
  });
});
