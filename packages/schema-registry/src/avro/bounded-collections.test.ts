import avsc from "avsc";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { avroType } from "./avro-codec.js";

const record = (fields: readonly object[]) => ({ type: "record", name: "R", fields });
const tree = record([{ name: "children", type: { type: "array", items: "R" } }]);
const empty = { type: "record", name: "Empty", fields: [] };

/** Avro's varint of a number. */
const long = (value: bigint): Buffer => {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
};
const bytes = (...parts: readonly (bigint | string)[]): Buffer =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === "bigint" ? long(part) : Buffer.concat([long(BigInt(part.length)), Buffer.from(part)]),
    ),
  );

describe("arrays and maps from a payload that lies", () => {
  it.each([
    {
      title: "an array that claims more than there is",
      schema: { type: "array", items: "string" },
      payload: bytes(2n ** 40n, "a"),
    },
    {
      title: "an array that claims more than JavaScript counts",
      schema: { type: "array", items: "int" },
      payload: bytes(2n ** 62n),
    },
    { title: "nulls without end", schema: { type: "array", items: "null" }, payload: bytes(2n ** 31n, 0n) },
    {
      title: "nulls without end in small blocks",
      schema: { type: "array", items: { type: "array", items: "null" } },
      payload: bytes(9n, ...Array(9).fill([50_000n, 0n]).flat(), 0n),
    },
    {
      title: "empty records without end",
      schema: { type: "array", items: empty },
      payload: bytes(-(2n ** 31n), 1n, 0n),
    },
    {
      title: "a map that claims more than there is",
      schema: { type: "map", values: "null" },
      payload: bytes(2n ** 40n, "a"),
    },
    { title: "the smallest count there is", schema: { type: "map", values: "int" }, payload: bytes(-(2n ** 63n), 1n) },
    {
      title: "a tree whose every level claims the rest",
      schema: tree,
      payload: Buffer.concat(Array(2_000).fill(bytes(2n ** 30n))),
    },
    { title: "a string longer than the payload", schema: "string", payload: bytes(2n ** 40n) },
    { title: "a negative length", schema: "bytes", payload: bytes(-5n) },
  ])("refuses $title at once", ({ schema, payload }) => {
    const before = performance.now();
    expect(() => avroType(schema, "number").fromBuffer(payload)).toThrow();
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  it.each([
    { title: "goes back in the payload", block: [-1n, -2n] },
    { title: "goes past its end", block: [-1n, 2n ** 40n] },
    { title: "claims nulls without end", block: [2n ** 31n] },
  ])("refuses to skip a block that $title", ({ block }) => {
    for (const collection of [
      { type: "array", items: "null" },
      { type: "map", values: "null" },
    ]) {
      const writer = avroType(
        record([
          { name: "old", type: collection },
          { name: "kept", type: "int" },
        ]),
        "number",
      );
      const reader = avroType(record([{ name: "kept", type: "int" }]), "number");
      const resolver = reader.createResolver(writer);
      expect(() => reader.fromBuffer(bytes(...block), resolver)).toThrow();
    }
  });

  it("gives a key named __proto__ as a key", () => {
    const type = avroType({ type: "map", values: "int" }, "number");
    const read = type.fromBuffer(bytes(1n, "__proto__", 7n, 0n)) as object;
    expect(Object.entries(read)).toEqual([["__proto__", 7]]);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  it("reads blocks with lengths, and resolves items", () => {
    const writer = avroType({ type: "array", items: "int" }, "number");
    const reader = avroType({ type: "array", items: "double" }, "number");
    const payload = bytes(-2n, 2n, 1n, 2n, 1n, 3n, 0n);
    expect(reader.fromBuffer(payload, reader.createResolver(writer))).toEqual([1, 2, 3]);
  });

  it("reads what avsc writes, and fails in time on anything else", () => {
    const schema = record([
      { name: "tags", type: { type: "array", items: ["null", "string", { type: "map", values: "long" }] } },
      { name: "by", type: { type: "map", values: { type: "array", items: "double" } } },
      { name: "next", type: ["null", "R"], default: null },
    ]);
    const plain = avsc.Type.forSchema(schema as avsc.Schema);
    const bounded = avroType(schema, "number");
    // avsc alone would take that key for the object's prototype.
    const key = fc.string().filter((text) => text !== "__proto__");
    const tag = fc.oneof(fc.constant(null), fc.string(), fc.dictionary(key, fc.integer()));
    const { node } = fc.letrec((tie) => ({
      node: fc.record({
        tags: fc.array(tag),
        by: fc.dictionary(key, fc.array(fc.double({ noNaN: true }))),
        next: fc.option(tie("node"), { maxDepth: 3 }),
      }),
    }));
    fc.assert(
      fc.property(node, fc.nat(), fc.nat(255), (value, at, byte) => {
        const payload = plain.toBuffer(value);
        expect(bounded.fromBuffer(payload)).toEqual(plain.fromBuffer(payload));
        payload[at % payload.length] = byte;
        try {
          bounded.fromBuffer(payload);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
