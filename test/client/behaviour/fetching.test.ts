import { type Network, nodeWorld } from "@ottla/world";
import { expect, it } from "vitest";
import { eventually } from "../../kit/eventually.js";
import { describeBehaviour, recordsOf } from "./target.js";

const numbered = (from: number, count: number) => Array.from({ length: count }, (_, index) => `${from + index}`);

describeBehaviour("fetching", (on) => {
  it("reads many partitions, of which few have anything new, each record once and in order", async () => {
    const contract = await on.topic({ partitions: 40 });
    const kafka = on.kafka();
    const producer = kafka.producer();
    const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract], maxWaitMs: 50 });
    const seen = new Map<number, string[]>();
    const running = consumer.run({
      [contract.name]: ({ partition, value }: { readonly partition: number; readonly value: string | null }) => {
        seen.set(partition, [...(seen.get(partition) ?? []), `${value}`]);
      },
    } as never);
    const expected = new Map<number, string[]>();
    for (let round = 0; round < 12; round += 1) {
      const partition = (round * 7) % 40;
      const values = numbered(round * 100, 5);
      expected.set(partition, [...(expected.get(partition) ?? []), ...values]);
      await Promise.all(values.map((value) => producer.send(contract, { key: null, value, partition })));
      await eventually(() => expect(seen).toEqual(expected));
    }
    await consumer.close();
    await running;
  });

  it("leaves out what was aborted over many fetches, and nothing else", async () => {
    const contract = await on.topic({ partitions: 1 });
    const kafka = on.kafka();
    const plain = kafka.producer();
    const transactional = [0, 1].map((index) =>
      kafka.producer({ transactionalId: on.unique(`id-${index}`), lingerMs: 0 }),
    );
    const filler = "x".repeat(1_500);
    const committed: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const isKept = round % 3 === 2;
      const producer = transactional[round % 2];
      const writing = producer?.transaction(async (tx) => {
        for (const value of numbered(round * 100, 20)) {
          await tx.send(contract, { key: "tx", value: `${value}-${filler}` });
          if (isKept) committed.push(value);
          if (Number(value) % 5 !== 0) continue;
          await plain.send(contract, { key: "plain", value: `p${value}-${filler}` });
          committed.push(`p${value}`);
        }
        if (!isKept) throw new Error("abort");
      });
      if (isKept) await writing;
      else await expect(writing).rejects.toThrow("abort");
    }
    const read = async (isolation: "read_committed" | "read_uncommitted") => {
      const values: string[] = [];
      // A few records to each fetch, so that every transaction is in several.
      const small = { partitionMaxBytes: 5_000, maxBytes: 5_000 };
      const reader = kafka.reader({ topics: [contract], until: "end", isolation, ...small });
      for await (const { value } of reader) values.push(`${value}`.split("-")[0] ?? "");
      return values;
    };
    // A commit is answered once it is decided; its marker comes to the partition a moment later.
    await eventually(async () => (await read("read_committed")).length === committed.length);
    expect(await read("read_committed")).toEqual(committed);
    expect(await read("read_uncommitted")).toHaveLength(6 * 20 + 6 * 4);
  });

  it("carries leader epochs into commits", async () => {
    const contract = await on.topic({ partitions: 1 });
    const kafka = on.kafka();
    await kafka.producer().send(contract, { key: null, value: "a" });
    const groupId = on.unique("group");
    const consumer = kafka.consumer({ groupId, topics: [contract] });
    for await (const { value } of consumer) {
      expect(value).toBe("a");
      break;
    }
    await consumer.close();
    const again = kafka.consumer({ groupId, topics: [contract] });
    for await (const { value } of again) {
      expect(value).toBe("a");
      await kafka.producer().send(contract, { key: null, value: "b" });
      break;
    }
    const values: string[] = [];
    for await (const { value } of again) {
      values.push(`${value}`);
      if (values.length === 2) break;
    }
    expect(values).toEqual(["a", "b"]);
    await again.close();
    expect((await recordsOf(kafka, contract)).every(({ leaderEpoch }) => leaderEpoch >= 0)).toBe(true);
  });

  it("goes on with a topic that was made anew under its old name", async () => {
    const contract = await on.topic({ partitions: 1 });
    const kafka = on.kafka();
    for (const value of ["a", "b", "c"]) await kafka.producer().send(contract, { key: null, value });
    const seen: string[] = [];
    const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract], maxWaitMs: 100 });
    const running = consumer.run({
      [contract.name]: ({ value }: { readonly value: string | null }) => void seen.push(`${value}`),
    } as never);
    await eventually(() => expect(seen).toEqual(["a", "b", "c"]));
    for (const { error } of await kafka.admin().topics.delete([contract.name])) expect(error).toBeUndefined();
    await eventually(async () => {
      await on.create(contract);
      return true;
    });
    const another = on.kafka();
    await eventually(() => another.producer().send(contract, { key: null, value: "new" }));
    await eventually(() => expect(seen).toEqual(["a", "b", "c", "new"]));
    await consumer.close();
    await running;
  });

  const isCluster = on.size > 1;

  it("comes from the replica in the consumer's rack", async ({ skip }) => {
    skip(!isCluster, "one node has no other replica");
    const contract = await on.topic({ partitions: 3 });
    const received = new Map<number, number>();
    const network: Network = {
      ...nodeWorld.network,
      connect: (options) => {
        const socket = nodeWorld.network.connect(options);
        const { port } = options;
        socket.on("data", ({ length }) => received.set(port, (received.get(port) ?? 0) + length));
        return socket;
      },
    };
    const producer = on.kafka().producer();
    const count = 60;
    const value = "x".repeat(20_000);
    await Promise.all(
      numbered(0, count).map((_, index) => producer.send(contract, { key: null, value, partition: index % 3 })),
    );
    const kafka = on.kafka({ world: { ...nodeWorld, network } });
    const consumer = kafka.consumer({
      groupId: on.unique("group"),
      topics: [contract],
      rack: "rack-2",
      maxWaitMs: 100,
      partitionMaxBytes: 30_000,
    });
    let seen = 0;
    for await (const record of consumer) {
      expect(record.value).toBe(value);
      seen += 1;
      if (seen === count) break;
    }
    await consumer.close();
    const { brokers } = await on.kafka().admin().describeCluster();
    const near = brokers.find(({ rack }) => rack === "rack-2");
    const all = [...received.values()].reduce((sum, bytes) => sum + bytes, 0);
    // The leaders of the others answer a first fetch, by naming it.
    expect((received.get(near?.port ?? 0) ?? 0) / all).toBeGreaterThan(0.9);
  });

  it("follows leaders that move, without losing or doubling a record, or suspecting one", async ({ skip }) => {
    skip(!isCluster, "one node's leaders stay");
    const contract = await on.topic({ partitions: 1 });
    const kafka = on.kafka();
    const { partitions } = kafka.admin();
    const producer = kafka.producer();
    const events: string[] = [];
    const seen: string[] = [];
    const consumer = kafka.consumer({
      groupId: on.unique("group"),
      topics: [contract],
      onEvent: ({ kind }) => events.push(kind),
    });
    const running = consumer.run({
      [contract.name]: ({ value }: { readonly value: string | null }) => void seen.push(`${value}`),
    } as never);
    const sent: string[] = [];
    for (const replicas of [
      [1, 2, 3],
      [2, 3, 1],
      [3, 1, 2],
      [1, 2, 3],
    ]) {
      await partitions.reassign([{ topic: contract.name, partition: 0, replicas }]);
      await eventually(async () => {
        await partitions.electLeaders("preferred", [{ topic: contract.name, partition: 0 }]);
        const [topic] = await kafka.admin().topics.describe([contract.name]);
        return topic?.partitions[0]?.leader === replicas[0];
      });
      for (const value of numbered(sent.length, 20)) {
        sent.push(value);
        await producer.send(contract, { key: null, value });
      }
    }
    await eventually(() => expect(seen).toEqual(sent));
    expect(events).not.toContain("logTruncated");
    await consumer.close();
    await running;
  });
});
