import { apis, crc32c, encodeBatch, RecordBatch, RecordBatchBuilder, zeroUuid } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { batchOf, createTopic, fetchBody, memoryBroker, produce } from "../broker.test-kit.js";

describe("Produce", () => {
  it.each([
    { version: 3, acks: -1 },
    { version: 7, acks: 1 },
    { version: 9, acks: -1 },
    { version: 13, acks: -1 },
  ])("appends and answers the offset in version $version with acks $acks", async ({ version, acks }) => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    expect(await produce(client, topic, batchOf(["a", "b"]), { version, acks })).toMatchObject({
      errorCode: 0,
      baseOffset: 0,
    });
    expect(await produce(client, topic, batchOf(["c"]), { version, acks })).toMatchObject({
      errorCode: 0,
      baseOffset: 2,
      logAppendTimeMs: -1,
    });
  });

  const corrupt = batchOf(["a"]);
  corrupt.writeUInt8(corrupt.readUInt8(corrupt.length - 1) ^ 1, corrupt.length - 1);
  const oldMagic = batchOf(["a"]);
  oldMagic.writeInt8(1, 16);
  const control = new RecordBatchBuilder();
  control.add({ key: Buffer.from([0, 0, 0, 1]), value: Buffer.alloc(6), timestamp: 1 });
  it.each([
    { title: "acks that are not", records: batchOf(["a"]), options: { acks: 2 }, errorCode: 21 },
    { title: "an unknown partition", records: batchOf(["a"]), options: { partition: 9 }, errorCode: 3 },
    { title: "no records", records: null, options: {}, errorCode: 87 },
    { title: "an empty set of records", records: Buffer.alloc(0), options: {}, errorCode: 87 },
    { title: "two batches", records: Buffer.concat([batchOf(["a"]), batchOf(["b"])]), options: {}, errorCode: 87 },
    { title: "a wrong checksum", records: corrupt, options: {}, errorCode: 2 },
    { title: "half a header", records: batchOf(["a"]).subarray(0, 30), options: {}, errorCode: 87 },
    {
      title: "zstd in a version before it",
      records: encodeBatch([{ key: null, value: Buffer.from("a"), timestamp: 1 }], { compression: "zstd" }),
      options: { version: 5 },
      errorCode: 76,
    },
  ])("refuses $title with $errorCode", async ({ records, options, errorCode }) => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    expect(await produce(client, topic, records, options)).toMatchObject({ errorCode, baseOffset: -1 });
    expect(await produce(client, topic, batchOf(["fine"]))).toMatchObject({ errorCode: 0, baseOffset: 0 });
  });
  it("refuses unknown topics by name and by id, each with its own code", async () => {
    const { client } = await memoryBroker();
    const nowhere = { name: "nowhere", id: "AAAAAAAAAAAAAAAAAAAABQ" };
    expect(await produce(client, nowhere, batchOf(["a"]), { version: 12 })).toMatchObject({ errorCode: 3 });
    expect(await produce(client, nowhere, batchOf(["a"]), { version: 13 })).toMatchObject({ errorCode: 100 });
  });
  it("refuses what is larger than max.message.bytes, as the topic has it now", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders", { configs: { "max.message.bytes": "200" } });
    expect(await produce(client, topic, batchOf(["x".repeat(200)]))).toMatchObject({ errorCode: 10 });
    await client.request(apis.IncrementalAlterConfigs, 1, {
      resources: [
        {
          resourceType: 2,
          resourceName: "orders",
          configs: [{ name: "max.message.bytes", configOperation: 0, value: "400" }],
        },
      ],
      validateOnly: false,
    });
    expect(await produce(client, topic, batchOf(["x".repeat(200)]))).toMatchObject({ errorCode: 0 });
  });
  it("refuses keyless records on a compacted topic", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders", { configs: { "cleanup.policy": "compact" } });
    expect(await produce(client, topic, batchOf(["a"]))).toMatchObject({
      errorCode: 87,
      recordErrors: [{ batchIndex: 0, batchIndexErrorMessage: "no key, and the topic is compacted" }],
    });
    expect(await produce(client, topic, batchOf(["a"], { key: Buffer.from("k") }))).toMatchObject({ errorCode: 0 });
  });
  it("refuses timestamps too far ahead", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    const records = batchOf(["a"], { timestamp: Date.now() + 7_200_000 });
    expect(await produce(client, topic, records)).toMatchObject({ errorCode: 32, recordErrors: [{ batchIndex: 0 }] });
    expect(await produce(client, topic, records, { version: 7 })).toMatchObject({ errorCode: 32 });
  });
  it("names the records that are too old for the topic, however new the others are", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders", { configs: { "message.timestamp.before.max.ms": "60000" } });
    const now = Date.now();
    const records = [now, now - 120_000, -1, now - 61_000].map((timestamp) => ({
      key: null,
      value: Buffer.from("v"),
      timestamp,
    }));
    const { errorCode, recordErrors } = await produce(client, topic, encodeBatch(records));
    expect([errorCode, recordErrors.map(({ batchIndex }) => batchIndex)]).toEqual([32, [1, 3]]);
    expect(await produce(client, topic, batchOf(["a"], { timestamp: now }))).toMatchObject({ errorCode: 0 });
  });
  it("stamps the time of the append where the topic says so", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders", { configs: { "message.timestamp.type": "LogAppendTime" } });
    const before = Date.now();
    const { logAppendTimeMs } = await produce(client, topic, batchOf(["a"]));
    expect(logAppendTimeMs).toBeGreaterThanOrEqual(before);
    const answer = await client.request(apis.Fetch, 12, fetchBody(topic));
    const batch = RecordBatch.at(Buffer.from(answer.responses[0]?.partitions[0]?.records ?? []));
    expect(batch.timestampType).toBe("logAppend");
    expect([...batch.records()].map(({ timestamp }) => timestamp)).toEqual([logAppendTimeMs]);
  });
  it("lets nobody but the admin client write to internal topics", async () => {
    const { client } = await memoryBroker();
    await client.request(apis.Metadata, 9, { topics: [{ topicId: zeroUuid, name: "__consumer_offsets" }] });
    const topic = { name: "__consumer_offsets", id: zeroUuid };
    expect(await produce(client, topic, batchOf(["a"], { key: Buffer.from("k") }))).toMatchObject({ errorCode: 17 });
  });
  it("has enough replicas with the one there is, whatever min.insync.replicas says, as Kafka has", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders", { configs: { "min.insync.replicas": "2" } });
    expect(await produce(client, topic, batchOf(["a"]))).toMatchObject({ errorCode: 0 });
  });
  it("answers a duplicate of an idempotent producer with the first offset and a gap with 45", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    const { producerId } = await client.request(apis.InitProducerId, 4, {
      transactionalId: null,
      transactionTimeoutMs: 0,
    });
    const sequenced = (baseSequence: number) =>
      encodeBatch([{ key: null, value: Buffer.from("v"), timestamp: 1 }], {
        producerId,
        producerEpoch: 0,
        baseSequence,
      });
    expect(await produce(client, topic, sequenced(0))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await produce(client, topic, sequenced(1))).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(await produce(client, topic, sequenced(0))).toMatchObject({
      errorCode: 0,
      baseOffset: 0,
      // Kafka gives the time of the first copy's records.
      logAppendTimeMs: 1,
    });
    expect(await produce(client, topic, sequenced(5))).toMatchObject({ errorCode: 45 });
  });
  it("answers each partition for itself", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders", { partitions: 2 });
    const { responses } = await client.request(apis.Produce, 9, {
      acks: -1,
      timeoutMs: 100,
      topicData: [
        {
          name: topic.name,
          partitionData: [
            { index: 0, records: batchOf(["a"]) },
            { index: 7, records: batchOf(["a"]) },
            { index: 1, records: batchOf(["b"]) },
          ],
        },
      ],
    });
    expect(responses[0]?.partitionResponses.map(({ index, errorCode }) => [index, errorCode])).toEqual([
      [0, 0],
      [7, 3],
      [1, 0],
    ]);
  });
  it("writes what a request names twice once, as it stands there last, and leaves out a topic without partitions", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders", { partitions: 2 });
    const named = (...partitionData: { index: number; records: Buffer }[]) => ({ name: topic.name, partitionData });
    const { responses } = await client.request(apis.Produce, 9, {
      acks: -1,
      timeoutMs: 100,
      topicData: [
        { name: "empty", partitionData: [] },
        named({ index: 0, records: batchOf(["a"]) }, { index: 0, records: batchOf(["b", "c"]) }),
        named({ index: 1, records: batchOf(["d"]) }, { index: 0, records: batchOf(["e", "f", "g"]) }),
      ],
    });
    expect(responses).toMatchObject([
      {
        name: topic.name,
        partitionResponses: [
          { index: 0, errorCode: 0, baseOffset: 0 },
          { index: 1, errorCode: 0, baseOffset: 0 },
        ],
      },
    ]);
    expect(responses).toHaveLength(1);
    expect(await produce(client, topic, batchOf(["h"]))).toMatchObject({ baseOffset: 3 });
  });
  const magic3 = batchOf(["a"]);
  magic3.writeUInt8(3, 16);
  const transactional = encodeBatch([{ key: null, value: null, timestamp: 1 }], { isTransactional: true });
  it.each([
    { title: "an unknown topic before acks", topic: "nowhere", records: batchOf(["a"]), acks: 7, errorCode: 3 },
    { title: "no batch before acks", records: Buffer.alloc(0), acks: 7, errorCode: 87 },
    { title: "a magic there is not before the topic", topic: "nowhere", records: magic3, errorCode: 2 },
    { title: "a transaction without an id before acks", records: transactional, acks: 7, errorCode: 53 },
    { title: "acks before an internal topic", topic: "__consumer_offsets", acks: 7, errorCode: 21 },
    { title: "acks before a checksum", records: corrupt, acks: 7, errorCode: 21 },
    { title: "an internal topic before a checksum", topic: "__consumer_offsets", records: corrupt, errorCode: 17 },
  ])("finds $title", async ({ topic = "orders", records = batchOf(["a"]), acks = -1, errorCode }) => {
    const { client } = await memoryBroker();
    await createTopic(client, "orders");
    await client.request(apis.Metadata, 9, { topics: [{ topicId: zeroUuid, name: "__consumer_offsets" }] });
    const asked = { name: topic, id: zeroUuid };
    expect(await produce(client, asked, records, { acks })).toMatchObject({ errorCode, logStartOffset: -1 });
  });
  const noCodec = batchOf(["a"]);
  noCodec.writeUInt8(7, 22);
  noCodec.writeUInt32BE(crc32c(noCodec.subarray(21)), 17);
  const sequenceless = encodeBatch([{ key: null, value: Buffer.from("a"), timestamp: 1 }], { producerId: 7 });
  it.each([
    { title: "is no single batch", records: Buffer.concat([batchOf(["a"]), batchOf(["b"])]), code: 87, logStart: -1 },
    { title: "has a wrong checksum", records: corrupt, code: 2, logStart: -1 },
    { title: "is too large", records: batchOf(["x".repeat(2_000_000)]), code: 10, logStart: -1 },
    { title: "has no sequence", records: sequenceless, code: 87, logStart: 0 },
    { title: "is of no codec", records: noCodec, code: -1, logStart: 0 },
    { title: "is of no codec, in a version before zstd", records: noCodec, version: 6, code: -1, logStart: -1 },
  ])("tells the log start of a batch that $title only as Kafka does", async ({ records, version, code, logStart }) => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    const options = version === undefined ? {} : { version };
    expect(await produce(client, topic, Buffer.from(records), options)).toMatchObject({
      errorCode: code,
      logStartOffset: logStart,
    });
  });
  it("does not answer acks=0, and closes the connection where such a request failed", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    const body = (name: string) => ({
      acks: 0,
      timeoutMs: 100,
      topicData: [{ name, partitionData: [{ index: 0, records: batchOf(["a"]) }] }],
    });
    client.tell(apis.Produce, 9, body(topic.name));
    const { topics } = await client.request(apis.ListOffsets, 7, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    });
    expect(topics[0]?.partitions[0]?.offset).toBe(1);
    client.tell(apis.Produce, 9, body("nowhere"));
    await client.closed;
  });
});
