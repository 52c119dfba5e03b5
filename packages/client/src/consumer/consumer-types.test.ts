import { describe, expectTypeOf, it } from "vitest";
import type { ConsumedRecord } from "../contract/record.js";
import { topic } from "../contract/topic.js";
import { Kafka } from "../kafka.js";
import { json } from "../serde/json.js";
import { string } from "../serde/string.js";
import type { Consumer } from "./consumer.js";
import type { DeliveredRecord } from "./consumer-record.js";
import type { Handlers } from "./run/run-options.js";
import { type RawTopic, topicsMatching } from "./subscription.js";

const orders = topic("orders", { key: string(), value: json<{ id: string }>() });
const customers = topic("customers", { key: string(), value: json<{ name: string }>(), tombstones: true });

const regional = (name: string) => topic(name, { key: string(), value: json<{ id: string }>() });

// Never run: what counts is that it compiles, and that what is marked does not.
async function misuse(consumer: Consumer<typeof orders | typeof customers>): Promise<void> {
  for await (const record of consumer) {
    if (record.topic === "orders") {
      expectTypeOf(record.value).toEqualTypeOf<{ id: string }>();
      // @ts-expect-error a field of the other topic
      void record.value.name;
    } else {
      expectTypeOf(record.value).toEqualTypeOf<{ name: string } | null>();
    }
    // @ts-expect-error no such topic
    if (record.topic === "invoices") return;
  }
  // @ts-expect-error a topic without a handler
  await consumer.run({ orders: () => {} });
  // @ts-expect-error a handler without a topic
  await consumer.run({ orders: () => {}, customers: () => {}, invoices: () => {} });
  // @ts-expect-error a handler of another topic's records
  await consumer.run({ orders: (record: ConsumedRecord<typeof customers>) => void record, customers: () => {} });
  const handlers = { orders: () => {}, customers: () => {} };
  // @ts-expect-error an order that does not exist
  await consumer.run(handlers, { orderBy: "topic" });
  await consumer.run(handlers, { orderBy: "partition", retryTopics: ["10s", "1m"], retry: { attempts: 2 } });
  // @ts-expect-error retry topics give up the order of keys
  await consumer.run(handlers, { orderBy: "key", retryTopics: ["10s"] });
  // @ts-expect-error a time without a unit
  await consumer.run(handlers, { retryTopics: ["10"] });
  // @ts-expect-error a topic that is no dead-letter topic
  await consumer.run(handlers, { onFailure: "deadLetter", deadLetter: orders });
  await consumer.run(handlers, {
    onFailure: ({ record, attempts }) => {
      expectTypeOf(attempts).toEqualTypeOf<number>();
      if (record.topic === "orders") expectTypeOf(record.value).toEqualTypeOf<{ id: string }>();
    },
  });
  for await (const batch of consumer.batches()) {
    if (batch.topic === "orders") expectTypeOf(batch.records).items.toEqualTypeOf<DeliveredRecord<typeof orders>>();
  }
  const kafka = new Kafka({ brokers: ["127.0.0.1:1"] });
  // @ts-expect-error neither a group nor partitions
  kafka.consumer({ topics: [orders] });
  kafka.consumer({ topics: [orders], assign: [{ topic: "orders", partition: 0, from: { timestamp: 0 } }] });
}

describe("a consumer's types", () => {
  it("are those of its topics", async () => {
    const kafka = new Kafka({ brokers: ["127.0.0.1:1"] });
    const consumer = kafka.consumer({ groupId: "g", topics: [orders, customers] });
    expectTypeOf(consumer).toEqualTypeOf<Consumer<typeof orders | typeof customers>>();
    expectTypeOf<Handlers<typeof orders | typeof customers>["orders"]>()
      .parameter(0)
      .toEqualTypeOf<DeliveredRecord<typeof orders>>();
    const raw = kafka.consumer({ groupId: "g", topics: /^orders/ });
    expectTypeOf(raw).toEqualTypeOf<Consumer<RawTopic>>();
    const matched = kafka.consumer({
      assign: [{ topic: "orders.eu", partition: 0 }],
      topics: topicsMatching(/^orders/, regional),
    });
    expectTypeOf(matched).toEqualTypeOf<Consumer<ReturnType<typeof regional>>>();
    expectTypeOf(misuse).parameter(0).toEqualTypeOf(consumer);
    await kafka.close();
  });
});
