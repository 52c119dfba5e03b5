import avsc from "avsc";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { avroType } from "./avro-codec.js";

const schema = {
  type: "record",
  name: "R",
  fields: [
    { name: "a", type: "string" },
    { name: "b", type: { type: "string", doc: "with attributes" } },
    { name: "c", type: ["null", "string"] },
    { name: "d", type: { type: "map", values: "string" } },
  ],
} as const;
const ours = avroType(schema, "number");
const bare = avsc.Type.forSchema(schema as unknown as avsc.Schema);

describe("short strings", () => {
  it("are what avsc reads, whatever their length and characters", () => {
    const text = fc.oneof(fc.string({ maxLength: 16 }), fc.string({ unit: "grapheme", maxLength: 8 }));
    const value = fc.record({
      a: text,
      b: text,
      c: fc.option(text),
      d: fc.dictionary(fc.constantFrom("x", "y"), text),
    });
    fc.assert(
      fc.property(value, (each) => {
        const bytes = bare.toBuffer(each);
        expect(ours.fromBuffer(bytes)).toEqual(bare.fromBuffer(bytes));
        expect(ours.toBuffer(ours.fromBuffer(bytes))).toEqual(bytes);
      }),
    );
  });

  it("fail where their payload ends before them, as others do", () => {
    const bytes = bare.toBuffer({ a: "abc", b: "d", c: null, d: {} });
    for (let end = 0; end < bytes.length; end += 1) {
      expect(() => ours.fromBuffer(bytes.subarray(0, end))).toThrow("truncated buffer");
    }
  });

  it("are read where the writer had bytes, and where another string type wrote", () => {
    const reader = avroType("string", "number");
    const writer = avroType("bytes", "number");
    const resolver = reader.createResolver(writer);
    expect(reader.fromBuffer(writer.toBuffer(Buffer.from("bytes")), resolver)).toBe("bytes");
    expect(
      reader.fromBuffer(
        avsc.Type.forSchema("string").toBuffer("text"),
        reader.createResolver(avsc.Type.forSchema("string")),
      ),
    ).toBe("text");
  });
});
