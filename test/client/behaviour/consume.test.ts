import {
  type ConsumedRecord,
  type Consumer,
  type ConsumerOptions,
  json,
  string,
  type Topic,
  topic,
} from "@ottla/client";
import { describe, expect, it } from "vitest";
import { cleanup } from "../../kit/cleanup.js";
import { describeBehaviour, recordsOf } from "./target.js";

const loops = new WeakMap<object, AsyncIterator<unknown, undefined>>();

/** The next `count` records, or fewer where the loop ends. Asking again says that the last of them is done. */
async function take<T extends Topic>(consumer: Consumer<T>, count: number): Promise<ConsumedRecord<T>[]> {
  const records: ConsumedRecord<T>[] = [];
  const loop = (loops.get(consumer) ?? begin(consumer)) as AsyncIterator<ConsumedRecord<T>, undefined>;
  while (records.length < count) {
    const { value, done } = await loop.next();
    if (done === true) break;
    records.push(value);
  }
  return records;
}

function begin<T extends Topic>(consumer: Consumer<T>): AsyncIterator<ConsumedRecord<T>, undefined> {
  const loop = consumer[Symbol.asyncIterator]();
  loops.set(consumer, loop);
  // The last record is never done, and closing the consumer would wait for it.
  cleanup(async () => void (await loop.return?.()));
  return loop;
}

/** A promise, and what resolves it. */
function gate(): readonly [Promise<void>, () => void] {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return [opened, () => open()];
}

describeBehaviour("consuming", (on) => {
  /** A topic with this many numbered records in each partition. */
  const filled = async (partitions: number, each: number, options: { readonly padding?: number } = {}) => {
    const contract = await on.topic({ partitions });
    const kafka = on.kafka();
    const producer = kafka.producer();
    const padding = "x".repeat(options.padding ?? 0);
    for (let partition = 0; partition < partitions; partition += 1) {
      const records = Array.from({ length: each }, (_, n) => ({
        key: `${partition}`,
        value: `${n}${padding}`,
        partition,
      }));
      for (const outcome of await producer.sendBatch(contract, records)) expect(outcome.status).toBe("delivered");
    }
    return { contract, kafka, producer };
  };
  const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `${n + from}`);

  describe.each([1, 3, 8])("%i partitions", (partitions) => {
    it.each<{ how: string; options: Partial<ConsumerOptions<Topic>> }>([
      { how: "by default", options: {} },
      { how: "in small answers", options: { maxBytes: 1_000, partitionMaxBytes: 300 } },
      { how: "with little room", options: { bufferBytes: 2_000 } },
      { how: "in large answers", options: { minBytes: 20_000, maxWaitMs: 50 } },
      { how: "uncommitted", options: { isolation: "read_uncommitted" } },
    ])("are read whole and in order, $how", async ({ options }) => {
      const { contract, kafka } = await filled(partitions, 100, { padding: 20 });
      const consumer = kafka.consumer({ ...options, groupId: on.unique("group"), topics: [contract] });
      const read = await take(consumer, partitions * 100);
      for (let partition = 0; partition < partitions; partition += 1) {
        const own = read.filter((record) => record.partition === partition);
        expect(own.map(({ offset }) => Number(offset))).toEqual(Array.from({ length: 100 }, (_, n) => n));
        expect(own.map(({ value }) => `${Number.parseInt(value ?? "", 10)}`)).toEqual(numbers(100));
      }
    });

    it.each(["partition", "key"] as const)("are handled whole by run, 16 at a time, by %s", async (orderBy) => {
      const { contract, kafka } = await filled(partitions, 60);
      const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract] });
      const handled = new Map<number, string[]>();
      const running = new Map<string, number>();
      const stop = new AbortController();
      let count = 0;
      await consumer.run(
        {
          [contract.name]: async (record: ConsumedRecord<typeof contract>) => {
            const lane = `${record.partition}/${record.key}`;
            running.set(lane, (running.get(lane) ?? 0) + 1);
            expect(running.get(lane)).toBe(1);
            await Promise.resolve();
            running.set(lane, 0);
            handled.set(record.partition, [...(handled.get(record.partition) ?? []), record.value ?? ""]);
            count += 1;
            if (count === partitions * 60) stop.abort();
          },
        },
        { concurrency: 16, orderBy, signal: stop.signal },
      );
      expect([...handled.values()]).toEqual(Array.from({ length: partitions }, () => numbers(60)));
    });
  });

  it("begins at the earliest record by default, and at the latest when told", async () => {
    const { contract, kafka, producer } = await filled(1, 5);
    const early = kafka.consumer({ groupId: on.unique("group"), topics: [contract] });
    expect((await take(early, 1))[0]?.offset).toBe(0n);
    const [isReset, reset] = gate();
    const onEvent = (event: { readonly kind: string }) => event.kind === "offsetReset" && reset();
    const late = kafka.consumer({ groupId: on.unique("group"), topics: [contract], from: "latest", onEvent });
    const taking = take(late, 1);
    await isReset;
    await producer.send(contract, { key: "k", value: "new", partition: 0 });
    expect((await taking).map(({ value }) => value)).toEqual(["new"]);
  });

  it("fails where nothing is committed and it may not choose", async () => {
    const { contract, kafka } = await filled(1, 1);
    const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract], from: "none" });
    await expect(take(consumer, 1)).rejects.toMatchObject({ code: "NO_OFFSET" });
  });

  it.each([
    { committed: 3n, from: "earliest", next: 3n },
    { committed: 0n, from: "latest", next: 0n },
    { committed: 99n, from: "earliest", next: 0n },
  ] as const)("begins at $next where $committed is committed and from is $from", async ({ committed, from, next }) => {
    const { contract, kafka } = await filled(1, 5);
    const groupId = on.unique("group");
    await kafka.admin().offsets.commit(groupId, [{ topic: contract.name, partition: 0, offset: committed }]);
    const consumer = kafka.consumer({ groupId, topics: [contract], from });
    expect((await take(consumer, 1))[0]?.offset).toBe(next);
  });

  it("goes on at the log's start where what was committed is deleted", async () => {
    const { contract, kafka } = await filled(1, 10);
    const groupId = on.unique("group");
    await kafka.admin().offsets.commit(groupId, [{ topic: contract.name, partition: 0, offset: 2n }]);
    await kafka.admin().topics.deleteRecords([{ topic: contract.name, partition: 0, before: 6n }]);
    expect((await take(kafka.consumer({ groupId, topics: [contract] }), 1))[0]?.offset).toBe(6n);
  });

  it("reads a record larger than an answer may be", async () => {
    const contract = await on.topic();
    const kafka = on.kafka();
    const value = "x".repeat(500_000);
    await kafka.producer().send(contract, { key: "k", value });
    const options = { groupId: on.unique("group"), topics: [contract], maxBytes: 1_000, partitionMaxBytes: 1_000 };
    expect((await take(kafka.consumer(options), 1))[0]?.value).toBe(value);
  });

  it("waits for records that come later, on a topic that comes later", async () => {
    const contract = topic(on.unique("later"), { key: string(), value: string(), partitions: 2 });
    const kafka = on.kafka({ metadataMaxAgeMs: 200 });
    const [isWaiting, waits] = gate();
    const onEvent = (event: { readonly kind: string }) => event.kind === "retrying" && waits();
    const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract], onEvent });
    const taking = take(consumer, 1);
    await isWaiting;
    await on.create(contract);
    await kafka.producer().send(contract, { key: "k", value: "there" });
    expect((await taking)[0]?.value).toBe("there");
  });

  it("finds partitions that are added", async () => {
    const contract = await on.topic({ partitions: 1 });
    const kafka = on.kafka({ metadataMaxAgeMs: 200 });
    const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract] });
    const producer = kafka.producer();
    await producer.send(contract, { key: "k", value: "0" });
    expect((await take(consumer, 1))[0]?.value).toBe("0");
    const [outcome] = await kafka.admin().topics.createPartitions([{ topic: contract.name, count: 3 }]);
    expect(outcome?.error).toBeUndefined();
    const sender = on.kafka().producer();
    await sender.send(contract, { key: "k", value: "2", partition: 2 });
    expect((await take(consumer, 1))[0]).toMatchObject({ value: "2", partition: 2 });
  });

  it("narrows records of several topics by their topic", async () => {
    const orders = topic(on.unique("orders"), {
      key: string(),
      value: json<{ readonly cents: number }>(),
      partitions: 1,
    });
    const names = topic(on.unique("names"), { key: string(), value: string(), partitions: 1 });
    await on.create(orders, names);
    const kafka = on.kafka();
    const producer = kafka.producer();
    await producer.send(orders, { key: "o", value: { cents: 5 } });
    await producer.send(names, { key: "n", value: "Asha" });
    const read = await take(kafka.consumer({ groupId: on.unique("group"), topics: [orders, names] }), 2);
    expect(read.map(({ value }) => JSON.stringify(value)).toSorted()).toEqual(['"Asha"', '{"cents":5}']);
  });

  describe("a record that cannot be read", () => {
    const poisoned = async () => {
      const contract = topic(on.unique("poisoned"), { key: string(), value: json<number>(), partitions: 1 });
      await on.create(contract);
      const kafka = on.kafka();
      const producer = kafka.producer();
      const raw = (value: string) => ({
        topic: contract.name,
        key: Buffer.from("k"),
        value: Buffer.from(value),
        headers: [],
      });
      for (const value of ["1", "{", "3"]) await producer.sendRaw(raw(value));
      return { contract, kafka };
    };

    it("stops its partition with its bytes, and comes again", async () => {
      const { contract, kafka } = await poisoned();
      const groupId = on.unique("group");
      const consumer = kafka.consumer({ groupId, topics: [contract] });
      expect((await take(consumer, 1))[0]?.value).toBe(1);
      await expect(take(consumer, 1)).rejects.toMatchObject({
        code: "DESERIALIZATION_FAILED",
        offset: 1n,
        partition: 0,
      });
      await consumer.close();
      const [committed] = await kafka.admin().offsets.committed(groupId);
      expect(committed?.offset ?? 0n).toBeLessThanOrEqual(1n);
    });

    it("is passed over when that is wanted", async () => {
      const { contract, kafka } = await poisoned();
      const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract], onPoison: "skip" });
      expect((await take(consumer, 2)).map(({ value }) => value)).toEqual([1, 3]);
    });

    it("is given to a function when that is wanted", async () => {
      const { contract, kafka } = await poisoned();
      const seen: string[] = [];
      const onPoison = ({ rawValue }: { readonly rawValue: Buffer | null }) => void seen.push(String(rawValue));
      const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract], onPoison });
      expect((await take(consumer, 2)).map(({ value }) => value)).toEqual([1, 3]);
      expect(seen).toEqual(["{"]);
    });
  });

  it("ends its loop when it is closed, and refuses a second one beside it", async () => {
    const { contract, kafka } = await filled(1, 1);
    const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract] });
    const taking = take(consumer, 5);
    await expect(consumer.run({ [contract.name]: () => {} })).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    await consumer.close();
    expect((await taking).length).toBeLessThanOrEqual(1);
  });

  it("stops with the reason of its signal", async () => {
    const { contract, kafka } = await filled(1, 1);
    const stop = new AbortController();
    const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract], signal: stop.signal });
    expect((await take(consumer, 1)).length).toBe(1);
    const taking = take(consumer, 1);
    stop.abort(new Error("enough"));
    await expect(taking).rejects.toThrow("enough");
  });

  it.each(["earliest", "latest"] as const)("reads outside of a group, from %s to the end", async (from) => {
    const { contract, kafka } = await filled(3, 20);
    const records: string[] = [];
    const reader = kafka.reader({ topics: [contract], from, until: "end" });
    for await (const record of reader) records.push(record.value ?? "");
    expect(records.length).toBe(from === "earliest" ? 60 : 0);
    expect((await recordsOf(kafka, contract)).length).toBe(60);
  });
});
