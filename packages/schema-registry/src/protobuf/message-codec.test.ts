import fc from "fast-check";
import protobufjs from "protobufjs";
import { describe, expect, it } from "vitest";
import { codecOf, faultOf } from "./fixtures/codec-of.js";

const all = `syntax = "proto3";
message All {
  double a = 1; float b = 2; int32 c = 3; int64 d = 4; uint32 e = 5; uint64 f = 6; sint32 g = 7; sint64 h = 8;
  fixed32 i = 9; fixed64 j = 10; sfixed32 k = 11; sfixed64 l = 12; bool m = 13; string n = 14; bytes o = 15;
  Color color = 16; repeated sint64 longs = 17; repeated string texts = 18; map<int64, Color> colors = 19;
  map<string, All> nested = 20; optional int32 maybe = 21; All self = 22; repeated fixed32 loose = 23 [packed = false];
  oneof choice { string text = 24; All message = 25; uint64 number = 2000; }
  repeated Color palette = 26; map<bool, bytes> flags = 27;
}
enum Color { NONE = 0; RED = 1; BLUE = -5; }`;

const signed = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const unsigned = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const float = fc.float();
const bytes = fc.uint8Array({ maxLength: 5 }).map((content) => Buffer.from(content));
const color = fc.oneof(fc.constantFrom("NONE", "RED", "BLUE"), fc.integer({ min: 2, max: 300 }));
const text = fc.string({ unit: "binary", maxLength: 80 });

// Its entry would be the object's prototype in the peer.
const key = text.filter((name) => name !== "__proto__");

/** Messages as they are read: with whatever is always there. */
const { value: arbitraryMessage } = fc.letrec<{ value: Record<string, unknown> }>((tie) => {
  const self = fc.option(tie("value"), { nil: undefined, maxDepth: 2, depthIdentifier: "self" });
  const always = fc.record({
    a: fc.double(),
    b: float,
    c: int32,
    d: signed,
    e: uint32,
    f: unsigned,
    g: int32,
    h: signed,
    i: uint32,
    j: unsigned,
    k: int32,
    l: signed,
    m: fc.boolean(),
    n: text,
    o: bytes,
    color,
    longs: fc.array(signed, { maxLength: 3 }),
    texts: fc.array(text, { maxLength: 3 }),
    colors: fc.dictionary(signed.map(String), color, { maxKeys: 3 }),
    nested: fc
      .dictionary(key, self, { maxKeys: 2 })
      .map((map) => Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined))),
    loose: fc.array(uint32, { maxLength: 3 }),
    palette: fc.array(color, { maxLength: 3 }),
    flags: fc.dictionary(fc.constantFrom("true", "false"), bytes, { maxKeys: 2 }),
  });
  const choice = fc.oneof(
    fc.constant({}),
    fc.record({ text }),
    fc.record({ number: unsigned }),
    self.map((message) => (message === undefined ? {} : { message })),
  );
  return {
    value: fc
      .tuple(always, fc.record({ maybe: int32 }, { requiredKeys: [] }), self, choice)
      .map(([there, maybe, message, chosen]) => ({ ...there, ...maybe, ...(message && { self: message }), ...chosen })),
  };
});

const peer = protobufjs.parse(all, { keepCase: true }).root.lookupType("All");

describe("the codec of a message", () => {
  it("reads what it has written, and protobufjs writes the same again", () => {
    const codec = codecOf(all, "All");
    const property = fc.property(arbitraryMessage, (value) => {
      const hex = codec.write(value);
      expect(codec.read(hex)).toEqual(value);
      expect(Buffer.from(peer.encode(peer.decode(Buffer.from(hex, "hex"))).finish()).toString("hex")).toBe(hex);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it("reads any bytes, or says that it cannot", () => {
    const codec = codecOf(all, "All");
    const spoiled = fc.tuple(arbitraryMessage, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
      const content = Buffer.from(codec.write(value), "hex");
      if (content.length > 0) content[at % content.length] = byte;
      return content;
    });
    const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), spoiled);
    const property = fc.property(anyBytes, (content) => {
      const hex = Buffer.from(content).toString("hex");
      let value: unknown;
      try {
        value = codec.read(hex);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        return;
      }
      expect(codec.read(codec.write(value))).toEqual(value);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it.each([
    { title: "zeros", value: { c: 0, n: "", o: Buffer.alloc(0), color: "NONE", d: 0n, texts: [], m: false }, hex: "" },
    {
      title: "null, which says nothing",
      value: { c: null, self: null, texts: null, colors: null, maybe: null },
      hex: "",
    },
    { title: "a zero that has presence", value: { maybe: 0 }, hex: "a80100" },
    { title: "a zero in a oneof", value: { number: 0n }, hex: "807d00" },
    { title: "minus zero", value: { a: -0 }, hex: "090000000000000080" },
    { title: "a negative number in ten bytes", value: { c: -1 }, hex: "18ffffffffffffffffff01" },
    { title: "the smallest long", value: { d: -(2n ** 63n) }, hex: "2080808080808080808001" },
    { title: "the largest long without sign", value: { f: 2n ** 64n - 1n }, hex: "30ffffffffffffffffff01" },
    { title: "a zigzag long", value: { h: -(2n ** 63n) }, hex: "40ffffffffffffffffff01" },
    { title: "a fixed long", value: { l: -2n }, hex: "61feffffffffffffff" },
    { title: "packed numbers", value: { longs: [-1n, 1n, 64n] }, hex: "8a01040102" + "8001" },
    { title: "numbers that are not to be packed", value: { loose: [1, 2] }, hex: "bd0101000000bd0102000000" },
    { title: "a map's entries whole", value: { colors: { "-1": "NONE" } }, hex: "9a010d08ffffffffffffffffff011000" },
    { title: "a Map", value: { colors: new Map([[-1n, 0]]) }, hex: "9a010d08ffffffffffffffffff011000" },
    {
      title: "names that objects have",
      value: { nested: { constructor: {} } },
      hex: "a2010f0a0b636f6e7374727563746f721200",
    },
    { title: "an enum's number", value: { color: 7 }, hex: "800107" },
    { title: "numbers for longs", value: { d: 5, f: 5 }, hex: "20053005" },
  ])("writes $title", ({ value, hex }) => {
    expect(codecOf(all, "All").write(value)).toBe(hex);
  });

  it.each([
    { value: { c: 2 ** 31 }, found: "c: is 2147483648, not an int32 (an integer from -2147483648 to 2147483647)" },
    { value: { e: -1 }, found: "e: is -1, not an uint32 (an integer from 0 to 4294967295)" },
    { value: { c: 1.5 }, found: /^c: is 1.5, not an int32/ },
    { value: { c: "1" }, found: /^c: is "1", not an int32/ },
    { value: { d: 2n ** 63n }, found: /^d: is the bigint 9223372036854775808, not an int64/ },
    { value: { d: 2 ** 53 }, found: /^d: is 9007199254740992, not an int64/ },
    { value: { f: -1n }, found: /^f: is the bigint -1, not an uint64/ },
    { value: { b: 1e39 }, found: "b: is 1e+39, not a float" },
    { value: { m: 1 }, found: "m: is 1, not a bool" },
    { value: { n: "\ud800" }, found: /^n: is .*half a character/ },
    { value: { o: "YQ==" }, found: 'o: is "YQ==", not bytes (a Uint8Array)' },
    { value: { color: "GREEN" }, found: 'color: is "GREEN", not a Color (NONE, RED, BLUE)' },
    { value: { texts: "a" }, found: 'texts: is "a", not a list' },
    { value: { texts: ["a", null] }, found: "texts[1]: is null, which a list cannot hold" },
    { value: { self: { self: [] } }, found: "self.self: is a list, not a message All" },
    { value: { colors: { x: 1 } }, found: 'colors["x"]: is no key of this map' },
    { value: { nested: { "a.b": { c: true } } }, found: /^nested\["a.b"\].c: is true, not an int32/ },
    { value: { text: "a", number: 1n }, found: "text: and number are both set, and are of one oneof" },
  ])("refuses $found", ({ value, found }) => {
    expect(faultOf(() => codecOf(all, "All").write(value))).toEqual(
      typeof found === "string" ? found : expect.stringMatching(found),
    );
  });

  it.each([
    { title: "a field of another wire type as unknown", hex: "1d01000000", value: { c: 0 } },
    { title: "the last of a oneof", hex: "c2010161" + "c2010162", value: { text: "b" } },
    { title: "the parts of a message together", hex: "b201021801" + "b201022802", value: { self: { c: 1, e: 2 } } },
    { title: "packed numbers one by one", hex: "88010288010" + "4", value: { longs: [1n, 2n] } },
    { title: "an entry without key and value", hex: "9a0100", value: { colors: { 0: "NONE" } } },
    { title: "unknown groups", hex: "a33e0801a43e1801", value: { c: 1 } },
  ])("reads $title", ({ hex, value }) => {
    expect(codecOf(all, "All").read(hex)).toMatchObject(value);
  });

  it("keeps only the last of a oneof", () => {
    const value = codecOf(all, "All").read("c2010161" + "807d05");
    expect(value).toMatchObject({ number: 5n });
    expect(value).not.toHaveProperty("text");
  });

  it("takes a map's key for a key only", () => {
    const value = codecOf(all, "All").read("a2010d0a095f5f70726f746f5f5f1200") as { nested: object };
    expect(Object.keys(value.nested)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(value.nested)).toBe(Object.prototype);
  });

  it("has longs as numbers where it is asked to, and refuses what they cannot hold", () => {
    const codec = codecOf(all, "All", "number");
    expect(codec.read("20ffffffffffffffffff01")).toMatchObject({ d: -1, f: 0, longs: [] });
    expect(faultOf(() => codec.read("20ffffffffffffffff7f"))).toMatch(/^d: is the bigint 9223372036854775807, not/);
    expect(faultOf(() => codec.write({ d: 2n ** 60n }))).toMatch(/^d: is the bigint/);
  });

  it("is not run out of stack", () => {
    const codec = codecOf(all, "All");
    const loop: { self?: object } = {};
    loop.self = loop;
    expect(faultOf(() => codec.write(loop))).toMatch(/nested deeper than 100/);
    let hex = "";
    for (let depth = 0; depth < 200; depth += 1) hex = peerSelf(hex);
    expect(faultOf(() => codec.read(hex))).toMatch(/nested deeper than 100/);
  });
});

/** A message with these bytes as its field `self`. */
const peerSelf = (hex: string): string =>
  Buffer.from(protobufjs.Writer.create().uint32(0xb2).bytes(Buffer.from(hex, "hex")).finish()).toString("hex");
