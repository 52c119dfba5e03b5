import { Broker } from "@ottla/broker";
import kafkajs from "kafkajs";
import { expect, it } from "vitest";

it("carries kafkajs's transactions out: what is committed is read, with its offsets, and nothing else", async () => {
  const broker = await Broker.start({ memory: true });
  const kafka = new kafkajs.Kafka({ brokers: [broker.bootstrap], logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: "orders", numPartitions: 2 }] });
  const producer = kafka.producer({ transactionalId: "shop", maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  for (const number of [0, 1, 2, 3]) {
    const transaction = await producer.transaction();
    await transaction.send({ topic: "orders", messages: ["a", "b"].map((key) => ({ key, value: `${key}${number}` })) });
    const partitions = [{ partition: 0, offset: `${number}` }];
    await transaction.sendOffsets({ consumerGroupId: "billing", topics: [{ topic: "orders", partitions }] });
    await (number % 2 === 0 ? transaction.commit() : transaction.abort());
  }
  const committed = async () => {
    const [topic] = await admin.fetchOffsets({ groupId: "billing", topics: ["orders"] });
    return topic?.partitions.find(({ partition }) => partition === 0)?.offset;
  };
  await expect.poll(committed).toBe("2");
  const consumer = kafka.consumer({ groupId: "readers", maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topics: ["orders"], fromBeginning: true });
  const read: string[] = [];
  await consumer.run({
    eachMessage: async ({ message }) => {
      read.push(String(message.value));
    },
  });
  await expect.poll(() => read.toSorted(), { timeout: 10_000 }).toEqual(["a0", "a2", "b0", "b2"]);
  const second = kafka.producer({ transactionalId: "shop", maxInFlightRequests: 1, idempotent: true });
  await second.connect();
  await (await second.transaction()).abort();
  const late = producer
    .transaction()
    .then((transaction) => transaction.send({ topic: "orders", messages: [{ value: "late" }] }));
  await expect(late).rejects.toMatchObject({ name: "KafkaJSProtocolError", type: "INVALID_PRODUCER_EPOCH" });
  await Promise.all([consumer.disconnect(), producer.disconnect(), second.disconnect(), admin.disconnect()]);
  await broker.close();
}, 30_000);
