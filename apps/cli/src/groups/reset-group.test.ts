import { Broker } from "@ottla/broker";
import { Kafka, string, topic } from "@ottla/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ottla } from "../command.test-kit.js";

const orders = topic("orders", { key: string(), value: string(), partitions: 2 });

let broker: Broker;
let kafka: Kafka;

const reset = (...words: readonly string[]) =>
  ottla("groups", "reset", "billing", ...words, "--bootstrap", `127.0.0.1:${broker.port}`);
const committed = async () =>
  (await kafka.admin().offsets.committed("billing"))
    .toSorted((a, b) => a.partition - b.partition)
    .map(({ partition, offset }) => [partition, offset]);

beforeEach(async () => {
  broker = await Broker.start({ memory: true, config: { "group.initial.rebalance.delay.ms": 0 } });
  kafka = new Kafka({ brokers: [`127.0.0.1:${broker.port}`] });
  await kafka.admin().topics.create([orders]);
  const producer = kafka.producer();
  for (const second of [1, 2, 3, 4]) {
    await producer.send(orders, { key: "k", value: `${second}`, partition: 0, timestamp: second * 1_000 });
  }
  await kafka.admin().offsets.commit("billing", [{ topic: "orders", partition: 0, offset: 3n }]);
});
afterEach(async () => {
  await kafka.close();
  await broker.close();
});

describe("ottla groups reset", () => {
  it("shows what it would do, and does it when told that it is meant", async () => {
    const shown = await reset("--to-earliest", "--dry-run");
    expect(shown).toMatchObject({ status: 0 });
    expect(shown.output).toBe("TOPIC   PARTITION  FROM  TO  NOTE\norders          0     3   0     -\n");
    expect(await committed()).toEqual([[0, 3n]]);
    expect(await reset("--to-earliest")).toMatchObject({ status: 2, notes: expect.stringContaining("--yes") });
    expect(await committed()).toEqual([[0, 3n]]);
    expect(await reset("--to-earliest", "--yes")).toMatchObject({ status: 0 });
    expect(await committed()).toEqual([[0, 0n]]);
  });

  it("goes by topic and time, and prints JSON", async () => {
    const done = await reset("--topic", "orders", "--to-time", "1970-01-01T00:00:02Z", "--yes", "--json");
    expect(
      done.output
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { group: "billing", topic: "orders", partition: 0, from: 3, to: 1, note: null },
      { group: "billing", topic: "orders", partition: 1, from: null, to: 0, note: null },
    ]);
    expect(await committed()).toEqual([
      [0, 1n],
      [1, 0n],
    ]);
    const far = await reset("--topic", "orders:0", "--shift=-50", "--dry-run");
    expect(far.output).toContain("the log goes no further");
  });

  it("moves nothing when some partition cannot be", async () => {
    const refused = await reset("--topic", "orders", "--shift=1", "--yes");
    expect(refused).toMatchObject({ status: 1, notes: expect.stringContaining("committed nothing for orders-1") });
    expect(await committed()).toEqual([[0, 3n]]);
    expect(await reset("--yes")).toMatchObject({ status: 2, notes: expect.stringContaining("--to-earliest") });
  });

  it("leaves a group with members alone", async () => {
    const consumer = kafka.consumer({ groupId: "billing", topics: [orders] });
    const records = consumer[Symbol.asyncIterator]();
    await records.next();
    const refused = await reset("--to-earliest", "--yes");
    expect(refused).toMatchObject({ status: 1, notes: expect.stringContaining("1 member") });
    expect(refused.notes).toContain("ottla groups describe billing");
    await records.return?.();
    await consumer.close();
  });
});
