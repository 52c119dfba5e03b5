import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytes } from "./bytes.js";
import { json } from "./json.js";
import { nullable } from "./nullable.js";
import { double, int32, int64 } from "./numbers.js";
import type { AnySerde, Serde, SerializeContext } from "./serde.js";
import { string } from "./string.js";

const context: SerializeContext = { topic: "orders", part: "value", headers: [] };

function hexOf<In>(serde: Serde<In, unknown>, value: In): string {
  const written = serde.serialize(value, context);
  return written === null ? "null" : Buffer.from(written).toString("hex");
}

describe("serdes without a registry", () => {
  it.each([
    { title: "string is UTF-8", hex: hexOf(string(), "é✓"), expected: "c3a9e29c93" },
    { title: "an empty string has no bytes", hex: hexOf(string(), ""), expected: "" },
    { title: "int32 is big-endian", hex: hexOf(int32(), -2), expected: "fffffffe" },
    { title: "int64 is big-endian", hex: hexOf(int64(), 258n), expected: "0000000000000102" },
    { title: "double is IEEE 754", hex: hexOf(double(), 1.5), expected: "3ff8000000000000" },
    { title: "json has no spaces", hex: hexOf(json<{ a: number }>(), { a: 1 }), expected: "7b2261223a317d" },
    { title: "bytes are kept", hex: hexOf(bytes(), Buffer.from("00ff", "hex")), expected: "00ff" },
    { title: "a nullable null is null", hex: hexOf(nullable(string()), null), expected: "null" },
  ])("$title", ({ hex, expected }) => {
    expect(hex).toBe(expected);
  });

  it.each([
    { title: "string", serde: string() as AnySerde, values: fc.string({ unit: "binary" }) },
    { title: "int32", serde: int32() as AnySerde, values: fc.integer() },
    { title: "int64", serde: int64() as AnySerde, values: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) },
    { title: "double", serde: double() as AnySerde, values: fc.double() },
    { title: "json", serde: json<unknown>() as AnySerde, values: fc.json().map((text) => JSON.parse(text)) },
    { title: "bytes", serde: bytes() as AnySerde, values: fc.uint8Array().map((array) => Buffer.from(array)) },
  ])("$title reads what it wrote, from the middle of a larger buffer", ({ serde, values }) => {
    fc.assert(
      fc.property(values as fc.Arbitrary<unknown>, (value) => {
        const written = serde.serialize(value, context) ?? new Uint8Array();
        const around = Buffer.concat([Buffer.from("abc"), written, Buffer.from("def")]);
        expect(serde.deserialize(around.subarray(3, 3 + written.length), context)).toEqual(value);
      }),
    );
  });

  it.each([
    { title: "a lone surrogate", act: () => string().serialize("\ud800", context), text: /lone surrogate/ },
    { title: "bytes that are not UTF-8", act: () => string().deserialize(Buffer.of(0xff), context), text: /UTF-8/ },
    { title: "2^31 as int32", act: () => int32().serialize(2 ** 31, context), text: /2147483648 is not a 32-bit/ },
    { title: "a fraction as int32", act: () => int32().serialize(0.5, context), text: /0\.5 is not a 32-bit/ },
    { title: "2^63 as int64", act: () => int64().serialize(2n ** 63n, context), text: /not a 64-bit/ },
    { title: "three bytes as int32", act: () => int32().deserialize(Buffer.alloc(3), context), text: /4 bytes, not 3/ },
    { title: "undefined as JSON", act: () => json<unknown>().serialize(undefined, context), text: /no JSON form/ },
    { title: "half a JSON text", act: () => json().deserialize(Buffer.from("{"), context), text: /JSON/ },
  ])("refuses $title", ({ act, text }) => {
    expect(act).toThrow(text);
  });

  it("lets a parser turn JSON into a checked value with defaults", () => {
    const serde = json<{ a: number; b: string }, { a: number; b?: string }>({
      parse: (value) => ({ b: "x", ...(value as { a: number }) }),
    });
    expect(serde.deserialize(Buffer.from('{"a":1}'), context)).toEqual({ a: 1, b: "x" });
  });
});
