import { type Serde, string, topic } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { drivers } from "../test-kit/drivers.test-kit.js";
import { invoices, orders, Shop } from "../test-kit/shop.test-kit.js";
import { createOutbox } from "./outbox.js";
import { decodeHeaders, encodeHeaders } from "./stored-headers.js";

const refusal = (code: string) => expect.objectContaining({ code });

describe.each(drivers)("an outbox on $name", (driver) => {
  it("commits events with the business rows, and neither without the other", async () => {
    const shop = await Shop.open(driver);
    const id = shop.transactions.run((tx) => {
      tx.query("insert into orders values ('o-1', 1250)");
      return shop.outbox.add(tx, orders, { key: "o-1", value: "placed" });
    });
    expect(shop.tx.query("select message_id from outbox_message")).toEqual([{ message_id: id }]);
    expect(() =>
      shop.transactions.run((tx) => {
        shop.outbox.add(tx, orders, { key: "o-1", value: "placed again" });
        tx.query("insert into orders values ('o-1', 1)");
      }),
    ).toThrow(/UNIQUE/);
    expect(shop.count("outbox_message")).toBe(1);
  });

  it("works in a transaction of the caller's own, and throws outside of one (trap 28)", async () => {
    const shop = await Shop.open(driver);
    expect(() => shop.addIn(shop.tx, "k=1")).toThrowError(refusal("NOT_IN_TRANSACTION"));
    expect(shop.count("outbox_message")).toBe(0);
    shop.tx.query("begin immediate");
    shop.addIn(shop.tx, "k=1");
    shop.tx.query("commit");
    expect(shop.count("outbox_message")).toBe(1);
    expect(() => shop.addIn(shop.tx, "k=2")).toThrowError(refusal("NOT_IN_TRANSACTION"));
  });
});

describe("an outbox", () => {
  it("fails the business transaction with an event its topic refuses (trap 30)", async () => {
    const shop = await Shop.open();
    const place = (cents: unknown) =>
      shop.transactions.run((tx) => {
        tx.query("insert into orders values ('o-1', 1250)");
        shop.outbox.add(tx, invoices, { key: "o-1", value: cents as never });
      });
    expect(() => place(undefined)).toThrowError(refusal("SERIALIZATION_FAILED"));
    expect(() => place({ cents: 10n })).toThrowError(refusal("SERIALIZATION_FAILED"));
    expect(shop.count("orders")).toBe(0);
  });

  it("does its network in prepare, and refuses a topic that was not prepared (trap 30)", async () => {
    const shop = await Shop.open();
    const asked: string[] = [];
    let isUp = false;
    const registered: Serde<string> = {
      serialize: (value, { registry }) => Buffer.from(`${value} by ${String(registry)}`),
      deserialize: (bytes) => Buffer.from(bytes).toString(),
      async prepare({ topic: name, part, registry }) {
        if (!isUp) throw new Error("the registry is down");
        asked.push(`${name} ${part} ${String(registry)}`);
      },
    };
    const contract = topic("payments", { key: string(), value: registered });
    const outbox = createOutbox({ store: shop.store, registry: "the registry", world: shop.world });
    await expect(outbox.prepare([contract])).rejects.toThrow("the registry is down");
    const add = () => shop.transactions.run((tx) => outbox.add(tx, contract, { key: "k", value: "v" }));
    expect(add).toThrowError(refusal("TOPIC_NOT_PREPARED"));
    isUp = true;
    await outbox.prepare([contract]);
    isUp = false;
    add();
    expect(asked).toEqual(["payments value the registry"]);
    const [row] = shop.tx.query<{ text: string }>("select cast(value as text) as text from outbox_message");
    expect(row?.text).toBe("v by the registry");
  });

  it("refuses a record that no broker would take, a header that is its own, and a message id twice", async () => {
    const shop = await Shop.open();
    const add = (record: { value: string; rawHeaders?: { key: string; value: Buffer }[] }, messageId = "m-1") =>
      shop.transactions.run((tx) => shop.outbox.add(tx, orders, record, { messageId }));
    expect(() => add({ value: "x".repeat(1_000_001) })).toThrowError(refusal("RECORD_TOO_LARGE"));
    const rawHeaders = [{ key: "message-id", value: Buffer.from("x") }];
    expect(() => add({ value: "x", rawHeaders })).toThrowError(refusal("RESERVED_HEADER"));
    expect(add({ value: "x" })).toBe("m-1");
    expect(() => add({ value: "x" })).toThrow(/UNIQUE/);
  });

  it("stores headers so that any bytes come back in order", () => {
    const headers = [
      { key: "text", value: Buffer.from("é") },
      { key: "none", value: null },
      { key: "text", value: Buffer.of(0xff, 0x00) },
      { key: "empty", value: Buffer.alloc(0) },
    ];
    expect(decodeHeaders(encodeHeaders(headers))).toEqual(headers);
    expect(encodeHeaders([])).toBe("[]");
  });
});
