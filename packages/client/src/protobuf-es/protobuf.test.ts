import { create } from "@bufbuild/protobuf";
import { describe, expect, expectTypeOf, it } from "vitest";
import { decodeEvent } from "../contract/decode-record.js";
import { encodeRecord } from "../contract/encode-record.js";
import { oneOf } from "../contract/one-of.js";
import { topic } from "../contract/topic.js";
import type { InputOf, OutputOf, SerializeContext } from "../serde/serde.js";
import { type Cancelled, CancelledSchema, type Order, Order_ItemSchema, OrderSchema } from "./fixtures/order_pb.js";
import { protobuf } from "./protobuf.js";

const context: SerializeContext = { topic: "orders", part: "value", headers: [] };
const serde = protobuf(OrderSchema);
const bytesOf = (order: InputOf<typeof serde>) => Buffer.from(serde.serialize(order, context) ?? []);

describe("messages of protobuf-es", () => {
  it("are written as their bytes, from a message or from what makes one", () => {
    const init = { id: "o-1", cents: 150n, items: [{ sku: "s", count: 2 }], signature: Uint8Array.of(1, 2) };
    const expected = "0a036f2d31" + "109601" + "22050a01731002" + "2a020102";
    expect(bytesOf(init).toString("hex")).toBe(expected);
    const items = [create(Order_ItemSchema, { sku: "s", count: 2 })];
    expect(bytesOf(create(OrderSchema, { ...init, items })).toString("hex")).toBe(expected);
    const around = Buffer.concat([Buffer.of(9), bytesOf(init), Buffer.of(9)]);
    const read = serde.deserialize(around.subarray(1, -1), context);
    expect(read).toEqual(create(OrderSchema, { ...init, signature: Buffer.of(1, 2) }));
    expect(read.coupon).toBeUndefined();
  });

  it("keep fields that they do not know", () => {
    const unknown = Buffer.from("fa0101ff", "hex");
    const read = serde.deserialize(Buffer.concat([bytesOf({ id: "o-1" }), unknown]), context);
    expect(bytesOf(read)).toEqual(Buffer.concat([bytesOf({ id: "o-1" }), unknown]));
  });

  it.each([
    {
      title: "a number out of range",
      act: () => bytesOf({ items: [{ sku: "s", count: -1 }] }),
      text: /invalid uint32: -1/,
    },
    {
      title: "another message",
      act: () => bytesOf(create(CancelledSchema, {}) as unknown as Order),
      text: /it is a shop\.Cancelled, not a shop\.Order/,
    },
    {
      title: "half a message",
      act: () => serde.deserialize(Buffer.from("0a03", "hex"), context),
      text: /premature EOF/,
    },
  ])("refuse $title", ({ act, text }) => {
    expect(act).toThrow(text);
  });

  it("may be several on one topic, told apart by a header", () => {
    const value = oneOf({ Order: serde, Cancelled: protobuf(CancelledSchema) });
    const contract = topic("orders", { value });
    const { headers, value: bytes } = encodeRecord(contract, { type: "Cancelled", value: { reason: "late" } });
    const place = { topic: "orders", partition: 0, offset: 0n, rawKey: null };
    const read = decodeEvent(contract, { ...place, rawValue: Buffer.from(bytes ?? []), rawHeaders: headers });
    expect(read).toEqual({ type: "Cancelled", value: create(CancelledSchema, { reason: "late" }) });
  });

  it("have the types of their messages", () => {
    expect(serde.message).toBe(OrderSchema);
    expectTypeOf<OutputOf<typeof serde>>().toEqualTypeOf<Order>();
    expectTypeOf<{ id: string }>().toExtend<InputOf<typeof serde>>();
    expectTypeOf<{ id: number }>().not.toExtend<InputOf<typeof serde>>();
    expectTypeOf<Cancelled>().not.toExtend<InputOf<typeof serde>>();
  });
});
