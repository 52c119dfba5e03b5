import { describe, expect, it } from "vitest";
import { avroFormat } from "./avro-format.js";

const text = (schema: unknown, ...references: readonly unknown[]) => ({
  schema: JSON.stringify(schema),
  references: references.map((one, index) => ({ name: `r${index}`, schema: JSON.stringify(one) })),
});
const record = (name: string, fields: readonly object[], more: object = {}) => ({
  type: "record",
  name,
  fields,
  ...more,
});

describe("an Avro schema's normal form", () => {
  it.each([
    {
      title: "sorts properties and what is in them, and leaves fields where they are",
      schema: {
        zone: { b: 1, a: [{ d: 1, c: 2 }] },
        type: "record",
        name: "R",
        fields: [
          { z: 1, name: "b", a: 2, type: "int", doc: "" },
          { name: "a", type: "string" },
        ],
        doc: "",
        aim: true,
      },
      normalized:
        '{"type":"record","name":"R","fields":[{"name":"b","type":"int","doc":"","a":2,"z":1},{"name":"a","type":"string"}],"aim":true,"zone":{"a":[{"c":2,"d":1}],"b":1}}',
    },
    {
      title: "sorts aliases by their full names",
      schema: record("a.R", [], { aliases: ["z.Old", "Older", "a.Older", "B"] }),
      normalized: '{"type":"record","name":"R","namespace":"a","fields":[],"aliases":["B","Older","z.Old"]}',
    },
    {
      title: "puts a known logical type first, and leaves an unknown one among the properties",
      schema: [
        { precision: 4, a: 1, type: "bytes", scale: 2, logicalType: "decimal" },
        { type: "string", logicalType: "mine", a: 1 },
      ],
      normalized:
        '[{"type":"bytes","logicalType":"decimal","precision":4,"scale":2,"a":1},{"type":"string","a":1,"logicalType":"mine"}]',
    },
  ])("$title", ({ schema, normalized }) => {
    expect(avroFormat.normalized(text(schema))).toBe(normalized);
    expect(avroFormat.normalized(text(JSON.parse(normalized)))).toBe(normalized);
  });
});

describe("an Avro schema's numbers", () => {
  it.each([
    ["9223372036854775807", "9223372036854775807"],
    ["-9007199254740993", "-9007199254740993"],
    ["0.0", "0.0"],
    ["-0.0", "-0.0"],
    ["1.50", "1.5"],
    ["1e2", "100.0"],
    ["12345678.9", "1.23456789E7"],
    ["1e10", "1.0E10"],
    ["0.0001", "1.0E-4"],
    ["3", "3"],
  ])("are as Java prints them: %s is %s", (given, printed) => {
    const schema = (number: string) =>
      `{"type":"record","name":"R","fields":[{"name":"f","type":"double","default":${number}}],"p":["${given}",${number}]}`;
    const canonical = avroFormat.canonical({ schema: schema(given), references: [] });
    expect(canonical).toBe(schema(printed));
    expect(avroFormat.canonical({ schema: canonical, references: [] })).toBe(canonical);
  });
});

describe("an Avro schema that is resolved", () => {
  it("spells out what others define where it is first used", () => {
    const inner = record("shop.Inner", [{ name: "by", type: "string" }]);
    const customer = record("shop.Customer", [{ name: "inner", type: "Inner" }]);
    const order = record("shop.Order", [
      { name: "a", type: "Customer" },
      { name: "b", type: ["null", "shop.Customer"] },
    ]);
    const resolved = avroFormat.formatted?.(text(order, inner, customer), "resolved");
    expect(JSON.parse(resolved ?? "")).toEqual({
      type: "record",
      name: "Order",
      namespace: "shop",
      fields: [
        {
          name: "a",
          type: record("Customer", [{ name: "inner", type: record("Inner", [{ name: "by", type: "string" }]) }]),
        },
        { name: "b", type: ["null", "Customer"] },
      ],
    });
    expect(avroFormat.formatted?.(text(order, inner, customer), "other")).toBeUndefined();
  });
});

describe("a new Avro schema", () => {
  const next = { name: "next", type: ["null", "R"] };
  it.each([
    { title: "a number for a string", field: { type: "string", default: 1 }, fits: false },
    { title: "null in a union's second branch", field: { type: ["string", "null"], default: null }, fits: true },
    { title: "a fraction for an int", field: { type: "int", default: 1.5 }, fits: false },
    { title: "more than an int holds", field: { type: "int", default: 2 ** 31 }, fits: false },
    { title: "a long", field: { type: "long", default: 2 ** 31 }, fits: true },
    {
      title: "a list with a stranger",
      field: { type: { type: "array", items: "int" }, default: [1, ""] },
      fits: false,
    },
    { title: "a map", field: { type: { type: "map", values: "int" }, default: { a: 1 } }, fits: true },
    {
      title: "a record without a field that has no default",
      field: { type: record("S", [next]), default: {} },
      fits: false,
    },
    { title: "a name in Greek", field: { name: "ωμέγα", type: "int" }, fits: false },
  ])("is refused or not by its defaults and names: $title", ({ field, fits }) => {
    const schema = text(record("R", [{ name: "f", ...field }]));
    const validate = () => avroFormat.validate?.(schema);
    if (fits) expect(validate).not.toThrow();
    else expect(validate).toThrow(expect.objectContaining({ name: "InvalidSchemaError" }));
    expect(() => avroFormat.canonical(schema)).not.toThrow();
  });
});

describe("tags in an Avro schema", () => {
  const schema = record("a.R", [
    { name: "f", type: record("S", [{ name: "g", type: "int", "confluent:tags": ["X"] }]) },
  ]);
  it("are found, added and removed at records and fields", () => {
    expect(avroFormat.tags?.(text(schema))).toEqual([
      { entity: { entityPath: "a.S.g", entityType: "sr_field" }, tags: ["X"] },
    ]);
    const field = { entityPath: "a.S.g", entityType: "sr_field" } as const;
    const tagged = avroFormat.tagged?.(
      text(schema),
      [
        { entity: field, tags: ["Y", "X"] },
        { entity: { entityPath: "a.R", entityType: "sr_record" }, tags: ["PII"] },
      ],
      [{ entity: field, tags: ["X"] }],
    );
    expect(avroFormat.tags?.({ schema: tagged ?? "", references: [] })).toEqual([
      { entity: { entityPath: "a.R", entityType: "sr_record" }, tags: ["PII"] },
      { entity: field, tags: ["Y"] },
    ]);
  });
});
