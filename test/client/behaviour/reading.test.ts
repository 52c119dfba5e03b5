import { string, topic, topicsMatching } from "@ottla/client";
import { expect, it } from "vitest";
import { eventually } from "../../kit/eventually.js";
import { describeBehaviour } from "./target.js";

describeBehaviour("reading", (on) => {
  async function numbered(count: number, partitions = 1) {
    const contract = await on.topic({ partitions });
    const kafka = on.kafka();
    const producer = kafka.producer();
    for (let n = 0; n < count; n += 1) {
      void producer.send(contract, { key: `k-${n % 7}`, value: `${n}`, timestamp: 1_700_000_000_000 + n * 1_000 });
    }
    await producer.close();
    return { contract, kafka };
  }

  it("gives batches of one partition, and every record once", async () => {
    const { contract, kafka } = await numbered(1_000, 3);
    const seen: number[] = [];
    const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract] });
    for await (const { partition, records } of consumer.batches({ maxRecords: 100 })) {
      expect(records.length).toBeLessThanOrEqual(100);
      expect(records.every((record) => record.partition === partition)).toBe(true);
      seen.push(...records.map(({ value }) => Number(value)));
      if (seen.length === 1_000) break;
    }
    expect(new Set(seen).size).toBe(1_000);
  });

  it("commits by hand what was settled by hand, and goes on behind it", async () => {
    const { contract, kafka } = await numbered(10);
    const groupId = on.unique("group");
    const first = kafka.consumer({
      groupId,
      topics: [contract],
      settle: "manual",
      autoCommit: false,
      drainTimeoutMs: 500,
    });
    for await (const record of first) {
      if (record.value === "9") break;
      if (record.value !== "6") record.done();
      if (record.value === "8") await first.commit();
    }
    await first.close();
    const second = kafka.consumer({ groupId, topics: [contract] });
    for await (const { value } of second) {
      expect(value).toBe("6");
      break;
    }
    await second.close();
  });

  it("begins at a time, and seeks to offsets, times, the start and the end", async () => {
    const { contract, kafka } = await numbered(10);
    const consumer = kafka.consumer({
      groupId: on.unique("group"),
      topics: [contract],
      from: { timestamp: 1_700_000_000_000 + 6_500 },
    });
    const at = { topic: contract.name, partition: 0 };
    const seen: string[] = [];
    const targets = [2n, { timestamp: 1_700_000_000_000 + 9_000 }, "earliest"] as const;
    let next = 0;
    for await (const { value } of consumer) {
      seen.push(`${value}`);
      if (value !== "9") continue;
      const to = targets[next];
      next += 1;
      if (to === undefined) break;
      await consumer.seek({ ...at, to });
    }
    expect(seen.join("")).toBe("7892345678990123456789");
  });

  it("of named partitions needs no group, and may commit for one that has no members", async () => {
    const { contract, kafka } = await numbered(10);
    const groupId = on.unique("group");
    const assign = [{ topic: contract.name, partition: 0, from: 4n }];
    const alone = kafka.consumer({ topics: [contract], assign, groupId });
    for await (const { value } of alone) if (value === "7") break;
    await alone.commit();
    await alone.close();
    const [offset] = await kafka.admin().offsets.committed(groupId);
    expect(offset).toMatchObject({ topic: contract.name, offset: 7n });
  });

  it("may pause a partition and resume it", async () => {
    const { contract, kafka } = await numbered(5);
    const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract], maxWaitMs: 50 });
    const at = { topic: contract.name, partition: 0 };
    const seen: string[] = [];
    const running = consumer.run(({ value }) => {
      seen.push(`${value}`);
      if (seen.length === 2) consumer.pause(at);
    });
    await eventually(() => consumer.health().partitions[0]?.state === "paused");
    await kafka.producer().send(contract, { key: "k", value: "5" });
    // Another consumer has read it all; this one still stands.
    const other = kafka.consumer({ groupId: on.unique("group"), topics: [contract] });
    for await (const { value } of other) if (value === "5") break;
    expect(seen).toEqual(["0", "1"]);
    consumer.resume(at);
    await eventually(() => seen.length === 6);
    expect(seen).toEqual(["0", "1", "2", "3", "4", "5"]);
    await eventually(() => consumer.lag()[0]?.lag === 0n);
    await consumer.close();
    await running;
  });

  it("by a pattern finds topics that come later", async () => {
    const prefix = on.unique("pattern");
    const contractOf = (name: string) => topic(name, { value: string() });
    await on.create({ ...contractOf(`${prefix}.a`), partitions: 1 });
    const kafka = on.kafka();
    const topics = topicsMatching(new RegExp(`^${prefix}\\.`), contractOf);
    const consumer = kafka.consumer({ groupId: on.unique("group"), topics, patternRefreshMs: 200 });
    const seen = new Set<string>();
    const running = consumer.run((record) => void seen.add(`${record.topic.slice(prefix.length)} ${record.value}`));
    const producer = kafka.producer();
    await producer.send(contractOf(`${prefix}.a`), { value: "one" });
    await eventually(() => seen.has(".a one"));
    await on.create({ ...contractOf(`${prefix}.b`), partitions: 2 });
    await producer.send(contractOf(`${prefix}.b`), { value: "two" });
    await eventually(() => seen.has(".b two"), { withinMs: 30_000 });
    await consumer.close();
    await running;
  });

  it("ends from within: close in a handler commits and leaves", async () => {
    const { contract, kafka } = await numbered(3);
    const groupId = on.unique("group");
    const consumer = kafka.consumer({ groupId, topics: [contract] });
    const began = performance.now();
    await consumer.run(async () => {
      await consumer.close();
    });
    expect(performance.now() - began).toBeLessThan(20_000);
    const [offset] = await kafka.admin().offsets.committed(groupId);
    expect(offset).toMatchObject({ offset: 1n });
    const again = kafka.consumer({ groupId, topics: [contract] });
    for await (const { value } of again) {
      expect(value).toBe("1");
      await again.close();
    }
  });

  it("goes on after connections went silent, and says so meanwhile", async () => {
    const contract = await on.topic({ partitions: 1 });
    const { kafka, network } = on.faultyKafka({ requestTimeoutMs: 1_500 });
    const events: string[] = [];
    const consumer = kafka.consumer({
      groupId: on.unique("group"),
      topics: [contract],
      maxWaitMs: 100,
      stalls: { fetchMs: 800 },
      onEvent: ({ kind }) => void events.push(kind),
    });
    const seen: string[] = [];
    const running = consumer.run(({ value }) => void seen.push(`${value}`));
    const producer = on.kafka().producer();
    await producer.send(contract, { value: "a" });
    await eventually(() => seen.includes("a"));
    network.stall();
    await producer.send(contract, { value: "b" });
    await eventually(() => events.includes("stalled"));
    expect(consumer.health().isHealthy).toBe(false);
    await eventually(() => seen.includes("b"), { withinMs: 30_000 });
    await eventually(() => consumer.health().isHealthy);
    expect(consumer.health().stalls).toBeGreaterThanOrEqual(1);
    await consumer.close();
    await running;
  });
});
