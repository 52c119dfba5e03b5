import { describe, expect, it } from "vitest";
import { decodeMessageIndexes, encodeMessageIndexes, messageOf } from "../../wire-format/message-indexes.js";
import { type EntityTags, schemaFormats } from "../schema-format.js";
import { messageAt, messageIndexes } from "./message-path.js";
import { parseProtobuf } from "./parse-protobuf.js";

const format = schemaFormats.get("PROTOBUF");
const text = (schema: string) => ({ schema: `syntax = "proto3";\n${schema}`, references: [] });
const order = text(
  "package shop; message Order { string id = 1; message Item { string sku = 1; } repeated Item items = 2; }",
);

describe("the format PROTOBUF of a registry", () => {
  it("stores, normalizes and serves a schema in other forms", () => {
    expect(format?.canonical(order)).toContain("repeated Item items = 2;");
    expect(format?.normalized(order)).toContain("repeated .shop.Order.Item items = 2;");
    const serialized = format?.formatted?.(order, "serialized") ?? "";
    expect(format?.normalized({ schema: serialized, references: [] })).toBe(format?.normalized(order));
    expect(format?.formatted?.(order, "ignore_extensions")).toBe(format?.canonical(order));
    expect(format?.formatted?.(order, "resolved")).toBeUndefined();
    expect(format?.topLevelFields?.(order)).toEqual(["id", "items"]);
  });

  it("reads old schemas whose numbers stand twice, and refuses new ones", () => {
    const twice = text("message A { int32 a = 1; int32 b = 1; }");
    expect(format?.canonical(twice)).toContain("int32 b = 1;");
    expect(() => format?.validate?.(twice)).toThrow('number 1 of "b" is that of "a"');
  });

  it("tells only what does harm", () => {
    const grown = text("package shop; message Order { int32 id = 1; string note = 3; }");
    expect(format?.compare(grown, order, "STRICT").map(({ type, path }) => `${type} ${path}`)).toEqual([
      "FIELD_SCALAR_KIND_CHANGED #/Order/1",
      "MESSAGE_REMOVED #/Order/Item",
    ]);
  });

  it("adds and removes tags", () => {
    const tags = (entityPath: string, entityType: EntityTags["entity"]["entityType"], ...names: string[]) => ({
      entity: { entityPath, entityType },
      tags: names,
    });
    const add = [tags("Order.Item", "sr_record", "GOODS"), tags("Order.id", "sr_field", "PII", "KEY")];
    const tagged = { schema: format?.tagged?.(order, add, []) ?? "", references: [] };
    expect(tagged.schema).toContain('import "confluent/meta.proto";');
    expect(tagged.schema).toContain('tags: [\n      "PII",\n      "KEY"\n    ]');
    expect(format?.tags?.(tagged)).toEqual([add[1], add[0]]);
    const less = format?.tagged?.(tagged, [], [tags("Order.id", "sr_field", "KEY")]) ?? "";
    expect(format?.tags?.({ schema: less, references: [] })).toEqual([tags("Order.id", "sr_field", "PII"), add[0]]);
  });
});

describe("message indexes", () => {
  const { file } = parseProtobuf(
    'syntax = "proto3"; message A { enum E { X = 0; } map<string, B> b = 1; message B {} message C { message D {} } } message F {}',
  );

  it.each([
    { name: "A", indexes: [0], bytes: "00" },
    { name: "A.B", indexes: [0, 0], bytes: "040000" },
    { name: "A.C.D", indexes: [0, 1, 0], bytes: "06000200" },
    { name: "F", indexes: [1], bytes: "0202" },
  ])("of $name are $bytes", ({ name, indexes, bytes }) => {
    expect(messageIndexes(file, name)).toEqual(indexes);
    expect(messageAt(file, indexes)).toBe(name);
    expect(Buffer.from(encodeMessageIndexes(indexes)).toString("hex")).toBe(bytes);
    expect(decodeMessageIndexes(Buffer.from(`ff${bytes}ff`, "hex"), 1, "zigzag")).toEqual({
      indexes,
      end: 1 + bytes.length / 2,
    });
  });

  it("are large, too", () => {
    const indexes = [0, 63, 64, 8191, 8192, 2 ** 31 - 1];
    const bytes = encodeMessageIndexes(indexes);
    expect(decodeMessageIndexes(bytes, 0, "zigzag")).toEqual({ indexes, end: bytes.length });
  });

  it.each([
    { title: "unsigned ones, where zigzag leads nowhere", bytes: "03000100", message: "A.C.D" },
    { title: "an unsigned one", bytes: "0101", message: "F" },
    { title: "zigzag ones first", bytes: "0202", message: "F" },
    { title: "none where no message stands", bytes: "0208", message: undefined },
    { title: "none in half of them", bytes: "04", message: undefined },
    { title: "none in a count that is no count", bytes: "ffffffffffff", message: undefined },
  ])("are read: $title", ({ bytes, message }) => {
    const read = messageOf(Buffer.from(bytes, "hex"), 0, (indexes) => messageAt(file, indexes));
    expect(read?.message).toBe(message);
  });

  it("of a message that is not there are none", () => {
    expect(messageIndexes(file, "A.X")).toBeUndefined();
    expect(messageAt(file, [])).toBeUndefined();
  });
});
