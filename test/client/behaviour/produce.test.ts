import { createHash } from "node:crypto";
import { bytes, nullable, string, topic } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { eventually } from "../../kit/eventually.js";
import { describeBehaviour, recordsOf } from "./target.js";

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** Bytes that do not compress, the same in each run. */
function noise(size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < size; at += 32) blocks.push(createHash("sha256").update(`${at}`).digest());
  return Buffer.concat(blocks).subarray(0, size);
}

const shapes = [
  { shape: "one small record", values: [Buffer.from("a")] },
  { shape: "a thousand records", values: Array.from({ length: 1_000 }, (_, n) => Buffer.from(`value ${n}`)) },
  { shape: "text of 300 KB", values: [Buffer.from("event streaming ".repeat(18_750))] },
  { shape: "noise of 300 KB", values: [noise(300_000)] },
  { shape: "an empty value", values: [Buffer.alloc(0)] },
];

describeBehaviour("producing", (on) => {
  describe.each(codecs)("with %s", (compression) => {
    it.each(shapes)("brings $shape as it was given", async ({ values }) => {
      const contract = topic(on.unique("shapes"), { value: bytes(), partitions: 1 });
      await on.create(contract);
      const kafka = on.kafka();
      const producer = kafka.producer({ compression });
      const sent = await Promise.all(values.map((value) => producer.send(contract, { value })));
      expect(sent.map(({ offset }) => Number(offset))).toEqual(values.map((_, index) => index));
      const read = await recordsOf(kafka, contract);
      expect(read.length).toBe(values.length);
      for (const [index, value] of values.entries()) expect(read[index]?.value.equals(value)).toBe(true);
    });
  });

  it.each([
    { level: 1, compression: "gzip" },
    { level: 9, compression: "gzip" },
    { level: 1, compression: "zstd" },
    { level: 9, compression: "zstd" },
  ] as const)("compresses by $compression at level $level", async ({ level, compression }) => {
    const contract = await on.topic();
    const kafka = on.kafka();
    const producer = kafka.producer({ compression, compressionLevel: level });
    const value = "event streaming ".repeat(5_000);
    await producer.send(contract, { key: "k", value });
    expect((await recordsOf(kafka, contract)).map((record) => record.value)).toEqual([value]);
  });

  const header = (key: string, value: string | null) => ({ key, value: value === null ? null : Buffer.from(value) });
  it.each([
    { what: "a tombstone", key: Buffer.from("k"), value: null, headers: [] },
    { what: "neither key nor value", key: null, value: null, headers: [] },
    { what: "an empty key", key: Buffer.alloc(0), value: Buffer.from("v"), headers: [] },
    {
      what: "a key of all bytes",
      key: Buffer.from(Array.from({ length: 256 }, (_, n) => n)),
      value: null,
      headers: [],
    },
    { what: "a header", key: null, value: Buffer.from("v"), headers: [header("trace", "1")] },
    { what: "a header twice", key: null, value: null, headers: [header("a", "1"), header("b", "2"), header("a", "3")] },
    { what: "a header without a value", key: null, value: null, headers: [header("a", null), header("b", "")] },
    { what: "a header without a name", key: null, value: null, headers: [header("", "1")] },
    {
      what: "names beyond ASCII",
      key: Buffer.from("ключ"),
      value: Buffer.from("✓"),
      headers: [header("naïve ✓", "é")],
    },
    {
      what: "three hundred headers",
      key: null,
      value: null,
      headers: Array.from({ length: 300 }, (_, n) => header(`h${n}`, `${n}`)),
    },
  ])("keeps $what", async ({ key, value, headers }) => {
    const contract = topic(on.unique("raw"), { value: nullable(bytes()), tombstones: true, partitions: 1 });
    await on.create(contract);
    const kafka = on.kafka();
    const timestamp = 1_700_000_000_123;
    const producer = kafka.producer();
    await producer.sendRaw({ topic: contract.name, partition: 0, key, value, headers, timestamp });
    const [read] = await recordsOf(kafka, contract);
    expect(read).toMatchObject({ partition: 0, offset: 0n, timestamp });
    expect([read?.rawKey, read?.rawValue]).toEqual([key, value]);
    expect(read?.rawHeaders).toEqual(headers);
  });

  // The partitions that Kafka's Java client chooses among 12: murmur2 of the key's bytes.
  it.each([
    { key: "a", partition: 4 },
    { key: "order-1", partition: 10 },
    { key: "order-2", partition: 3 },
    { key: "customer-7", partition: 7 },
    { key: "", partition: 9 },
    { key: "ключ", partition: 8 },
    { key: "a longer key that goes on for some time", partition: 3 },
  ])("writes the key «$key» to the partition that Java does", async ({ key, partition }) => {
    const contract = await on.topic({ partitions: 12 });
    const sent = await on.kafka().producer().send(contract, { key, value: "v" });
    expect(sent.partition).toBe(partition);
  });

  it("spreads records without keys over all partitions, in batches", async () => {
    const contract = await on.topic({ partitions: 4 });
    const producer = on.kafka().producer({ batchBytes: 1_000 });
    const sent = await Promise.all(
      Array.from({ length: 2_000 }, () => producer.send(contract, { key: null, value: "x".repeat(50) })),
    );
    const counts = [0, 1, 2, 3].map((partition) => sent.filter((each) => each.partition === partition).length);
    for (const count of counts) expect(count).toBeGreaterThan(100);
  });

  it("obeys a partitioner of one's own, and a record's own partition before that", async () => {
    const contract = await on.topic({ partitions: 5 });
    const producer = on.kafka().producer({ partitioner: () => 3 });
    expect((await producer.send(contract, { key: "a", value: "v" })).partition).toBe(3);
    expect((await producer.send(contract, { key: "a", value: "v", partition: 1 })).partition).toBe(1);
  });

  it.each([
    { acks: "all", idempotent: true },
    { acks: "all", idempotent: false },
    { acks: 1, idempotent: false },
    { acks: 0, idempotent: false },
  ] as const)("writes in order with acks $acks, idempotent $idempotent", async ({ acks, idempotent }) => {
    const contract = await on.topic();
    const kafka = on.kafka();
    const producer = kafka.producer({ acks, idempotent, maxInFlight: 1 });
    const values = Array.from({ length: 500 }, (_, n) => `${n}`);
    await Promise.all(values.map((value) => producer.send(contract, { key: "k", value })));
    await producer.close();
    // With acks 0 nobody says when they are there.
    const read = await eventually(async () => {
      const records = await recordsOf(kafka, contract);
      return records.length >= values.length && records;
    });
    expect(read.map((record) => record.value)).toEqual(values);
  });

  it.each([
    { linger: 0, batchBytes: 1 },
    { linger: 0, batchBytes: 65_536 },
    { linger: 20, batchBytes: 500 },
    { linger: 20, batchBytes: 65_536 },
    { linger: undefined, batchBytes: 2_000 },
  ])("keeps the order of keys with linger $linger and batches of $batchBytes", async ({ linger, batchBytes }) => {
    const contract = await on.topic({ partitions: 3 });
    const kafka = on.kafka();
    const producer = kafka.producer({ lingerMs: linger, batchBytes });
    const keys = ["a", "b", "c", "d", "e"];
    const sends = Array.from({ length: 300 }, (_, n) =>
      producer.send(contract, { key: keys[n % keys.length] ?? "", value: `${n}` }),
    );
    await Promise.all(sends);
    const read = await recordsOf(kafka, contract);
    for (const key of keys) {
      const values = read.filter((record) => record.key === key).map((record) => Number(record.value));
      expect(values).toEqual(Array.from({ length: 60 }, (_, n) => n * 5 + keys.indexOf(key)));
    }
  });

  it("keeps the time it was given, and puts the broker's where the topic says so", async () => {
    const given = await on.topic();
    const appended = await on.topic({ config: { "message.timestamp.type": "LogAppendTime" } });
    const kafka = on.kafka();
    const producer = kafka.producer();
    const timestamp = 1_600_000_000_000;
    for (const contract of [given, appended]) await producer.send(contract, { key: "k", value: "v", timestamp });
    expect((await recordsOf(kafka, given))[0]?.timestamp).toBe(timestamp);
    expect((await recordsOf(kafka, appended))[0]?.timestamp).toBeGreaterThan(timestamp);
  });

  it("answers sendBatch in its order, each with what became of it", async () => {
    const contract = await on.topic({ partitions: 3 });
    const producer = on.kafka().producer();
    const records = ["a", "b", "c", "d"].map((key) => ({ key, value: key }));
    const outcomes = await producer.sendBatch(contract, [...records, { key: "e", value: "x".repeat(2_000_000) }]);
    expect(outcomes.map(({ status }) => status)).toEqual([...records.map(() => "delivered"), "failed"]);
    expect(outcomes.at(-1)).toMatchObject({ error: { code: "RECORD_TOO_LARGE" } });
  });

  it("delivers what was sent before flush, and before close", async () => {
    const contract = await on.topic();
    const kafka = on.kafka();
    const producer = kafka.producer({ lingerMs: 60_000, deliveryTimeoutMs: 110_000 });
    const first = producer.send(contract, { key: "k", value: "1" });
    await producer.flush();
    expect((await first).offset).toBe(0n);
    const second = producer.send(contract, { key: "k", value: "2" });
    await producer.close();
    expect((await second).offset).toBe(1n);
    await expect(producer.send(contract, { key: "k", value: "3" })).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("waits for room in its buffer", async () => {
    const contract = await on.topic();
    const kafka = on.kafka();
    const producer = kafka.producer({ bufferBytes: 100_000, maxRequestBytes: 50_000 });
    const value = "x".repeat(10_000);
    const sent = await Promise.all(Array.from({ length: 200 }, () => producer.send(contract, { key: "k", value })));
    expect(sent.map(({ offset }) => Number(offset))).toEqual(sent.map((_, index) => index));
  });

  describe("refuses", () => {
    it("a topic that is not there", async () => {
      const missing = topic(on.unique("missing"), { key: string(), value: string() });
      const producer = on.kafka().producer({ maxBlockMs: 300 });
      await expect(producer.send(missing, { key: "k", value: "v" })).rejects.toMatchObject({
        code: "DELIVERY_TIMEOUT",
      });
    });

    it("a partition that is not there", async () => {
      const contract = await on.topic({ partitions: 2 });
      const producer = on.kafka().producer({ maxBlockMs: 300 });
      await expect(producer.send(contract, { key: "k", value: "v", partition: 2 })).rejects.toThrow(/partition/i);
    });

    it("a record that is larger than a request may be, and goes on", async () => {
      const contract = await on.topic();
      const producer = on.kafka().producer({ maxRequestBytes: 10_000 });
      const large = producer.send(contract, { key: "k", value: "x".repeat(10_000) });
      await expect(large).rejects.toMatchObject({ code: "RECORD_TOO_LARGE" });
      expect((await producer.send(contract, { key: "k", value: "v" })).offset).toBe(0n);
    });

    it("what the topic's max.message.bytes does not allow, and goes on", async () => {
      const contract = await on.topic({ config: { "max.message.bytes": 1_000 } });
      const producer = on.kafka().producer();
      const large = producer.send(contract, { key: "k", value: "x".repeat(5_000) });
      await expect(large).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
      expect((await producer.send(contract, { key: "k", value: "v" })).offset).toBe(0n);
    });

    it("a record without a key on a compacted topic", async () => {
      const contract = await on.topic({ config: { "cleanup.policy": "compact" } });
      const producer = on.kafka().producer();
      await expect(producer.send(contract, { key: null, value: "v" })).rejects.toMatchObject({
        code: "INVALID_RECORD",
      });
      expect((await producer.send(contract, { key: "k", value: "v" })).partition).toBe(0);
    });

    it("a time further ahead than the topic allows", async () => {
      const contract = await on.topic({ config: { "message.timestamp.after.max.ms": 1_000 } });
      const producer = on.kafka().producer();
      const late = producer.send(contract, { key: "k", value: "v", timestamp: Date.now() + 3_600_000 });
      await expect(late).rejects.toMatchObject({ code: "INVALID_TIMESTAMP" });
    });
  });

  it("writes for many producers side by side", async () => {
    const contract = await on.topic({ partitions: 2 });
    const kafka = on.kafka();
    const producers = Array.from({ length: 10 }, () => kafka.producer());
    await Promise.all(
      producers.flatMap((producer, who) =>
        Array.from({ length: 50 }, (_, n) => producer.send(contract, { key: `${who}`, value: `${n}` })),
      ),
    );
    const read = await recordsOf(kafka, contract);
    for (const who of producers.keys()) {
      const values = read.filter((record) => record.key === `${who}`).map((record) => Number(record.value));
      expect(values).toEqual(Array.from({ length: 50 }, (_, n) => n));
    }
  });
});
