import { Decimal } from "./decimal.js";
import { isAtLeast } from "./draft.js";
import type { ArrayType, JsonSchemaType, Rest } from "./json-schema-type.js";
import { isJsonArray, isJsonObject } from "./json-text.js";
import type { Keywords } from "./keywords.js";
import type { Located } from "./schema-documents.js";

type ReadSchema = (schema: Located) => JsonSchemaType;

/** Keywords that say something of values of one type only. */
export interface TypeFamily {
  readonly types: readonly string[];
  readonly keywords: readonly string[];
  read(keywords: Keywords, typeOf: ReadSchema, isInteger: boolean): JsonSchemaType;
}

const arrays: TypeFamily = {
  types: ["array"],
  keywords: [
    ...["additionalItems", "contains", "items", "maxItems", "minItems"],
    ...["prefixItems", "unevaluatedItems", "uniqueItems"],
  ],
  read: readArray,
};

const objects: TypeFamily = {
  types: ["object"],
  keywords: [
    ...["additionalProperties", "dependencies", "dependentRequired", "dependentSchemas", "maxProperties"],
    ...["minProperties", "patternProperties", "properties", "propertyNames", "required", "unevaluatedProperties"],
  ],
  read: readObject,
};

const numbers: TypeFamily = {
  types: ["integer", "number"],
  keywords: ["exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"],
  read: (keywords, _, isInteger) => readNumber(keywords, isInteger),
};

const strings: TypeFamily = {
  types: ["string"],
  // `format` is not compared and says nothing alone.
  keywords: ["maxLength", "minLength", "pattern"],
  read: (keywords) => ({
    kind: "string",
    minLength: keywords.count("minLength"),
    maxLength: keywords.count("maxLength"),
    pattern: keywords.pattern("pattern"),
  }),
};

const booleans: TypeFamily = { types: ["boolean"], keywords: [], read: () => ({ kind: "boolean" }) };
const nulls: TypeFamily = { types: ["null"], keywords: [], read: () => ({ kind: "null" }) };

/** In the order in which they stand in an `allOf` of several. */
export const typeFamilies: readonly TypeFamily[] = [arrays, objects, numbers, strings, booleans, nulls];

/** Whether a schema that does not name the type of a family speaks of it all the same. */
export function isMeant({ keywords: ofFamily }: TypeFamily, keywords: Keywords): boolean {
  return ofFamily.some((keyword) => {
    const value = keywords.get(keyword);
    // In newer drafts Confluent's registry does not see properties where there are none.
    const isVoid = isJsonObject(value) && value.size === 0 && isAtLeast(keywords.place.draft, "2019-09");
    return value !== undefined && !(isVoid && (keyword === "properties" || keyword === "patternProperties"));
  });
}

export const familyOf = (type: string): TypeFamily | undefined =>
  typeFamilies.find(({ types }) => types.includes(type));

function readNumber(keywords: Keywords, isInteger: boolean): JsonSchemaType {
  const multipleOf = keywords.number("multipleOf");
  if (multipleOf !== undefined && multipleOf.digits <= 0n) {
    throw keywords.error(`${multipleOf} is not more than zero`, "multipleOf");
  }
  return {
    kind: "number",
    isInteger,
    minimum: keywords.number("minimum"),
    maximum: keywords.number("maximum"),
    exclusiveMinimum: exclusiveLimit(keywords, "exclusiveMinimum"),
    exclusiveMaximum: exclusiveLimit(keywords, "exclusiveMaximum"),
    multipleOf,
  };
}

/** In draft 4 a flag, which says something of `minimum` or `maximum`; many write that form without saying which draft they mean. */
const exclusiveLimit = (keywords: Keywords, keyword: string): Decimal | undefined =>
  typeof keywords.get(keyword) === "boolean" ? undefined : keywords.number(keyword);

function readObject(keywords: Keywords, typeOf: ReadSchema): JsonSchemaType {
  const types = (keyword: string) =>
    keywords.named(keyword).map(({ name, ...schema }) => [name, typeOf(schema)] as const);
  const dependencies = keywords.named("dependencies").filter(({ value }) => !isJsonArray(value));
  return {
    kind: "object",
    properties: new Map(types("properties")),
    patternProperties: keywords
      .byPattern("patternProperties")
      .map(({ name, ...schema }) => ({ pattern: name, type: typeOf(schema) })),
    additional: restOf(keywords.schema("additionalProperties"), typeOf),
    unevaluated: optional(keywords.schema("unevaluatedProperties"), typeOf),
    required: keywords.texts("required"),
    minProperties: keywords.count("minProperties"),
    maxProperties: keywords.count("maxProperties"),
    requiredWith: new Map([...keywords.textsByName("dependencies"), ...keywords.textsByName("dependentRequired")]),
    typeWith: new Map([
      ...dependencies.map(({ name, ...schema }) => [name, typeOf(schema)] as const),
      ...types("dependentSchemas"),
    ]),
  };
}

function readArray(keywords: Keywords, typeOf: ReadSchema): JsonSchemaType {
  const contains = optional(keywords.schema("contains"), typeOf);
  return {
    kind: "array",
    ...readItems(keywords, typeOf),
    unevaluated: optional(keywords.schema("unevaluatedItems"), typeOf),
    minItems: keywords.count("minItems"),
    maxItems: keywords.count("maxItems"),
    ...(contains === undefined || !isAtLeast(keywords.place.draft, "2019-09")
      ? { minContains: undefined, maxContains: undefined }
      : { minContains: keywords.count("minContains") ?? one, maxContains: keywords.count("maxContains") }),
    isUnique: keywords.flag("uniqueItems"),
  };
}

/** What `contains` asks for where nothing else is said. */
const one = new Decimal("1");

type ReadItems = Pick<ArrayType, "items" | "first" | "additional">;

function readItems(keywords: Keywords, typeOf: ReadSchema): ReadItems {
  const items = keywords.schema("items");
  if (isAtLeast(keywords.place.draft, "2020-12")) {
    const first = (keywords.schemas("prefixItems") ?? []).map(typeOf);
    // Behind a list, and where nothing may follow, `items` is what `additionalItems` was.
    return first.length > 0 || typeof items?.value === "boolean"
      ? { items: undefined, first, additional: restOf(items, typeOf) }
      : { items: optional(items, typeOf), first, additional: true };
  }
  const additional = restOf(keywords.schema("additionalItems"), typeOf);
  return isJsonArray(items?.value)
    ? { items: undefined, first: (keywords.schemas("items") ?? []).map(typeOf), additional }
    : { items: optional(items, typeOf), first: [], additional };
}

const optional = (schema: Located | undefined, typeOf: ReadSchema): JsonSchemaType | undefined =>
  schema === undefined ? undefined : typeOf(schema);

function restOf(schema: Located | undefined, typeOf: ReadSchema): Rest {
  if (schema === undefined) return true;
  return typeof schema.value === "boolean" ? schema.value : typeOf(schema);
}
