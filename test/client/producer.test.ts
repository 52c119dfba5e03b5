import { Broker } from "@ottla/broker";
import { bytes, Kafka, type ProducerOptions, string, topic } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";

const orders = topic("orders", { key: string(), value: bytes(), partitions: 3 });

const start = async (options?: ProducerOptions) => {
  const broker = await Broker.start({ memory: true });
  cleanup(() => broker.close());
  const kafka = new Kafka({ brokers: [`127.0.0.1:${broker.port}`] });
  cleanup(() => kafka.close());
  const admin = kafka.admin();
  await admin.topics.create([orders]);
  return { kafka, admin, producer: kafka.producer(options) };
};

describe("producer against the broker", () => {
  it.each(["none", "gzip", "snappy", "lz4", "zstd"] as const)(
    "counts offsets per partition with %s",
    async (compression) => {
      const { admin, producer } = await start({ compression, batchBytes: 2_000 });
      const value = Buffer.alloc(100, "x");
      const sent = await Promise.all(
        Array.from({ length: 500 }, (_, i) => producer.send(orders, { key: `k${i}`, value })),
      );
      const ends = await admin.offsets.list(
        [0, 1, 2].map((partition) => ({ topic: "orders", partition, at: "latest" })),
      );
      for (const [partition, { offset }] of ends.entries()) {
        const offsets = sent.filter((each) => each.partition === partition).map((each) => each.offset);
        expect(offsets).toEqual(offsets.map((_, index) => BigInt(index)));
        expect(offset).toBe(BigInt(offsets.length));
      }
    },
  );

  it("goes on after another producer closed, and refuses to send after its own close", async () => {
    const { kafka, producer } = await start();
    const other = kafka.producer();
    await other.send(orders, { key: "a", value: Buffer.from("1") });
    await other.close();
    const { offset } = await producer.send(orders, { key: "a", value: Buffer.from("2") });
    expect(offset).toBe(1n);
    await producer.close();
    await expect(producer.send(orders, { key: "a", value: Buffer.from("3") })).rejects.toMatchObject({
      code: "CLOSED",
    });
  });

  it("reports a batch the topic does not allow record by record", async () => {
    const { admin, producer } = await start();
    await admin.configs.alter([{ type: "topic", name: "orders", set: { "max.message.bytes": 1_000 } }]);
    const values = [10, 400, 400, 2_000, 400].map((size) => Buffer.alloc(size, 1));
    const outcomes = await producer.sendBatch(
      orders,
      values.map((value) => ({ key: "k", value })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      "delivered",
      "delivered",
      "delivered",
      "failed",
      "delivered",
    ]);
    expect(outcomes[3]).toMatchObject({ error: { code: "MESSAGE_TOO_LARGE" } });
    expect(outcomes[4]).toMatchObject({ metadata: { offset: 3n } });
  });
});
