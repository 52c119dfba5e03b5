import { describe, expect, it } from "vitest";
import { codecOf, faultOf } from "./fixtures/codec-of.js";

const proto2 = `syntax = "proto2";
message Old {
  required string id = 1;
  optional int32 count = 2 [default = 5];
  optional group Inner = 3 { optional int32 n = 1; repeated group Deep = 2 { required int32 m = 1; } }
  optional State state = 4;
  repeated int32 loose = 5;
  repeated int32 packed = 6 [packed = true];
  repeated State states = 7;
  map<string, State> by_name = 8;
}
enum State { OPEN = 1; SHUT = 2; }`;

describe("proto2", () => {
  const codec = codecOf(proto2, "Old");

  it.each([
    { title: "what is there only", value: { id: "a" }, hex: "0a0161" },
    { title: "zeros that were said", value: { id: "", count: 0 }, hex: "0a001000" },
    {
      title: "groups",
      value: { id: "", inner: { n: 1, deep: [{ m: 2 }] } },
      hex: "0a00" + "1b0801" + "130802" + "14" + "1c",
    },
    {
      title: "lists packed where they say so",
      value: { id: "", loose: [1, 2], packed: [1, 2] },
      hex: "0a002801280232020102",
    },
  ])("writes and reads $title", ({ value, hex }) => {
    expect(codec.write(value)).toBe(hex);
    const lists = { loose: [], packed: [], states: [], by_name: {} };
    expect(codec.read(hex)).toEqual({ ...lists, ...value });
  });

  it("has values of an enum that it knows only", () => {
    const read = codec.read("0a00" + "2001" + "2009" + "3809" + "3802" + "42050a01611009" + "42050a01621002");
    expect(read).toMatchObject({ state: "OPEN", states: ["SHUT"], by_name: { b: "SHUT" } });
    expect((read as { by_name: object }).by_name).not.toHaveProperty("a");
    expect(faultOf(() => codec.write({ id: "", state: 9 }))).toBe("state: is 9, not a State (OPEN, SHUT)");
  });

  it.each([
    { title: "without what is required", hex: "1001", found: "id: is required, and missing" },
    { title: "a group that ends as another", hex: "0a001b080124", found: /^inner: .*ends with the number of another/ },
    { title: "a group that does not end", hex: "0a001b0801", found: /^inner: / },
    { title: "a group's end alone", hex: "0a001c", found: /a group ends that has not begun/ },
    { title: "a field without number", hex: "0a000200", found: /field number 0/ },
  ])("does not read $title", ({ hex, found }) => {
    expect(faultOf(() => codec.read(hex))).toEqual(typeof found === "string" ? found : expect.stringMatching(found));
  });

  it("does not write without what is required", () => {
    expect(faultOf(() => codec.write({ inner: { deep: [{}] }, id: "a" }))).toBe(
      "inner.deep[0].m: is required, and missing",
    );
  });
});

const edition = `edition = "2023";
option features.enum_type = CLOSED;
message New {
  option features = { repeated_field_encoding: EXPANDED };
  int32 there = 1 [features.field_presence = IMPLICIT];
  int32 maybe = 2;
  int32 must = 3 [features.field_presence = LEGACY_REQUIRED];
  repeated int32 loose = 4;
  repeated int32 packed = 5 [features.repeated_field_encoding = PACKED];
  New group = 6 [features.message_encoding = DELIMITED];
  Shut shut = 7;
  Open open = 8;
}
enum Shut { A = 0; }
enum Open { option features.enum_type = OPEN; B = 0; }`;

describe("edition 2023", () => {
  const codec = codecOf(edition, "New");

  it("is written and read as its features say", () => {
    const group = { there: 1, must: 0, loose: [], packed: [] };
    const value = { there: 0, maybe: 0, must: 1, loose: [1, 2], packed: [1], group, open: 5 };
    const hex = "1000" + "1801" + "20012002" + "2a0101" + "33080118" + "00" + "34" + "4005";
    expect(codec.write(value)).toBe(hex);
    expect(codec.read(`${hex}3805`)).toEqual(value);
    expect(codec.read("1800")).toEqual({ there: 0, must: 0, loose: [], packed: [] });
    expect(faultOf(() => codec.write({ there: 1 }))).toBe("must: is required, and missing");
  });
});

const known = `syntax = "proto3";
import "google/protobuf/wrappers.proto"; import "google/protobuf/struct.proto"; import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto"; import "google/protobuf/any.proto"; import "google/protobuf/empty.proto";
message Known {
  google.protobuf.Int64Value long = 1; google.protobuf.StringValue text = 2; repeated google.protobuf.BoolValue flags = 3;
  google.protobuf.Struct json = 4; google.protobuf.Value any_json = 5; repeated google.protobuf.Value list = 6;
  google.protobuf.Timestamp at = 7; google.protobuf.Duration took = 8; google.protobuf.Any any = 9; google.protobuf.Empty none = 10;
}`;

describe("well-known types", () => {
  const codec = codecOf(known, "Known");
  const empty = { flags: [], list: [] };

  it.each([
    { title: "a wrapper that is zero", value: { long: 0n, text: "" }, hex: "0a001200" },
    {
      title: "wrappers",
      value: { long: 5n, text: "a", flags: [true, false] },
      hex: "0a020805" + "12030a0161" + "1a0208011a00",
    },
    { title: "an empty Struct", value: { json: {} }, hex: "2200" },
    { title: "a Struct", value: { json: { a: null } }, hex: "2209" + "0a070a0161" + "12020800" },
    { title: "a Value", value: { any_json: "x" }, hex: "2a031a0178" },
    { title: "nulls in a list", value: { list: [null, true] }, hex: "32020800" + "32022001" },
    { title: "a Timestamp", value: { at: { seconds: 1n, nanos: 1 } }, hex: "3a0408011001" },
    {
      title: "a Duration",
      value: { took: { seconds: -1n, nanos: -1 } },
      hex: "4216" + "08ffffffffffffffffff01" + "10ffffffffffffffffff01",
    },
    { title: "an Any", value: { any: { type_url: "t", value: Buffer.from("v") } }, hex: "4a060a0174120176" },
    { title: "an Empty", value: { none: {} }, hex: "5200" },
  ])("are written and read: $title", ({ value, hex }) => {
    expect(codec.write(value)).toBe(hex);
    expect(codec.read(hex)).toEqual({ ...empty, ...value });
  });

  it("keep JSON as it is", () => {
    const json = { a: [1.5, "x", null, true, { b: [] }], __proto__: null, c: {} };
    const value = { json: { a: json.a, c: {} }, any_json: [json.a] };
    expect(codec.read(codec.write(value))).toEqual({ ...empty, ...value });
  });

  it("take a Date for a Timestamp, before 1970 too", () => {
    expect(codec.read(codec.write({ at: new Date(-1) }))).toMatchObject({ at: { seconds: -1n, nanos: 999_000_000 } });
    expect(faultOf(() => codec.write({ at: new Date(Number.NaN) }))).toMatch(/^at: is .*invalid Date/);
  });

  it.each([
    { value: { json: { a: undefined, b: 1n } }, found: /^json.fields\["b"\]: is the bigint 1, not JSON/ },
    { value: { any_json: Number.NaN }, found: /^any_json: is NaN, not JSON/ },
    { value: { long: "5" }, found: /^long.value: is "5", not an int64/ },
  ])("refuse what they cannot hold: $found", ({ value, found }) => {
    expect(faultOf(() => codec.write(value))).toMatch(found);
  });
});

describe("maps in descriptors", () => {
  it("are maps, as in texts", () => {
    const codec = codecOf(
      `syntax = "proto3";
      message M { repeated E counts = 1; message E { option map_entry = true; string key = 1; int32 value = 2; } }`,
      "M",
    );
    expect(codec.write({ counts: { a: 1 } })).toBe("0a050a01611001");
    expect(codec.read("0a050a01611001")).toEqual({ counts: { a: 1 } });
  });
});
