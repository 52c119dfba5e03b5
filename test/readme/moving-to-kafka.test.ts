import { Broker } from "@ottla/broker";
import * as client from "@ottla/client";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { programsIn, readDocument, runProgram } from "../kit/run-program.js";

it("copies topics and translates what groups have committed, as docs/moving-to-kafka.md says", async () => {
  const brokers = await Promise.all([Broker.start({ memory: true }), Broker.start({ memory: true })]);
  const [here = "", there = ""] = brokers.map(({ bootstrap }) => bootstrap);
  const kafkas = [here, there].map((bootstrap) => new client.Kafka({ brokers: [bootstrap] }));
  cleanup(async () => {
    await Promise.all(kafkas.map((kafka) => kafka.close()));
    await Promise.all(brokers.map((broker) => broker.close()));
  });
  const [from, to] = kafkas;
  if (from === undefined || to === undefined) throw new Error("there are two clusters");
  const orders = client.topic("orders", {
    key: client.string(),
    value: client.string(),
    tombstones: true,
    headers: { tenant: client.string() },
    partitions: 2,
    config: { "retention.ms": "-1" },
  });
  await from.admin().topics.create([orders]);
  const producer = from.producer();
  for (let number = 0; number < 10; number += 1) {
    const value = number === 5 ? null : `value ${number}`;
    const headers = { tenant: "t-1" };
    await producer.send(orders, { key: `${number}`, value, partition: 0, headers, timestamp: 1_000 + number });
  }
  // Its log begins at 4 here, and at 0 there.
  await from.admin().topics.deleteRecords([{ topic: "orders", partition: 0, before: 4n }]);
  await from.admin().offsets.commit("billing", [
    { topic: "orders", partition: 0, offset: 7n },
    { topic: "orders", partition: 1, offset: 0n },
  ]);

  const [program = ""] = programsIn(readDocument("docs/moving-to-kafka.md"));
  const placed = program.replace("127.0.0.1:9092", here).replace("127.0.0.1:9093", there);
  expect(await runProgram(placed, { "@ottla/client": client })).toEqual([["orders: 6 records"]]);

  const [described] = await to.admin().configs.describe([{ type: "topic", name: "orders" }]);
  expect(described?.entries).toContainEqual(expect.objectContaining({ name: "retention.ms", value: "-1" }));
  const read: unknown[] = [];
  for await (const { offset, timestamp, value, headers } of to.reader({ topics: [orders], until: "end" })) {
    read.push([offset, timestamp, value, headers.tenant]);
  }
  expect(read).toEqual(
    [4, 5, 6, 7, 8, 9].map((number, index) => {
      return [BigInt(index), 1_000 + number, number === 5 ? null : `value ${number}`, "t-1"];
    }),
  );
  expect(await to.admin().offsets.committed("billing")).toMatchObject([
    { partition: 0, offset: 3n },
    { partition: 1, offset: 0n },
  ]);
});
