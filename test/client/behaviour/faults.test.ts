import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eventually } from "../../kit/eventually.js";
import { describeBehaviour, recordsOf } from "./target.js";

describeBehaviour("broken connections", (on) => {
  describe.each([1, 2, 3, 4, 5])("run %i", (run) => {
    it.each([
      { what: "cut", batchBytes: 300 },
      { what: "cut", batchBytes: 65_536 },
      { what: "stalled and cut", batchBytes: 300 },
      { what: "stalled and cut", batchBytes: 65_536 },
    ])("neither lose, repeat nor reorder records: $what, batches of $batchBytes", async ({ what, batchBytes }) => {
      const contract = await on.topic({ partitions: 2 });
      const { kafka, network } = on.faultyKafka();
      const producer = kafka.producer({ batchBytes, retryBackoffMs: { base: 2, max: 10 } });
      const sends: Promise<unknown>[] = [];
      for (let n = 0; n < 600; n += 1) {
        sends.push(producer.send(contract, { key: `${n % 2}`, value: `${n}`, partition: n % 2 }));
        if (n % (40 + run * 7) !== 0) continue;
        const resume = what === "cut" ? undefined : network.stall();
        await delay(run);
        resume?.();
        network.cut();
      }
      await Promise.all(sends);
      const read = await recordsOf(on.kafka(), contract);
      for (const partition of [0, 1]) {
        const values = read.filter((record) => record.partition === partition).map(({ value }) => Number(value));
        expect(values).toEqual(Array.from({ length: 300 }, (_, n) => n * 2 + partition));
      }
    });

    it("a consumer reads everything through them, in order", async () => {
      const contract = await on.topic({ partitions: 3 });
      const producer = on.kafka().producer();
      const values = Array.from({ length: 600 }, (_, n) => n);
      await Promise.all(values.map((n) => producer.send(contract, { key: "k", value: `${n}`, partition: n % 3 })));
      const { kafka, network } = on.faultyKafka();
      const consumer = kafka.consumer({
        groupId: on.unique("group"),
        topics: [contract],
        partitionMaxBytes: 500,
        heartbeatIntervalMs: 100,
      });
      const last = new Map<number, number>();
      const seen = new Set<number>();
      let count = 0;
      for await (const { partition, value } of consumer) {
        const n = Number(value);
        // After a lost commit a partition may begin again, but never leaves something out.
        expect(n).toBeLessThanOrEqual((last.get(partition) ?? partition - 3) + 3);
        last.set(partition, n);
        seen.add(n);
        count += 1;
        if (count % (50 + run * 11) === 0) network.cut();
        if (seen.size === values.length) break;
      }
      expect(seen.size).toBe(values.length);
    });
  });

  it("an admin's calls are made again", async () => {
    const contract = await on.topic({ partitions: 2 });
    // Behind an acknowledged record all brokers have heard of its topic: who asks an admin about it wants to hear when there is none.
    await on.kafka().producer().send(contract, { key: "k", value: "v", partition: 0 });
    const { kafka, network } = on.faultyKafka();
    const admin = kafka.admin();
    for (let round = 0; round < 10; round += 1) {
      const listing = admin.offsets.list([{ topic: contract.name, partition: 0, at: "latest" }]);
      network.cut();
      expect((await listing)[0]?.offset).toBe(1n);
      const [described] = await admin.topics.describe([contract.name]);
      expect(described?.error).toBeUndefined();
    }
  });

  it("a connection that falls silent is given up, and its records come by another", async () => {
    const contract = await on.topic();
    const { kafka, network } = on.faultyKafka({ requestTimeoutMs: 700 });
    const producer = kafka.producer({ requestTimeoutMs: 700, retryBackoffMs: { base: 5, max: 20 } });
    await producer.send(contract, { key: "k", value: "1" });
    network.stall();
    await Promise.all(["2", "3"].map((value) => producer.send(contract, { key: "k", value })));
    expect((await recordsOf(on.kafka(), contract)).map(({ value }) => value)).toEqual(["1", "2", "3"]);
  });

  it("a bootstrap server that is not there is passed over", async () => {
    const contract = await on.topic();
    const kafka = on.kafka({ brokers: ["127.0.0.1:1", ...on.bootstrap] });
    expect((await kafka.producer().send(contract, { key: "k", value: "v" })).offset).toBe(0n);
  });

  it("nobody there is said within the time that is given", async () => {
    const kafka = on.kafka({ brokers: ["127.0.0.1:1"] });
    const failed = await kafka
      .admin()
      .topics.list({ timeoutMs: 300 })
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ retriable: true });
    expect(String(failed)).toMatch(/127\.0\.0\.1:1/);
  });

  it("closing does not wait for a broker that is silent", async () => {
    const contract = await on.topic();
    const { kafka, network } = on.faultyKafka({ requestTimeoutMs: 500 });
    const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract] });
    await on.kafka().producer().send(contract, { key: "k", value: "v" });
    for await (const _ of consumer) break;
    network.stall();
    const begun = performance.now();
    await consumer.close();
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  it("heartbeats go on while a handler takes its time", async () => {
    const contract = await on.topic();
    const producer = on.kafka().producer();
    for (const value of ["1", "2"]) await producer.send(contract, { key: "k", value });
    const changes: string[] = [];
    const consumer = on.kafka().consumer({
      groupId: on.unique("group"),
      topics: [contract],
      sessionTimeoutMs: 1_500,
      heartbeatIntervalMs: 100,
      onRebalance: ({ kind }) => void changes.push(kind),
    });
    const read: (string | null)[] = [];
    for await (const { value } of consumer) {
      read.push(value);
      if (read.length === 2) break;
      await delay(4_000);
    }
    expect(read).toEqual(["1", "2"]);
    expect(changes).toEqual(["assigned"]);
  });

  it("a handler that takes longer than maxPollIntervalMs costs the membership, and the record comes again", async () => {
    const contract = await on.topic();
    await on.kafka().producer().send(contract, { key: "k", value: "1" });
    const events: string[] = [];
    const consumer = on.kafka().consumer({
      groupId: on.unique("group"),
      topics: [contract],
      heartbeatIntervalMs: 100,
      maxPollIntervalMs: 1_000,
      onEvent: ({ kind }) => void events.push(kind),
    });
    let count = 0;
    for await (const _ of consumer) {
      count += 1;
      if (count === 2) break;
      await eventually(() => events.includes("pollTimeout"), { withinMs: 30_000 });
    }
    expect(count).toBe(2);
  });
});
