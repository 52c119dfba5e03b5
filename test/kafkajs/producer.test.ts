import {
  CompressionTypes,
  Kafka,
  KafkaJSConnectionError,
  KafkaJSError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  logLevel,
  Partitioners,
} from "@ottla/kafkajs";
import { describe, expect, it } from "vitest";
import { freePort } from "../kit/free-port.js";
import { brokerAndKafka } from "./broker-and-kafka.js";

describe("a producer", () => {
  it("sends to several topics, and says where each partition's messages begin", async () => {
    const { admin, producer } = await brokerAndKafka();
    await admin.createTopics({ topics: [{ topic: "a", numPartitions: 2 }] });
    const first = await producer.sendBatch({
      topicMessages: [
        {
          topic: "a",
          messages: [
            { partition: 1, value: "1" },
            { partition: 1, value: "2" },
            { partition: 0, value: "3" },
          ],
        },
        { topic: "b", messages: [{ value: Buffer.from("4") }] },
      ],
    });
    expect(first).toMatchObject([
      { topicName: "a", partition: 1, errorCode: 0, baseOffset: "0" },
      { topicName: "a", partition: 0, errorCode: 0, baseOffset: "0" },
      { topicName: "b", partition: 0, errorCode: 0, baseOffset: "0" },
    ]);
    expect(await producer.send({ topic: "a", messages: [{ partition: 1, value: "5" }] })).toMatchObject([
      { topicName: "a", partition: 1, baseOffset: "2" },
    ]);
  });

  it("compresses by any codec, and waits for whom it is told", async () => {
    const { admin, producer } = await brokerAndKafka();
    const messages = Array.from({ length: 20 }, () => ({ value: "again and again ".repeat(20) }));
    for (const compression of Object.values(CompressionTypes)) {
      for (const acks of [-1, 1, 0]) {
        const sent = await producer.send({ topic: "compressed", acks, compression, messages });
        expect(sent.length).toBe(acks === 0 ? 0 : 1);
      }
    }
    await expect.poll(() => admin.fetchTopicOffsets("compressed")).toMatchObject([{ high: "300", low: "0" }]);
  });

  it("asks its own partitioner, which sees the message as it was given", async () => {
    const { kafka, admin } = await brokerAndKafka();
    await admin.createTopics({ topics: [{ topic: "a", numPartitions: 3 }] });
    const asked: unknown[] = [];
    const producer = kafka.producer({
      createPartitioner:
        () =>
        ({ topic, partitionMetadata, message }) => {
          asked.push([topic, partitionMetadata.map(({ partitionId, leader }) => [partitionId, leader]), message]);
          return Number(message.headers?.partition);
        },
    });
    await producer.connect();
    const message = { key: "k", value: "v", partition: 0, headers: { partition: "2" } };
    expect(await producer.send({ topic: "a", messages: [message] })).toMatchObject([{ partition: 2 }]);
    expect(asked).toEqual([
      [
        "a",
        [
          [0, 1],
          [1, 1],
          [2, 1],
        ],
        message,
      ],
    ]);
    await producer.disconnect();
  });

  it("gives messages without a key to the partitions in turn, and with one to where Java puts it", async () => {
    const { kafka, admin, producer } = await brokerAndKafka();
    await admin.createTopics({ topics: [{ topic: "a", numPartitions: 3 }] });
    const used = new Set<number>();
    for (let turn = 0; turn < 3; turn += 1) {
      const [metadata] = await producer.send({ topic: "a", messages: [{ value: "x" }] });
      used.add(metadata?.partition ?? -1);
    }
    expect(used).toEqual(new Set([0, 1, 2]));
    const legacy = kafka.producer({ createPartitioner: Partitioners.LegacyPartitioner });
    await legacy.connect();
    const partitionOf = async (by: typeof producer) =>
      (await by.send({ topic: "a", messages: [{ key: "key-1", value: "x" }] }))[0]?.partition;
    expect(await partitionOf(producer)).toBe(
      Partitioners.DefaultPartitioner()({
        topic: "a",
        partitionMetadata: Array.from({ length: 3 }, (_, partitionId) => ({
          partitionErrorCode: 0,
          partitionId,
          leader: 1,
          replicas: [],
          isr: [],
        })),
        message: { key: "key-1", value: null },
      }),
    );
    expect(await partitionOf(legacy)).toBeTypeOf("number");
    await legacy.disconnect();
  });

  it("refuses what is wrong before it sends any of it", async () => {
    const { kafka, producer } = await brokerAndKafka();
    const send = (record: object) => producer.send(record as never);
    await expect(send({ topic: "a", messages: [{ value: "1" }, { key: "2" }] })).rejects.toThrow(/no value/);
    await expect(send({ topic: "", messages: [] })).rejects.toBeInstanceOf(KafkaJSNonRetriableError);
    await expect(send({ topic: "a" })).rejects.toBeInstanceOf(KafkaJSNonRetriableError);
    await expect(send({ topic: "a", messages: [{ value: {} }] })).rejects.toThrow(/neither text nor a Buffer/);
    expect(() => producer.on("producer.nonsense" as "producer.connect", () => {})).toThrow(KafkaJSNonRetriableError);
    await expect(producer.transaction()).rejects.toThrow(/transactionalId/);
    const idempotent = kafka.producer({ idempotent: true });
    await expect(idempotent.send({ topic: "a", acks: 1, messages: [] })).rejects.toThrow(/acks/);
    await expect(kafka.producer().send({ topic: "a", messages: [] })).rejects.toBeInstanceOf(KafkaJSError);
  });

  it("says what the broker refuses, by Kafka's name and number", async () => {
    const { broker, kafka, admin } = await brokerAndKafka();
    await admin.createTopics({ topics: [{ topic: "a" }] });
    broker.faults.on("Produce", { topic: "a", times: 1 }).reply("TOPIC_AUTHORIZATION_FAILED");
    const producer = kafka.producer();
    await producer.connect();
    const refused = await producer.send({ topic: "a", messages: [{ value: "x" }] }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(KafkaJSProtocolError);
    expect(refused).toBeInstanceOf(KafkaJSError);
    expect(refused).toMatchObject({
      name: "KafkaJSProtocolError",
      type: "TOPIC_AUTHORIZATION_FAILED",
      code: 29,
      retriable: false,
    });
    await producer.disconnect();
  });

  it("has no topic created when it must not", async () => {
    const { kafka, admin } = await brokerAndKafka();
    await admin.createTopics({ topics: [{ topic: "there" }] });
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    expect(await producer.send({ topic: "there", messages: [{ value: "x" }] })).toMatchObject([{ baseOffset: "0" }]);
    await expect(producer.send({ topic: "not-there", messages: [{ value: "x" }] })).rejects.toMatchObject({
      type: "UNKNOWN_TOPIC_OR_PARTITION",
    });
    expect(await admin.listTopics()).toEqual(["there"]);
    await producer.disconnect();
  });

  it("tells when it connects and disconnects, and rejects connect when no broker is there", async () => {
    const { kafka } = await brokerAndKafka();
    const told: string[] = [];
    const producer = kafka.producer();
    const remove = producer.on(producer.events.CONNECT, ({ type }) => void told.push(type));
    producer.on("producer.disconnect", ({ type }) => void told.push(type));
    await producer.connect();
    await producer.disconnect();
    remove();
    await producer.connect();
    await producer.disconnect();
    expect(told).toEqual(["producer.connect", "producer.disconnect", "producer.disconnect"]);

    const brokers = async () => [`127.0.0.1:${await freePort()}`];
    const lost = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 1, initialRetryTime: 5 } });
    const refused = await lost
      .producer()
      .connect()
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(KafkaJSNumberOfRetriesExceeded);
    expect((refused as Error).cause).toBeInstanceOf(KafkaJSConnectionError);
    expect((refused as Error).cause).toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("a transaction", () => {
  it("commits messages and offsets together, or aborts both", async () => {
    const { kafka, admin, producer, consumer } = await brokerAndKafka();
    await producer.send({ topic: "in", messages: [{ value: "1" }] });
    const transactional = kafka.producer({ transactionalId: "my-transactional-producer", maxInFlightRequests: 1 });
    await transactional.connect();

    const aborted = await transactional.transaction();
    await aborted.send({ topic: "out", messages: [{ value: "never" }] });
    await expect(transactional.transaction()).rejects.toThrow(/has not ended/);
    await aborted.abort();
    expect(aborted.isActive()).toBe(false);
    await expect(aborted.send({ topic: "out", messages: [] })).rejects.toThrow(/has ended/);

    const committed = await transactional.transaction();
    await committed.sendBatch({ topicMessages: [{ topic: "out", messages: [{ value: "a" }, { value: "b" }] }] });
    await committed.sendOffsets({
      consumerGroupId: "copying",
      topics: [{ topic: "in", partitions: [{ partition: 0, offset: "1" }] }],
    });
    await committed.commit();

    const seen: unknown[] = [];
    await consumer.subscribe({ topics: ["out"], fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.value?.toString()) });
    await expect.poll(() => seen).toEqual(["a", "b"]);
    expect(await admin.fetchOffsets({ groupId: "copying", topics: ["in"] })).toMatchObject([
      { partitions: [{ offset: "1" }] },
    ]);
    const open = await transactional.transaction();
    await open.send({ topic: "out", messages: [{ value: "left" }] });
    await transactional.disconnect();
    expect(open.isActive()).toBe(false);
  });

  it("that cannot commit says so, and is aborted", async () => {
    const { broker, kafka } = await brokerAndKafka();
    const producer = kafka.producer({ transactionalId: "refused" });
    await producer.connect();
    const transaction = await producer.transaction();
    broker.faults.on("Produce", { times: 1 }).reply("MESSAGE_TOO_LARGE");
    const refused = await transaction
      .send({ topic: "out", messages: [{ value: "x" }] })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(KafkaJSError);
    await expect(transaction.commit()).rejects.toBeInstanceOf(KafkaJSError);
    await transaction.abort();
    await producer.disconnect();
  });
});
