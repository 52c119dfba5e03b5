import fc from "fast-check";
import type { Values } from "./codec.js";
import { defaultOf } from "./defaults.js";
import type { Field, Fields, FieldType } from "./field.js";
import { includes, parseVersionRange, type VersionRangeText } from "./version-range.js";

// For tests: values of a message made from its declaration.

const isIn = (range: VersionRangeText | undefined, version: number): boolean =>
  range !== undefined && includes(parseVersionRange(range), version);

const isPresent = ({ options: { versions, tagged } }: Field, version: number): boolean =>
  isIn(versions ?? tagged ?? "0+", version);

const int64 = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(-1, 0, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 2 ** 32, -(2 ** 32)),
);

function arbitraryOf(type: FieldType, version: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case "array":
      return fc.array(arbitraryOf(type.of, version), { maxLength: 3 });
    case "struct":
      return arbitraryValue(type.fields, version);
    case "int8":
      return fc.integer({ min: -0x80, max: 0x7f });
    case "int16":
      return fc.integer({ min: -0x8000, max: 0x7fff });
    case "uint16":
      return fc.integer({ min: 0, max: 0xffff });
    case "int32":
      return fc.integer();
    case "uint32":
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case "int64":
      return int64;
    case "float64":
      return fc.double({ noNaN: true });
    case "bool":
      return fc.boolean();
    case "uuid":
      return fc
        .uint8Array({ minLength: 16, maxLength: 16 })
        .map((content) => Buffer.from(content).toString("base64url"));
    case "string":
      return fc.string({ unit: "grapheme", maxLength: 12 });
    case "bytes":
    case "records":
      return fc.uint8Array({ maxLength: 300 }).map((content) => Buffer.from(content));
  }
}

/** What can be written in `version`: fields that it carries, those that may be left away sometimes left away. */
export function arbitraryValue(fields: Fields, version: number): fc.Arbitrary<Values> {
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (!isPresent(field, version)) continue;
    const value = arbitraryOf(field.type, version);
    const nullable = isIn(field.options.nullable, version) ? fc.option(value, { nil: null }) : value;
    model[name] = field.options.tag === undefined ? nullable : fc.option(nullable, { nil: undefined });
  }
  return fc.record(model) as fc.Arbitrary<Values>;
}

/** What is read back: defaults where the version does not carry a field, or the writer left it away. */
export function withDefaults(fields: Fields, version: number, value: Values): Values {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const given = isPresent(field, version) ? value[name] : undefined;
      return [name, given === undefined ? defaultOf(field) : filled(field.type, version, given)];
    }),
  );
}

function filled(type: FieldType, version: number, value: unknown): unknown {
  if (value === null) return null;
  if (type.kind === "struct") return withDefaults(type.fields, version, value as Values);
  return type.kind === "array" ? (value as unknown[]).map((one) => filled(type.of, version, one)) : value;
}

/** The same fields, and in every struct one more that only its reader does not know, in the tag section. */
export function withUnknownTag(fields: Fields): Fields {
  const stranger: Field = { type: { kind: "string" }, options: { tag: 9_999, tagged: "0+", default: "" } };
  const known = Object.entries(fields).map(([name, field]) => [name, { ...field, type: inType(field.type) }]);
  return { ...Object.fromEntries(known), stranger };
}

function inType(type: FieldType): FieldType {
  if (type.kind === "array") return { kind: "array", of: inType(type.of) };
  return type.kind === "struct" ? { kind: "struct", fields: withUnknownTag(type.fields) } : type;
}
