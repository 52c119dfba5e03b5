import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareProtobuf } from "./compare-protobuf.js";
import { encodeDescriptor } from "./encode-descriptor.js";
import { parseProtobuf } from "./parse-protobuf.js";
import { printProtobuf } from "./print-protobuf.js";

const written = `
syntax = "proto3"; // a comment
package   shop;
import "google/protobuf/timestamp.proto";
import public "google/protobuf/any.proto";
import "confluent/meta.proto";
option java_package = 'com.shop';
enum Kind { SMALL = 0; LARGE = 0x2 [deprecated = true]; reserved 5, 6 to 7; }
message Order {
  enum State { OPEN = 0; }
  message Item { Order.State state = 1; }
  oneof paid { Item card = 9; string cash = 8; }
  map<string, Item> items = 7;
  repeated Kind kinds = 3 [(confluent.field_meta).doc = "it's", packed = true, json_name = "KINDS"];
  string id = 1;
  google.protobuf.Timestamp at = 2;
  reserved "old"; reserved 20 to max, 12;
}
message Empty { };
service Shop { rpc Buy (Order) returns (stream Order.Item) { option deprecated = true; } }
`;

describe("printProtobuf", () => {
  it("lays a schema out as Confluent's registry stores it", () => {
    expect(printProtobuf(parseProtobuf(written))).toBe(`syntax = "proto3";
package shop;

import "google/protobuf/timestamp.proto";
import "confluent/meta.proto";
import public "google/protobuf/any.proto";

option java_package = "com.shop";

message Order {
  reserved "old";
  reserved 20 to max, 12;

  map<string, Item> items = 7;
  repeated Kind kinds = 3 [
    (confluent.field_meta).doc = "it\\'s",
    packed = true,
    json_name = "KINDS"
  ];
  string id = 1;
  google.protobuf.Timestamp at = 2;

  oneof paid {
    Item card = 9;
    string cash = 8;
  }

  message Item {
    Order.State state = 1;
  }
  enum State {
    OPEN = 0;
  }
}
message Empty {}
enum Kind {
  reserved 5, 6 to 7;
  SMALL = 0;
  LARGE = 2 [deprecated = true];
}

service Shop {
  rpc Buy (Order) returns (stream Order.Item) {
    option deprecated = true;
  };
}
`);
  });

  it("normalizes: sorted, in full, each thing in one way", () => {
    expect(printProtobuf(parseProtobuf(written), { normalized: true })).toBe(`syntax = "proto3";
package shop;

import "confluent/meta.proto";
import "google/protobuf/timestamp.proto";
import public "google/protobuf/any.proto";

option java_package = "com.shop";

message Order {
  reserved 12;
  reserved 20 to max;
  reserved "old";

  string id = 1;
  .google.protobuf.Timestamp at = 2;
  repeated .shop.Kind kinds = 3 [
    (confluent.field_meta) = {
      doc: "it\\'s"
    },
    json_name = "KINDS",
    packed = true
  ];
  map<string, .shop.Order.Item> items = 7;

  oneof paid {
    string cash = 8;
    .shop.Order.Item card = 9;
  }

  message Item {
    .shop.Order.State state = 1;
  }
  enum State {
    OPEN = 0;
  }
}
message Empty {}
enum Kind {
  reserved 5;
  reserved 6 to 7;
  SMALL = 0;
  LARGE = 2 [deprecated = true];
}

service Shop {
  rpc Buy (.shop.Order) returns (stream .shop.Order.Item) {
    option deprecated = true;
  };
}
`);
  });

  it("leaves out extensions, but not Confluent's options", () => {
    const text = `syntax = "proto2";
import "google/protobuf/descriptor.proto";
import "confluent/meta.proto";
extend google.protobuf.FieldOptions { optional string mine = 50000; }
message A { extensions 100; optional int32 a = 1 [(mine) = "x", (confluent.field_meta).doc = "d", deprecated = true]; }`;
    const printed = printProtobuf(parseProtobuf(text), { ignoreExtensions: true });
    expect(printed).not.toMatch(/extend|mine|extensions/);
    expect(printed).toContain('(confluent.field_meta).doc = "d",\n    deprecated = true');
  });

  it("prints a map of a descriptor as Confluent's registry does, and normalized as a map", () => {
    const map = parseProtobuf('syntax = "proto3"; package p; message A { map<string, A> as = 1; }');
    const read = parseProtobuf(encodeDescriptor(map).toString("base64"));
    expect(printProtobuf(read)).toContain(`message A {
  repeated .p.A.AsEntry as = 1;

  message AsEntry {
    option map_entry = true;
  ${""}
    string key = 1;
    .p.A value = 2;
  }
}`);
    expect(printProtobuf(read, { normalized: true })).toBe(printProtobuf(map, { normalized: true }));
    expect(printProtobuf(parseProtobuf(printProtobuf(read)), { normalized: true })).toContain(
      "map<string, .p.A> as = 1;",
    );
    expect(compareProtobuf(read, map)).toEqual([]);
  });

  it("takes lists as values of options, also those that hold nothing", () => {
    const text = 'syntax = "proto3"; option (x) = [{ a: 1 }, { a: [] }]; option (y) = ["b"];';
    expect(printProtobuf(parseProtobuf(text))).toContain(
      'option (x) = [\n  {\n    a: 1\n  },\n  {\n    a: [\n    ]\n  }\n];\noption (y) = ["b"];',
    );
  });

  it("keeps every byte of a text", () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.array(byte), (bytes) => {
        const escapes = bytes.map((one) => `\\${one.toString(8).padStart(3, "0")}`).join("");
        const text = `syntax = "proto2"; message A { optional bytes a = 1 [default = "${escapes}"]; }`;
        const schema = parseProtobuf(text);
        const again = parseProtobuf(printProtobuf(schema));
        expect(encodeDescriptor(again)).toEqual(encodeDescriptor(schema));
      }),
    );
  });

  it("is read as what it was printed from, by text and by descriptor, in whatever order the fields come", () => {
    fc.assert(
      fc.property(arbitrarySchema, fc.boolean(), ({ text, shuffled }, normalized) => {
        const schema = parseProtobuf(text);
        const printed = printProtobuf(schema, { normalized });
        expect(printProtobuf(parseProtobuf(printed), { normalized })).toBe(printed);
        const normal = printProtobuf(schema, { normalized: true });
        expect(printProtobuf(parseProtobuf(shuffled), { normalized: true })).toBe(normal);
        const descriptor = encodeDescriptor(schema).toString("base64");
        const read = parseProtobuf(descriptor);
        expect(printProtobuf(read, { normalized: true })).toBe(normal);
        expect(compareProtobuf(schema, schema)).toEqual([]);
        expect(compareProtobuf(read, schema).filter(({ isCompatible }) => !isCompatible)).toEqual([]);
        expect(compareProtobuf(parseProtobuf(printed), schema)).toEqual([]);
      }),
    );
  });
});

const scalar = fc.constantFrom(
  "int32",
  "sint64",
  "string",
  "bytes",
  "bool",
  "fixed32",
  "double",
  "E0",
  "M0",
  ".p.M1",
  "p.M1",
);
const type = fc.oneof(
  { weight: 4, arbitrary: scalar },
  scalar.map((one) => `repeated ${one}`),
  scalar.map((one) => `map<string, ${one}>`),
);
const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 18_999 }), { minLength: 6, maxLength: 6 });

/** Messages that refer to each other, and the same with their fields in another order. */
const arbitrarySchema = fc
  .array(fc.tuple(fc.array(type, { maxLength: 4 }), numbers, fc.boolean()), { minLength: 2, maxLength: 5 })
  .map((messages) => {
    const print = (arranged: (fields: string[]) => string[]) => {
      const bodies = messages.map(([types, own, hasOneof], index) => {
        const fields = types.map((one, at) => `${one} f_${at} = ${own[at]} [deprecated = ${at % 2 === 0}];`);
        const members = arranged([`int64 left = ${own[4]};`, `M0 right = ${own[5]};`]);
        const all = arranged([...fields, ...(hasOneof ? [`oneof one { ${members.join(" ")} }`] : [])]);
        return `message M${index} { ${all.join("\n")} message Nested { M${index} up = 1; Nested self = 2; } }`;
      });
      return `syntax = "proto3"; package p; ${bodies.join("\n")} enum E0 { ZERO = 0; MINUS = -1; }`;
    };
    return { text: print((fields) => fields), shuffled: print((fields) => [...fields].reverse()) };
  });
