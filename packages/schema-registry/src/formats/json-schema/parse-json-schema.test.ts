import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidSchemaError } from "../invalid-schema-error.js";
import { compareJsonSchema } from "./compare-json-schema.js";
import { jsonSchemaFormat } from "./json-schema-format.js";
import { parseJsonSchema } from "./parse-json-schema.js";

const newest = "https://json-schema.org/draft/2020-12/schema";

describe("parseJsonSchema", () => {
  it.each([
    { title: "text that is not JSON", schema: "{", path: "/" },
    { title: "something behind the schema", schema: "{} {}", path: "/" },
    { title: "a schema that is a number", schema: "5", path: "/" },
    { title: "a subschema that is a text", schema: '{"properties":{"a/b":"string"}}', path: "/properties/a~1b" },
    { title: "an unknown type", schema: '{"items":{"type":"strng"}}', path: "/items/type" },
    { title: "an unknown type in a list", schema: '{"type":["null","strng"]}', path: "/type/1" },
    { title: "properties in a list", schema: '{"properties":[]}', path: "/properties" },
    { title: "a limit that is a text", schema: '{"maxLength":"5"}', path: "/maxLength" },
    { title: "a length with a fraction", schema: '{"maxLength":5.5}', path: "/maxLength" },
    { title: "a negative length", schema: '{"minItems":-1}', path: "/minItems" },
    { title: "a multiple of zero", schema: '{"multipleOf":0.0}', path: "/multipleOf" },
    { title: "required names that are none", schema: '{"required":["a",1]}', path: "/required/1" },
    { title: "an enum without a list", schema: '{"enum":"a"}', path: "/enum" },
    { title: "a pattern that is none", schema: '{"pattern":"("}', path: "/pattern" },
    { title: "a name's pattern that is none", schema: '{"patternProperties":{"[":{}}}', path: "/patternProperties/[" },
    { title: "a definition that nobody uses", schema: '{"definitions":{"a":{"type":1}}}', path: "/definitions/a/type" },
    { title: "a reference to nothing", schema: '{"items":{"$ref":"#/definitions/a"}}', path: "/items/$ref" },
    { title: "a reference to the network", schema: '{"$ref":"https://example.com/a.json"}', path: "/$ref" },
    { title: "a reference to itself", schema: '{"items":{"$ref":"#/items"}}', path: "/items/$ref" },
    {
      title: "references in a ring",
      schema: '{"definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}}',
      path: "/definitions/a/$ref",
    },
    { title: "a list of items in the newest draft", schema: `{"$schema":"${newest}","items":[{}]}`, path: "/items" },
  ])("names the place of $title", ({ schema, path }) => {
    expect(() => parseJsonSchema(schema)).toThrow(expect.objectContaining({ name: "InvalidSchemaError", path }));
  });

  it("names the document of what is wrong in a schema that is referred to", () => {
    const references = [{ name: "common.json", schema: '{"definitions":{"id":{"type":"strng"}}}' }];
    expect(() => parseJsonSchema('{"$ref":"common.json#/definitions/id"}', references)).toThrow(
      expect.objectContaining({ path: "common.json#/definitions/id/type" }),
    );
  });

  it.each([
    { title: "nested objects", schema: `${'{"not":'.repeat(10_000)}{}${"}".repeat(10_000)}` },
    { title: "nested arrays", schema: `{"default":${"[".repeat(10_000)}${"]".repeat(10_000)}}` },
    { title: "a number of a million digits", schema: `{"maximum":${"9".repeat(1_000_000)}}` },
    { title: "an exponent of many digits", schema: '{"maximum":1e99999999999}' },
  ])("refuses $title, with its own error", ({ schema }) => {
    expect(() => parseJsonSchema(schema)).toThrow(InvalidSchemaError);
  });

  it("takes nesting as deep as it allows", () => {
    const deep = (type: string) => parseJsonSchema(`${'{"not":'.repeat(999)}{"type":"${type}"}${"}".repeat(999)}`);
    expect(compareJsonSchema(deep("integer"), deep("number"))).toMatchObject([{ type: "NOT_TYPE_NARROWED" }]);
    expect(compareJsonSchema(deep("number"), deep("integer"))).toMatchObject([{ type: "NOT_TYPE_EXTENDED" }]);
  });

  it("throws nothing but its own error, whatever the JSON", () => {
    const keyword = fc.constantFrom(
      ...["$ref", "$id", "$schema", "$defs", "type", "properties", "items", "allOf", "enum", "const", "required"],
      ...["additionalProperties", "patternProperties", "pattern", "dependencies", "maximum", "not", "if", "$anchor"],
    );
    const leaf = fc.constantFrom<unknown>("#", "#/items", "string", newest, "a", true, 1, -0.5, null, "(");
    const { schema } = fc.letrec((tie) => ({
      schema: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.dictionary(keyword, tie("schema"), { maxKeys: 4 }),
        fc.array(tie("schema"), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          schema.map((one) => JSON.stringify(one)),
        ),
        (text) => {
          try {
            parseJsonSchema(text);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidSchemaError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("a reference", () => {
  const text = { type: "string", maxLength: 5 };
  it.each([
    { title: "by a pointer", schema: { $ref: "#/definitions/a", definitions: { a: text } } },
    { title: "by a pointer with escapes", schema: { $ref: "#/definitions/a%25~1~0b", definitions: { "a%/~b": text } } },
    { title: "by a pointer into what is no definition", schema: { $ref: "#/x/y/0", x: { y: [text] } } },
    { title: "under the newer name of definitions", schema: { $ref: "#/$defs/a", definitions: { a: text } } },
    { title: "through another one", schema: { $ref: "#/$defs/b", $defs: { b: { $ref: "#/$defs/a" }, a: text } } },
    { title: "by an id", schema: { $ref: "a.json", $id: "http://x/b.json", $defs: { a: { $id: "a.json", ...text } } } },
    { title: "by an id that is an anchor", schema: { $ref: "#a", $defs: { a: { $id: "#a", ...text } } } },
    {
      title: "by draft 4's id",
      schema: {
        $schema: "http://json-schema.org/draft-04/schema#",
        $ref: "#a",
        definitions: { a: { id: "#a", ...text } },
      },
    },
    {
      title: "to the document, from a part with an id of its own",
      schema: { $ref: "#/$defs/b", $defs: { b: { $id: "b.json", $ref: "#/$defs/a" }, a: text } },
    },
    { title: "by an anchor", schema: { $schema: newest, $ref: "#a", $defs: { x: { $anchor: "a", ...text } } } },
    {
      title: "by a dynamic anchor that the schema itself has",
      schema: {
        $schema: newest,
        $dynamicAnchor: "a",
        ...text,
        $defs: { b: { $id: "b", $dynamicAnchor: "a", $dynamicRef: "#a", type: "string" } },
      },
    },
    {
      title: "back to the whole",
      schema: {
        $schema: "https://json-schema.org/draft/2019-09/schema",
        ...text,
        $defs: { a: { $recursiveRef: "#" } },
      },
    },
    { title: "to another schema", schema: { $ref: "common.json#/definitions/a" } },
    {
      title: "to another schema, relative to the id",
      schema: { $id: "http://x/y/z.json", $ref: "../y/common.json#/definitions/a" },
    },
    { title: "to another schema by that schema's id", schema: { $ref: "http://common/ids#a" } },
    { title: "with a dot", schema: { $ref: "./common.json#/definitions/a" } },
    { title: "of a schema that is referred to", schema: { $ref: "second.json" } },
  ])("is followed $title", ({ schema }) => {
    const references = [
      {
        name: "common.json",
        schema: JSON.stringify({ $id: "http://common/ids", definitions: { a: { $id: "#a", ...text } } }),
      },
      { name: "second.json", schema: '{"$ref":"common.json#/definitions/a"}' },
    ];
    const type = parseJsonSchema(JSON.stringify(schema), references);
    const wanted = parseJsonSchema('{"type":"string","maxLength":4}');
    expect(compareJsonSchema(wanted, type).map((difference) => difference.type)).toContain("MAX_LENGTH_DECREASED");
  });

  it("to JSON Schema's own schemas needs none", () => {
    const type = (draft: string) => parseJsonSchema(`{"$ref":"http://json-schema.org/${draft}/schema#"}`);
    expect(compareJsonSchema(type("draft-07"), type("draft-07"))).toEqual([]);
  });
});

describe("the JSON Schema that is stored", () => {
  const text = (schema: string) => ({ schema, references: [] });
  it.each([
    {
      title: "keeps the order of names",
      schema: '{ "b": 1, "1": {"$id": "x"}, "a": 2 }',
      stored: '{"b":1,"1":{"$id":"x"},"a":2}',
    },
    {
      title: "keeps numbers",
      schema: '{"default":[0.50, 9007199254740993, 1e400]}',
      stored: '{"default":[0.50,9007199254740993,1E+400]}',
    },
    { title: "keeps names that objects have", schema: '{"__proto__": {}}', stored: '{"__proto__":{}}' },
    {
      title: "writes escapes only where they are needed",
      schema: '{"title":"\\u00e9\\n\\/"}',
      stored: '{"title":"é\\n/"}',
    },
    {
      title: "has the last of several of one name",
      schema: '{"title":"a","x":1,"title":"b"}',
      stored: '{"title":"b","x":1}',
    },
    { title: "may be a boolean", schema: " true ", stored: "true" },
  ])("$title", ({ schema, stored }) => {
    expect(jsonSchemaFormat.canonical(text(schema))).toBe(stored);
    expect(jsonSchemaFormat.canonical(text(stored))).toBe(stored);
  });

  it("has its names sorted in its normal form, and lists as they are", () => {
    const schema =
      '{"type":"object","required":["b","a"],"properties":{"b":{},"a":{"type":"string","enum":["z"]},"B":{}}}';
    expect(jsonSchemaFormat.normalized(text(schema))).toBe(
      '{"properties":{"B":{},"a":{"enum":["z"],"type":"string"},"b":{}},"required":["b","a"],"type":"object"}',
    );
  });

  it("names its fields, and has none that begin with $$ when it is new", () => {
    const schema = text('{"properties":{"b":{},"$$a":{}}}');
    expect(jsonSchemaFormat.topLevelFields?.(schema)).toEqual(["b", "$$a"]);
    expect(() => jsonSchemaFormat.validate?.(schema)).toThrow(/reserved/);
    expect(() => jsonSchemaFormat.validate?.(text('{"properties":{"b":{}}}'))).not.toThrow();
  });
});
