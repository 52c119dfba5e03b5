import { describe, expectTypeOf, it } from "vitest";
import type { AvroIn, AvroLiteral, AvroOut, CannotInfer } from "./infer.js";

const literal = <const S extends AvroLiteral>(schema: S): S => schema;

describe("types read off an Avro literal", () => {
  it("makes a field with a default optional on the way in and present on the way out", () => {
    const schema = {
      type: "record",
      name: "Order",
      namespace: "shop",
      fields: [
        { name: "id", type: "string" },
        { name: "cents", type: "long" },
        { name: "coupon", type: ["null", "string"], default: null },
      ],
    } as const;
    expectTypeOf<AvroIn<typeof schema>>().toEqualTypeOf<{
      readonly id: string;
      readonly cents: bigint;
      readonly coupon?: string | null | undefined;
    }>();
    expectTypeOf<AvroOut<typeof schema>>().toEqualTypeOf<{ id: string; cents: bigint; coupon: string | null }>();
    expectTypeOf<AvroOut<typeof schema, "number">["cents"]>().toEqualTypeOf<number>();
  });

  it("knows arrays, maps, enums, fixed and logical types", () => {
    const schema = {
      type: "record",
      name: "All",
      fields: [
        { name: "tags", type: { type: "array", items: "string" } },
        { name: "counts", type: { type: "map", values: "int" } },
        { name: "state", type: { type: "enum", name: "State", symbols: ["OPEN", "PAID"] } },
        { name: "hash", type: { type: "fixed", name: "Hash", size: 16 } },
        { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
        { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 } },
        { name: "who", type: { type: "string", logicalType: "uuid" } },
      ],
    } as const;
    expectTypeOf<AvroOut<typeof schema>>().toEqualTypeOf<{
      tags: string[];
      counts: { readonly [key: string]: number };
      state: "OPEN" | "PAID";
      hash: Buffer;
      at: Date;
      price: string;
      who: string;
    }>();
  });

  it("resolves names within the literal, recursion included", () => {
    const schema = {
      type: "record",
      name: "Node",
      namespace: "tree",
      fields: [
        { name: "colour", type: { type: "enum", name: "Colour", symbols: ["RED", "BLACK"] } },
        { name: "next", type: ["null", "Node"], default: null },
        { name: "other", type: "tree.Colour" },
      ],
    } as const;
    type Node = AvroOut<typeof schema>;
    expectTypeOf<Node["other"]>().toEqualTypeOf<"RED" | "BLACK">();
    expectTypeOf<NonNullable<NonNullable<Node["next"]>["next"]>["colour"]>().toEqualTypeOf<"RED" | "BLACK">();
  });

  it("wraps the branches of a union that look alike in JavaScript, as avsc does", () => {
    const schema = literal([
      "null",
      { type: "record", name: "a.Card", fields: [{ name: "number", type: "string" }] },
      { type: "record", name: "a.Cash", fields: [] },
    ]);
    expectTypeOf<AvroIn<typeof schema>>().toEqualTypeOf<
      null | { readonly "a.Card": { readonly number: string } } | { readonly "a.Cash": Record<never, never> }
    >();
    expectTypeOf<AvroIn<readonly ["null", "int", "string"]>>().toEqualTypeOf<null | number | string>();
    expectTypeOf<AvroIn<readonly ["int", "double"]>>().toEqualTypeOf<
      { readonly int: number } | { readonly double: number }
    >();
  });

  it("says what to do where no type can be read off", () => {
    expectTypeOf<AvroIn<{ type: string }>>().toExtend<CannotInfer<string>>();
    expectTypeOf<AvroIn<"shop.Customer">>().toEqualTypeOf<
      CannotInfer<'"shop.Customer" is not defined in this literal: name the type, avro<Order>(schema), or generate it with `ottla schema types`'>
    >();
  });
});
