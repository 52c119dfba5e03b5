import { Kafka, string, topic } from "@ottla/client";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { eventually } from "../kit/eventually.js";
import { rounds } from "../kit/long-form.js";
import { BrokerUnderFire } from "./broker-under-fire.js";

const count = 2_000;
const orders = topic("orders", { key: string(), value: string(), partitions: 4 });
const invoices = topic("invoices", { key: string(), value: string(), partitions: 2 });

it("kill -9 of a broker leaves every record's result there once, where two instances read, transform and write", async () => {
  const broker = await BrokerUnderFire.start({ "log.segment.bytes": 1_048_576, "group.initial.rebalance.delay.ms": 0 });
  const connect = () => {
    const kafka = new Kafka({ brokers: [broker.address], reconnectBackoffMs: { base: 5, max: 50 } });
    cleanup(() => kafka.close());
    return kafka;
  };
  const kafka = connect();
  const admin = kafka.admin();
  await admin.topics.create([orders, invoices]);
  const values = Array.from({ length: count }, (_, n) => `${n}`);
  const producer = kafka.producer();
  await Promise.all(values.map((value) => producer.send(orders, { key: value, value })));
  await producer.close();
  const stop = new AbortController();
  let worked = 0;
  const run = (groupInstanceId: string) =>
    connect().exactlyOnce(
      {
        groupId: "invoicing",
        topics: [orders],
        into: [invoices],
        groupInstanceId,
        maxRecords: 20,
        drainTimeoutMs: 5_000,
        producer: { retryBackoffMs: { base: 5, max: 50 } },
        signal: stop.signal,
      },
      (batch, tx) => {
        worked += batch.length;
        for (const { key, value } of batch) void tx.send(invoices, { key, value });
      },
    );
  let failure: unknown;
  const instances = Promise.all(["a", "b"].map(run));
  instances.catch((error: unknown) => {
    failure = error;
  });
  for (let round = 0; round < rounds(6, 30) && worked < count; round += 1) {
    const wanted = Math.min(count, worked + 40 + 30 * round);
    await eventually(() => worked >= wanted || failure !== undefined, {
      withinMs: 60_000,
      what: `${wanted} records worked on`,
    });
    if (failure !== undefined) break;
    await broker.killAndRestart();
  }
  const isDone = async () => {
    const lag = await admin.lag("invoicing");
    return lag.length === 4 && lag.every(({ lag: behind }) => behind === 0n);
  };
  if (failure === undefined) await eventually(isDone, { withinMs: 120_000, everyMs: 100, what: "no lag" });
  stop.abort();
  await instances;
  const found: string[] = [];
  const reader = connect().reader({ topics: [invoices], until: "end" });
  for await (const { value } of reader) found.push(value);
  expect(found.toSorted()).toEqual(values.toSorted());
}, 300_000);
