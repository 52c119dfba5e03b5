import { Broker } from "@ottla/broker";
import { json, Kafka, string, topic } from "@ottla/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const readings = topic("readings", { key: string(), value: json<{ readonly n: number }>(), partitions: 3 });

let broker: Broker;
let kafka: Kafka;

beforeEach(async () => {
  broker = await Broker.start({ memory: true });
  kafka = new Kafka({ brokers: [broker.bootstrap] });
  await kafka.admin().topics.create([readings]);
});

afterEach(async () => {
  await kafka.close();
  await broker.close();
});

async function write(from: number, to: number): Promise<void> {
  const producer = kafka.producer();
  for (let n = from; n < to; n += 1) void producer.send(readings, { key: `k-${n % 10}`, value: { n } });
  await producer.close();
}

describe("a reader outside any group", () => {
  it("reads all partitions to where they ended, each in its order, and leaves no group behind", async () => {
    await write(0, 1000);
    const lastOf = new Map<string, number>();
    let count = 0;
    for await (const { key, value } of kafka.reader({ topics: [readings], until: "end" })) {
      expect(value.n).toBeGreaterThan(lastOf.get(key) ?? -1);
      lastOf.set(key, value.n);
      count += 1;
    }
    expect(count).toBe(1000);
    expect(await kafka.admin().groups.list()).toEqual([]);
  });

  it("ends at once on a topic that holds nothing", async () => {
    for await (const record of kafka.reader({ topics: [readings], until: "end" }))
      throw new Error(`unexpected ${record.key}`);
  });

  it("goes on with what is written later, until it is closed", async () => {
    await write(0, 5);
    const reader = kafka.reader({ topics: [readings] });
    const seen: number[] = [];
    for await (const { value } of reader) {
      seen.push(value.n);
      if (seen.length === 5) await write(5, 10);
      if (seen.length === 10) void reader.close();
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("begins at the end where it is told to", async () => {
    await write(0, 5);
    const iterator = kafka.reader({ topics: [readings], from: "latest" })[Symbol.asyncIterator]();
    const first = iterator.next();
    // The reader has found its ends when it fetches: what is written from then on is what it sees.
    await expect.poll(() => broker.metrics.requests.get("Fetch") ?? 0).toBeGreaterThan(0);
    await write(5, 6);
    expect((await first).value?.value.n).toBe(5);
    await iterator.return?.();
  });

  it("stops at its signal with the signal's reason", async () => {
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of kafka.reader({ topics: [readings], signal: stop.signal }));
    })();
    stop.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
  });
});
