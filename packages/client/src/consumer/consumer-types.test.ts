import { describe, expectTypeOf, it } from "vitest";
import type { ConsumedRecord } from "../contract/record.js";
import { topic } from "../contract/topic.js";
import { Kafka } from "../kafka.js";
import { json } from "../serde/json.js";
import { string } from "../serde/string.js";
import type { Consumer } from "./consumer.js";

const orders = topic("orders", { key: string(), value: json<{ id: string }>() });
const customers = topic("customers", { key: string(), value: json<{ name: string }>(), tombstones: true });

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
  // @ts-expect-error an order that does not exist
  await consumer.run({ orders: () => {}, customers: () => {} }, { orderBy: "topic" });
}

describe("a consumer's types", () => {
  it("are those of its topics", async () => {
    const kafka = new Kafka({ brokers: ["127.0.0.1:1"] });
    const consumer = kafka.consumer({ groupId: "g", topics: [orders, customers] });
    expectTypeOf(consumer).toEqualTypeOf<Consumer<typeof orders | typeof customers>>();
    expectTypeOf(consumer.run)
      .parameter(0)
      .toHaveProperty("orders")
      .parameter(0)
      .toEqualTypeOf<ConsumedRecord<typeof orders>>();
    expectTypeOf(misuse).parameter(0).toEqualTypeOf(consumer);
    await kafka.close();
  });
});
