import avsc from "avsc";
import { BoundedArrayType, BoundedMapType } from "./bounded-collections.js";
import type { LongForm } from "./infer.js";
import { logicalTypes } from "./logical-types.js";
import { ShortStringType } from "./short-strings.js";

const shortString = new ShortStringType();

/** avsc's long type with bigint values. Its eight bytes come little-endian, whatever the machine. */
const bigintLong = avsc.types.LongType.__with({
  fromBuffer: (content: Buffer) => content.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const content = Buffer.allocUnsafe(8);
    content.writeBigInt64LE(value);
    return content;
  },
  fromJSON: (value: number | string) => BigInt(value),
  toJSON: (value: bigint) => Number(value),
  isValid: (value: unknown) => typeof value === "bigint" && BigInt.asIntN(64, value) === value,
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

/** avsc's type for a schema, as our contracts see values. `references` are the schemas of types it uses, before it. */
export function avroType(schema: unknown, long: LongForm, references: readonly string[] = []): avsc.Type {
  const logical = logicalTypes(long);
  const options: Partial<avsc.ForSchemaOptions> = {
    registry: {},
    // Where JavaScript values tell the branches apart they stand bare, elsewhere under their branch's name.
    wrapUnions: "auto",
    logicalTypes: logical,
    omitRecordMethods: true,
    typeHook: typeHook(long === "bigint" ? longsAsBigints(logical) : () => undefined),
  };
  for (const reference of references) avsc.Type.forSchema(JSON.parse(reference), options);
  return avsc.Type.forSchema(schema as avsc.Schema, options);
}

/** Puts our own types in the place of avsc's, wherever they stand in a schema. */
function typeHook(longOf: (schema: unknown) => avsc.Type | undefined) {
  return (schema: unknown, options: avsc.ForSchemaOptions): avsc.Type | undefined => {
    const { type } = Object(schema) as { readonly type?: unknown };
    if (type === "array") return new BoundedArrayType(schema as avsc.Schema, options);
    if (type === "map") return new BoundedMapType(schema as avsc.Schema, options);
    if (schema === "string") return shortString;
    return longOf(schema);
  };
}

/**
 * Makes every `long` a bigint: the bare name, an object with attributes, and what a logical type annotates. avsc asks twice
 * about the schema of a logical type it knows: first to build that type, then for the type underneath.
 */
function longsAsBigints(logical: object) {
  const asked = new WeakSet<object>();
  return (schema: unknown): avsc.Type | undefined => {
    if (schema === "long") return bigintLong;
    if (typeof schema !== "object" || schema === null || (schema as { type?: unknown }).type !== "long")
      return undefined;
    const { logicalType } = schema as { readonly logicalType?: unknown };
    if (typeof logicalType !== "string" || !(logicalType in logical) || asked.delete(schema)) return bigintLong;
    asked.add(schema);
    return undefined;
  };
}
