import { describe, expectTypeOf, it } from "vitest";
import { topic } from "../contract/topic.js";
import type { Kafka } from "../kafka.js";
import { json } from "../serde/json.js";
import { string } from "../serde/string.js";

const orders = topic("orders", { key: string(), value: json<{ readonly cents: number }>() });
const refunds = topic("refunds", { key: string(), value: string() });
const invoices = topic("invoices", { key: string(), value: string() });

describe("the types of exactlyOnce", () => {
  it("narrow records by topic, and let a transaction write to the topics of `into` alone", () => {
    const use = (kafka: Kafka) =>
      kafka.exactlyOnce({ groupId: "g", topics: [orders, refunds], into: [invoices] }, (batch, tx) => {
        for (const record of batch) {
          if (record.topic === "orders") expectTypeOf(record.value.cents).toEqualTypeOf<number>();
          else expectTypeOf(record.value).toEqualTypeOf<string>();
        }
        void tx.send(invoices, { key: "k", value: "v" });
        // @ts-expect-error: the value is of another type
        void tx.send(invoices, { key: "k", value: 1 });
        // @ts-expect-error: not one of `into`
        void tx.send(refunds, { key: "k", value: "v" });
      });
    const own = (kafka: Kafka) =>
      // @ts-expect-error: offsets are committed with the transaction
      kafka.exactlyOnce({ groupId: "g", topics: [orders], into: [invoices], autoCommit: true }, () => {});
    expectTypeOf(use).returns.toEqualTypeOf<Promise<void>>();
    expectTypeOf(own).returns.toEqualTypeOf<Promise<void>>();
  });
});
