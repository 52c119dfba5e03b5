import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidSchemaError } from "../invalid-schema-error.js";
import { parseProtobuf } from "./parse-protobuf.js";
import { printProtobuf } from "./print-protobuf.js";

const proto3 = (body: string) => `syntax = "proto3";\n${body}`;
const proto2 = (body: string) => `syntax = "proto2";\n${body}`;
const error = (text: string, references: Parameters<typeof parseProtobuf>[1] = []) => {
  try {
    parseProtobuf(text, references);
  } catch (thrown) {
    if (thrown instanceof InvalidSchemaError) return thrown.message;
    throw thrown;
  }
  return "none";
};

describe("parseProtobuf", () => {
  it.each([
    { title: "what is no declaration", text: "hello;", says: "line 1, column 1: expected message, enum" },
    {
      title: "an unknown syntax",
      text: 'syntax = "proto4";',
      says: 'line 1, column 10: expected "proto2" or "proto3", found "proto4"',
    },
    { title: "an unknown edition", text: 'edition = "2099";', says: 'expected "2023"' },
    {
      title: "a message that does not end",
      text: proto3("message A {"),
      says: 'line 2, column 12: expected a field or "}", found the end',
    },
    {
      title: "a field without a number",
      text: proto3("message A {\n  string a;\n}"),
      says: 'line 3, column 11: expected "=", found ";"',
    },
    {
      title: "number 0",
      text: proto3("message A { string a = 0; }"),
      says: "a field's number must be from 1 to 536870911, it is 0",
    },
    { title: "Protobuf's own numbers", text: proto3("message A { string a = 19500; }"), says: "19000 to 19999" },
    {
      title: "a number twice",
      text: proto3("message A { string a = 1;\n string b = 1; }"),
      says: 'line 3, column 2: number 1 of "b" is that of "a"',
    },
    { title: "a name twice", text: proto3("message A { string a = 1; int32 a = 2; }"), says: '"a" is defined already' },
    {
      title: "a message twice",
      text: proto3("message A {}\nmessage A {}"),
      says: 'line 3, column 1: "A" is defined already',
    },
    {
      title: "two values of one name in one scope",
      text: proto3("enum A { X = 0; } enum B { X = 0; }"),
      says: '"X" is defined already',
    },
    {
      title: "a reserved number",
      text: proto3("message A { reserved 1 to 3; string a = 2; }"),
      says: 'number 2 of "a" is in the range 1 to 3',
    },
    {
      title: "a reserved name",
      text: proto3('message A { reserved "a"; string a = 2; }'),
      says: 'the name "a" is reserved',
    },
    {
      title: "a number of an extension range",
      text: proto2("message A { extensions 5; optional int32 a = 5; }"),
      says: "is in the range 5",
    },
    { title: "ranges that overlap", text: proto3("message A { reserved 1 to 5, 3; }"), says: "1 to 5 and 3 overlap" },
    {
      title: "an extension outside of the ranges",
      text: proto2("message A { extensions 5; } extend A { optional int32 x = 6; }"),
      says: "no extension range with 6",
    },
    { title: "an enum value's number twice", text: proto3("enum A { X = 0; Y = 0; }"), says: "set allow_alias" },
    { title: "an enum without values", text: proto3("enum A {}"), says: "has no values" },
    { title: "an open enum without 0", text: proto3("enum A { X = 1; }"), says: "has a value 0" },
    {
      title: "required in proto3",
      text: proto3("message A { required int32 a = 1; }"),
      says: "proto3 has no required fields",
    },
    {
      title: "a default in proto3",
      text: proto3("message A { int32 a = 1 [default = 1]; }"),
      says: "proto3 has no defaults",
    },
    {
      title: "a label in an edition",
      text: 'edition = "2023"; message A { optional int32 a = 1; }',
      says: "edition 2023 has no label optional",
    },
    {
      title: "a group in proto3",
      text: proto3("message A { repeated group B = 1 {} }"),
      says: "only proto2 has groups",
    },
    { title: "a map of floats", text: proto3("message A { map<float, int32> a = 1; }"), says: "not float" },
    {
      title: "a repeated map",
      text: proto3("message A { repeated map<int32, int32> a = 1; }"),
      says: "a map has no label",
    },
    { title: "an empty oneof", text: proto3("message A { oneof b {} }"), says: 'oneof "b" has no fields' },
    {
      title: "an unknown type",
      text: proto3("message A {\n  B b = 1;\n}"),
      says: 'line 3, column 3: type "B" is not defined',
    },
    {
      title: "a service of an enum",
      text: proto3("enum E { X = 0; } service S { rpc M (E) returns (E); }"),
      says: '"E" is no message',
    },
    {
      title: "a text that goes on to the next line",
      text: proto3('option java_package = "a\n";'),
      says: "line 2, column 23: this text has no end on its line",
    },
    { title: "a comment that does not end", text: "/* a", says: "line 1, column 1: this comment has no end" },
    { title: "an unknown escape", text: proto3('option java_package = "\\q";'), says: "is not an escape" },
    {
      title: "an import that is not there",
      text: proto3('import "a.proto";'),
      says: 'there is no reference named "a.proto"',
    },
    { title: "bytes that are no descriptor", text: "AAAA", says: "descriptor: the bytes are no FileDescriptorProto" },
  ])("refuses $title, with its place", ({ text, says }) => {
    expect(error(text)).toContain(says);
  });

  it("names the file that a mistake is in", () => {
    const references = [{ name: "a.proto", schema: proto3("message A {\n  B b = 1;\n}") }];
    expect(error(proto3('import "a.proto";'), references)).toBe('a.proto, line 3, column 3: type "B" is not defined');
  });

  it("refuses imports that are a circle, whatever their order", () => {
    const references = ["a", "b", "c"].map((name, index, all) => ({
      name: `${name}.proto`,
      schema: proto3(`import "${all[(index + 1) % 3]}.proto";`),
    }));
    expect(error(proto3('import "b.proto";'), references)).toContain(
      "b.proto imports c.proto imports a.proto imports b.proto",
    );
  });

  it("sees what an import imports publicly, and nothing else of it", () => {
    const references = [
      { name: "seen.proto", schema: proto3("package s; message Seen {}") },
      { name: "hidden.proto", schema: proto3("package h; message Hidden {}") },
      {
        name: "all.proto",
        schema: proto3('import public "seen.proto"; import "hidden.proto"; message All { h.Hidden a = 1; }'),
      },
    ];
    expect(error(proto3('import "all.proto"; message A { s.Seen a = 1; }'), references)).toBe("none");
    const hidden = proto3('import "all.proto"; message A { h.Hidden a = 1; }');
    expect(error(hidden, references)).toContain(
      'type "h.Hidden" is defined in "hidden.proto", which is not imported here',
    );
  });

  it("takes a name from the innermost scope that knows its first part", () => {
    const text = proto3(`package a.b;
message T { message T { T inner = 1; .a.b.T outer = 2; b.T own = 3; } T t = 1; }
message b { message U {} U u = 1; }`);
    // Since b is a message here, `b.T` is looked for in it.
    expect(error(text)).toBe('line 3, column 56: type "b.T" is not defined');
    const schema = parseProtobuf(text.replace("b.T own = 3;", ""));
    expect(printProtobuf(schema, { normalized: true })).toContain(
      ".a.b.T.T t = 1;\n\n  message T {\n    .a.b.T.T inner = 1;\n    .a.b.T outer = 2;",
    );
  });

  it("passes over a field that has the name of a type", () => {
    expect(error(proto3("message Status {} message A { Status Status = 1; Status other = 2; }"))).toBe("none");
  });

  it.each([
    "google/protobuf/any",
    "google/protobuf/api",
    "google/protobuf/descriptor",
    "google/protobuf/struct",
    "google/protobuf/wrappers",
    "google/type/datetime",
    "google/type/phone_number",
    "confluent/meta",
    "confluent/type/decimal",
    "confluent/type/variant",
  ])("knows %s.proto without a reference", (path) => {
    expect(error(proto3(`import "${path}.proto";`))).toBe("none");
  });

  it("prefers a reference to what it knows itself", () => {
    const references = [{ name: "google/type/date.proto", schema: proto3("package mine; message Day {}") }];
    const text = proto3('import "google/type/date.proto"; message A { mine.Day day = 1; }');
    expect(error(text, references)).toBe("none");
  });

  it.each([
    { title: "messages", text: `${"message A {".repeat(10_000)}${"}".repeat(10_000)}` },
    { title: "option values", text: `option (a) = {${"a {".repeat(10_000)}${"}".repeat(10_001)};` },
    { title: "lists", text: `option (a) = {a: ${"[".repeat(10_000)}${"]".repeat(10_000)}};` },
    { title: "groups", text: `message M {${"repeated group A = 1 {".repeat(10_000)}` },
  ])("refuses $title nested 10,000 deep", ({ text }) => {
    expect(error(text)).toContain("nested deeper than 100");
  });

  it("refuses a chain of 10,000 imports", () => {
    const references = Array.from({ length: 10_000 }, (_, index) => ({
      name: `${index}`,
      schema: proto3(`import "${index + 1}";`),
    }));
    expect(error(proto3('import "0";'), references)).toContain("a chain of more than 1000 imports");
  });

  it("throws nothing but its own error on junk", () => {
    const words =
      'message,enum,oneof,map<,>,extend,reserved,option,a,B,.,=,1,0x2,-,;,{,},[,],(,),"x",\',//,/*,*/,to,max,syntax,"proto3",import,int32,stream,rpc,service,returns,group,optional,:,\\,\n,🙂';
    const junk = fc.array(fc.constantFrom(...words.split(",")), { maxLength: 60 }).map((parts) => parts.join(" "));
    fc.assert(
      fc.property(
        fc.oneof(
          junk,
          junk.map(proto2),
          junk.map((text) => proto3(`message A { ${text}`)),
          fc.string(),
        ),
        (text) => {
          error(text);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("throws nothing but its own error on bytes", () => {
    const whole = Buffer.from(
      "CgdkZWZhdWx0EgFhIhIKAUESDQoBYhgBIAEoCzIEQS5DGgMKAUMiEQoBQhIMCgF4GAEgASgIQgIQAWIGcHJvdG8z",
      "base64",
    );
    const broken = fc
      .tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length))
      .map(([at, byte, end]) =>
        Buffer.concat([whole.subarray(0, at), Buffer.of(byte), whole.subarray(at + 1)]).subarray(0, end),
      );
    fc.assert(
      fc.property(fc.oneof(broken, fc.uint8Array().map(Buffer.from)), (bytes) => {
        error(Buffer.from(bytes).toString("base64"));
      }),
      { numRuns: 2000 },
    );
  });
});
