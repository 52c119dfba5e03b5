import { describe, expect, it } from "vitest";
import { InvalidSchemaError } from "../invalid-schema-error.js";
import { compareJsonSchema } from "./compare-json-schema.js";
import type { JsonSchemaDifference } from "./json-schema-difference.js";
import { parseJsonSchema } from "./parse-json-schema.js";

const typeOf = (schema: unknown) => parseJsonSchema(typeof schema === "string" ? schema : JSON.stringify(schema));
const brief = ({ type, path }: JsonSchemaDifference) => `${type} ${path}`;
const newest = { $schema: "https://json-schema.org/draft/2020-12/schema" };
/** Differences from an old schema to a new one, as a consumer on the new one has them. */
const between = (old: unknown, now: unknown) => compareJsonSchema(typeOf(now), typeOf(old)).map(brief);

describe("compareJsonSchema", () => {
  it.each([
    { title: "nothing of numbers that are equal", old: '{"minimum":0.5}', now: '{"minimum":0.50}', found: [] },
    {
      title: "a limit beyond what a double can tell",
      old: '{"maximum":9007199254740993}',
      now: '{"maximum":9007199254740992}',
      found: ["MAXIMUM_DECREASED #/maximum"],
    },
    {
      title: "multiples of fractions exactly",
      old: '{"multipleOf":0.3}',
      now: '{"multipleOf":0.1}',
      found: ["MULTIPLE_OF_REDUCED #/multipleOf"],
    },
    {
      title: "an exclusive maximum that falls where the new schema has no maximum",
      old: { exclusiveMaximum: 10 },
      now: { exclusiveMaximum: 5 },
      found: ["EXCLUSIVE_MAXIMUM_DECREASED #/exclusiveMaximum"],
    },
    {
      title: "nothing of values that are equal in another order of names",
      old: '{"enum":[{"a":1,"b":2.0}],"default":{"a":1,"b":2}}',
      now: '{"enum":[{"b":2,"a":1}],"default":{"b":2,"a":1.0}}',
      found: [],
    },
    {
      title: "an enum that grows",
      old: { enum: [1, "1"] },
      now: { enum: ["1", null, 1] },
      found: ["ENUM_ARRAY_EXTENDED #/enum"],
    },
    {
      title: "types that are marked as bytes as one",
      old: { type: "string", "connect.type": "bytes" },
      now: { type: "number", "connect.type": "bytes" },
      found: [],
    },
    {
      title: "a list of types as anyOf",
      old: { type: ["string", "null"], maxLength: 5 },
      now: { type: ["null", "string", "integer"], maxLength: 4 },
      found: ["SUM_TYPE_EXTENDED #/", "COMBINED_TYPE_SUBSCHEMAS_CHANGED #/"],
    },
    {
      title: "keywords of several kinds as allOf",
      old: { type: "string", enum: ["a"], maxLength: 5 },
      now: { type: "string", enum: ["a", "b"], maxLength: 6 },
      found: ["ENUM_ARRAY_EXTENDED #/allOf/0/enum", "MAX_LENGTH_INCREASED #/allOf/1/maxLength"],
    },
    {
      title: "a reference with siblings as allOf, in newer drafts only",
      old: { ...newest, $ref: "#/$defs/a", maxLength: 5, $defs: { a: { type: "string" } } },
      now: { ...newest, $ref: "#/$defs/a", maxLength: 6, $defs: { a: { type: "string" } } },
      found: ["MAX_LENGTH_INCREASED #/allOf/1/maxLength"],
    },
    {
      title: "a property that a pattern covers",
      old: { properties: {}, patternProperties: { "^x": { type: "integer" } }, additionalProperties: false },
      now: {
        properties: { xa: { type: "number" }, xb: { type: "string" } },
        patternProperties: { "^x": { type: "integer" } },
        additionalProperties: false,
      },
      found: [
        "TYPE_CHANGED #/properties/xb",
        "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL #/properties/xb",
        "TYPE_EXTENDED #/properties/xa",
        "PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL #/properties/xa",
        "OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL #/properties/xa",
        "OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL #/properties/xb",
      ],
    },
    {
      title: "what recursion leads to, where it is met first",
      old: { properties: { value: { type: "integer" }, next: { $ref: "#" } } },
      now: { properties: { value: { type: "string" }, next: { $ref: "#" } } },
      found: ["TYPE_CHANGED #/properties/value"],
    },
    {
      title: "a shared definition wherever it is used",
      old: {
        definitions: { a: { type: "integer" } },
        properties: { x: { $ref: "#/definitions/a" }, y: { $ref: "#/definitions/a" } },
      },
      now: {
        definitions: { a: { type: "string" } },
        properties: { x: { $ref: "#/definitions/a" }, y: { $ref: "#/definitions/a" } },
      },
      found: ["TYPE_CHANGED #/properties/x", "TYPE_CHANGED #/properties/y"],
    },
    {
      title: "a definition that is used by way of another, which is the same in the end",
      old: { $ref: "#/definitions/a", definitions: { a: { $ref: "#/definitions/b" }, b: { type: "integer" } } },
      now: { type: "integer" },
      found: [],
    },
    {
      title: "how often something must be contained, in newer drafts",
      old: { ...newest, contains: {} },
      now: { ...newest, contains: {}, minContains: 2, maxContains: 3 },
      found: ["MAX_CONTAINS_ADDED #/maxContains", "MIN_CONTAINS_INCREASED #/minContains"],
    },
    {
      title: "nothing of what is not compared",
      old: { type: "string", format: "date" },
      now: { type: "string" },
      found: [],
    },
  ])("finds $title", ({ old, now, found }) => {
    expect(between(old, now).sort()).toEqual([...found].sort());
  });

  it("tells apart what only the policy STRICT refuses", () => {
    const reader = typeOf({ properties: { a: {}, coupon: { type: "string" } } });
    const writer = typeOf({ properties: { a: { type: "string" } } });
    expect(compareJsonSchema(reader, writer)).toEqual([
      {
        type: "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
        path: "#/properties/coupon",
        message: 'writers were free to put anything under "coupon"',
        effect: "lenient",
      },
    ]);
  });

  it("asks members of a union by the policy", () => {
    const reader = typeOf({ anyOf: [{ properties: { a: { type: "string" } } }, { type: "null" }] });
    const writer = typeOf({ type: "object" });
    expect(compareJsonSchema(reader, writer, "STRICT").map(brief)).toEqual(["TYPE_CHANGED #/"]);
    expect(compareJsonSchema(reader, writer, "LENIENT").map(brief)).toEqual([
      "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL #/properties/a",
      "SUM_TYPE_EXTENDED #/",
    ]);
  });

  it("sees through an assumption about recursion that does not hold", () => {
    // The second member of `a` would do only if `a` itself did, and its `value` does not.
    const schema = (value: string) => ({
      $ref: "#/definitions/a",
      definitions: {
        a: { properties: { b: { $ref: "#/definitions/b" }, value: { type: value } } },
        b: { anyOf: [{ type: "null" }, { $ref: "#/definitions/a" }] },
      },
    });
    expect(between(schema("integer"), schema("string"))).toEqual([
      "COMBINED_TYPE_SUBSCHEMAS_CHANGED #/properties/b",
      "TYPE_CHANGED #/properties/value",
    ]);
  });
});

describe("comparing what is large", () => {
  const union = (count: number, leaf: string) => {
    const members = Array.from({ length: count }, (_, index) => ({ $ref: `#/definitions/t${index}` }));
    const type = (index: number) => ({
      properties: { [`p${index}`]: { oneOf: members }, next: { anyOf: members }, leaf: { type: leaf } },
      additionalProperties: false,
    });
    const definitions = Object.fromEntries(members.map((_, index) => [`t${index}`, type(index)]));
    return typeOf({ oneOf: members, definitions });
  };

  it("ends quickly on mutually recursive types", () => {
    expect(compareJsonSchema(union(30, "number"), union(30, "integer"))).toContainEqual(
      expect.objectContaining({ type: "TYPE_EXTENDED" }),
    );
    const found = compareJsonSchema(union(30, "integer"), union(30, "number"));
    expect(found[0]).toMatchObject({ type: "COMBINED_TYPE_SUBSCHEMAS_CHANGED", path: "#/" });
  });

  it("refuses unions too large to compare each member with each", () => {
    const wide = (type: string) =>
      typeOf({ oneOf: Array.from({ length: 1_500 }, (_, index) => ({ type, minimum: index })) });
    expect(() => compareJsonSchema(wide("number"), wide("integer"))).toThrow(InvalidSchemaError);
  });

  it("refuses patterns and names too many to try each with each", () => {
    const many = (keyword: string, name: string) => {
      const members = Array.from({ length: 20_000 }, (_, index) => `"${name}${index}":{}`);
      return typeOf(`{"${keyword}":{${members}},"additionalProperties":false}`);
    };
    const found = () => compareJsonSchema(many("patternProperties", "^a"), many("properties", "b"));
    expect(found).toThrow(InvalidSchemaError);
  });

  it("takes one comparison per pair, however many ways lead to it", () => {
    const shared = (leaf: string) => {
      const level = (index: number) => ({
        properties: { a: { $ref: `#/definitions/d${index}` }, b: { $ref: `#/definitions/d${index}` } },
      });
      const levels = Array.from({ length: 60 }, (_, index) => [
        `d${index}`,
        index === 59 ? { type: leaf } : level(index + 1),
      ]);
      return typeOf({ $ref: "#/definitions/d0", definitions: Object.fromEntries(levels) });
    };
    const found = compareJsonSchema(shared("integer"), shared("string"));
    expect(found[0]?.type).toBe("TYPE_CHANGED");
    expect(found.length).toBeLessThan(2_000);
  });

  it("follows chains of references without using the stack", () => {
    const chain = (leaf: string) => {
      const links = Array.from(
        { length: 10_000 },
        (_, index) => `"d${index}":{"items":{"$ref":"#/definitions/d${index + 1}"}}`,
      );
      return typeOf(`{"$ref":"#/definitions/d0","definitions":{${links},"d10000":{"type":"${leaf}"}}}`);
    };
    expect(compareJsonSchema(chain("number"), chain("integer"))).toMatchObject([{ type: "TYPE_EXTENDED" }]);
    expect(compareJsonSchema(chain("integer"), chain("string"))).toMatchObject([{ type: "TYPE_CHANGED" }]);
  });
});
