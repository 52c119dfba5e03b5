import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { json } from "./json.js";
import type { Serde, SerializeContext } from "./serde.js";
import { type StandardSchema, ValidationError } from "./standard-schema.js";

const context: SerializeContext = { topic: "orders", part: "value", headers: [] };

interface OrderIn {
  id: string;
  at: string;
  items: { price: number }[];
  coupon?: string | null | undefined;
}
interface Order {
  id: string;
  at: Date;
  items: { price: number }[];
  coupon: string | null;
}

const withZod = json(
  z.object({
    id: z.string(),
    at: z.iso.datetime().transform((text) => new Date(text)),
    items: z.array(z.object({ price: z.number() })),
    coupon: z.string().nullable().default(null),
  }),
);
const withValibot = json(
  v.object({
    id: v.string(),
    at: v.pipe(
      v.string(),
      v.isoTimestamp(),
      v.transform((text) => new Date(text)),
    ),
    items: v.array(v.object({ price: v.number() })),
    coupon: v.optional(v.nullable(v.string()), null),
  }),
);
const withArktype = json(
  type({
    id: "string",
    at: "string.date.iso.parse",
    items: type({ price: "number" }).array(),
    coupon: "string | null = null",
  }),
);

const libraries: readonly { readonly title: string; readonly serde: Serde<OrderIn, Order> }[] = [
  { title: "zod", serde: withZod },
  { title: "valibot", serde: withValibot },
  { title: "arktype", serde: withArktype as Serde<OrderIn, Order> },
];

const order: OrderIn = { id: "o-1", at: "2026-01-02T03:04:05.000Z", items: [{ price: 1 }] };
const textOf = (serde: Serde<OrderIn, Order>, value: OrderIn) =>
  Buffer.from(serde.serialize(value, context) ?? []).toString();

describe("JSON with a validator", () => {
  it.each(libraries)("of $title writes what was given, and reads what the validator makes of it", ({ serde }) => {
    const written = textOf(serde, order);
    expect(JSON.parse(written)).toEqual(order);
    expect(serde.deserialize(Buffer.from(written), context)).toEqual({
      ...order,
      at: new Date(order.at),
      coupon: null,
    });
  });

  it.each(libraries)("of $title refuses a wrong value both ways, with path and message", ({ serde }) => {
    const wrong = { ...order, items: [{ price: 1 }, { price: "2" }] };
    const attempts = [
      () => serde.serialize(wrong as unknown as OrderIn, context),
      () => serde.deserialize(Buffer.from(JSON.stringify(wrong)), context),
    ];
    for (const attempt of attempts) {
      expect(attempt).toThrow(ValidationError);
      expect(attempt).toThrow(
        expect.objectContaining({
          code: "VALIDATION_FAILED",
          message: expect.stringContaining("items[1].price: "),
          issues: [{ path: "items[1].price", message: expect.any(String) }],
        }),
      );
    }
  });

  it("names every issue, and one of the whole value without a path", () => {
    const serde = json(z.strictObject({ a: z.string(), b: z.number() }));
    const read = (text: string) => () => serde.deserialize(Buffer.from(text), context);
    expect(read('{"a":1,"b":"x"}')).toThrow(/^a: .*; b: /);
    expect(read("null")).toThrow(expect.objectContaining({ issues: [{ path: "", message: expect.any(String) }] }));
    expect(read("{")).toThrow(/JSON/);
  });

  it.each([
    {
      title: "zod",
      serde: json(z.string().refine(async () => true)),
      vendor: /the zod validator is asynchronous/,
    },
    {
      title: "valibot",
      serde: json(
        v.pipeAsync(
          v.string(),
          v.checkAsync(async () => true),
        ),
      ),
      vendor: /the valibot validator is asynchronous/,
    },
    {
      title: "one whose promise rejects",
      serde: json({
        "~standard": { version: 1, vendor: "own", validate: () => Promise.reject(new Error("too late")) },
      } satisfies StandardSchema<string>),
      vendor: /the own validator is asynchronous/,
    },
  ])("says that an asynchronous validator ($title) cannot be waited for", ({ serde, vendor }) => {
    expect(() => serde.serialize("x", context)).toThrow(vendor);
    expect(() => serde.deserialize(Buffer.from('"x"'), context)).toThrow(vendor);
  });

  it("has the types of both sides of a validator", () => {
    expectTypeOf(withZod).toEqualTypeOf<Serde<OrderIn, Order>>();
    expectTypeOf(withValibot).toEqualTypeOf<Serde<OrderIn, Order>>();
    expectTypeOf(withArktype).toExtend<Serde<{ id: string; at: string; items: { price: number }[] }, Order>>();
    expectTypeOf(json<Order>()).toEqualTypeOf<Serde<Order, Order>>();
    expectTypeOf(json<Order, OrderIn>()).toEqualTypeOf<Serde<OrderIn, Order>>();
  });

  it("takes whatever follows the specification", () => {
    expectTypeOf<StandardSchemaV1<string, Date>>().toExtend<StandardSchema<string, Date>>();
    expectTypeOf<StandardSchema<string, Date>>().toExtend<StandardSchemaV1<string, Date>>();
  });
});
