import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidSchemaError } from "../invalid-schema-error.js";
import { compareAvro } from "./compare-avro.js";
import { parseAvro } from "./parse-avro.js";

const avro = (schema: unknown) => parseAvro(JSON.stringify(schema));
const record = (name: string, fields: readonly object[], more: object = {}) => ({
  type: "record",
  name,
  fields,
  ...more,
});

describe("parseAvro", () => {
  it.each([
    { title: "text that is not JSON", schema: "{", path: "/" },
    { title: "an unknown type", schema: '{"type":"array","items":"strng"}', path: "/items" },
    {
      title: "a field without a type",
      schema: '{"type":"record","name":"r","fields":[{"name":"a"}]}',
      path: "/fields/0",
    },
    {
      title: "a field twice",
      schema: '{"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}',
      path: "/fields/1",
    },
    {
      title: "a type twice",
      schema:
        '[{"type":"fixed","name":"f","size":1},{"type":"record","name":"r","fields":[{"name":"a","type":{"type":"fixed","name":"f","size":1}}]}]',
      path: "/1/fields/0/type/name",
    },
    { title: "a union in a union", schema: '["null",["int"]]', path: "/1" },
    { title: "a branch twice", schema: '["int","int"]', path: "/1" },
    { title: "a symbol twice", schema: '{"type":"enum","name":"e","symbols":["A","A"]}', path: "/symbols/1" },
    {
      title: "an enum default that is no symbol",
      schema: '{"type":"enum","name":"e","symbols":["A"],"default":"B"}',
      path: "/default",
    },
    { title: "a negative size", schema: '{"type":"fixed","name":"f","size":-1}', path: "/size" },
  ])("names the place of $title", ({ schema, path }) => {
    expect(() => parseAvro(schema)).toThrow(expect.objectContaining({ name: "InvalidSchemaError", path }));
  });

  it("resolves a name in its namespace, and a reference to another schema", () => {
    const type = parseAvro(
      '{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"by","type":"Customer"}]}',
      ['{"type":"record","name":"shop.Customer","fields":[]}'],
    );
    expect(type).toMatchObject({ name: "shop.Order", fields: [{ type: { name: "shop.Customer" } }] });
  });

  it("refuses nesting that would exhaust the stack, with its own error", () => {
    const deep = `${'{"type":"array","items":'.repeat(100_000)}"int"${"}".repeat(100_000)}`;
    expect(() => parseAvro(deep)).toThrow(InvalidSchemaError);
  });

  it("throws nothing but its own error, whatever the JSON", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          parseAvro(text);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidSchemaError);
        }
      }),
    );
  });
});

describe("compareAvro", () => {
  it("ends on mutually recursive types", () => {
    const tree = (leaf: string) =>
      avro(
        record("Node", [
          { name: "value", type: leaf },
          { name: "next", type: ["null", "Node"] },
        ]),
      );
    expect(compareAvro(tree("long"), tree("int"))).toEqual([]);
    expect(compareAvro(tree("int"), tree("long"))).toMatchObject([{ type: "TYPE_MISMATCH", path: "/fields/0/type" }]);
  });

  it("takes one comparison per pair of records, however often they are shared", () => {
    // Each record holds the one before it twice: 2^30 paths through 30 records.
    const shared = (leaf: string) => {
      let type: object = record("R0", [{ name: "v", type: leaf }]);
      for (let depth = 1; depth <= 30; depth += 1) {
        type = record(`R${depth}`, [
          { name: "a", type },
          { name: "b", type: `R${depth - 1}` },
        ]);
      }
      return avro(type);
    };
    expect(compareAvro(shared("int"), shared("string")).length).toBeLessThan(100);
  });
});
