import type { Decimal } from "./decimal.js";
import type { JsonValue } from "./json-text.js";

/** What a schema says beside what it demands. */
export interface Annotations {
  readonly id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: JsonValue;
  /** Kafka Connect's mark of what a type stands for: two of `bytes` count as equal. */
  readonly connectType?: string;
}

export interface StringType extends Annotations {
  readonly kind: "string";
  readonly minLength: Decimal | undefined;
  readonly maxLength: Decimal | undefined;
  readonly pattern: string | undefined;
}

export interface NumberType extends Annotations {
  readonly kind: "number";
  readonly isInteger: boolean;
  readonly minimum: Decimal | undefined;
  readonly maximum: Decimal | undefined;
  /** Undefined in draft 4, whose `true` says something of `minimum`. */
  readonly exclusiveMinimum: Decimal | undefined;
  readonly exclusiveMaximum: Decimal | undefined;
  readonly multipleOf: Decimal | undefined;
}

/** What may stand where no name or index says so: anything (`true`, or nothing said), nothing, or what a schema allows. */
export type Rest = boolean | JsonSchemaType;

export interface ObjectType extends Annotations {
  readonly kind: "object";
  readonly properties: ReadonlyMap<string, JsonSchemaType>;
  readonly patternProperties: readonly { readonly pattern: string; readonly type: JsonSchemaType }[];
  readonly additional: Rest;
  readonly unevaluated: JsonSchemaType | undefined;
  readonly required: ReadonlySet<string>;
  readonly minProperties: Decimal | undefined;
  readonly maxProperties: Decimal | undefined;
  /** Names that must be there when another is. */
  readonly requiredWith: ReadonlyMap<string, ReadonlySet<string>>;
  /** What the whole object must be when a name is there. */
  readonly typeWith: ReadonlyMap<string, JsonSchemaType>;
}

export interface ArrayType extends Annotations {
  readonly kind: "array";
  /** What each item must be, where no list says it: `items` with one schema. */
  readonly items: JsonSchemaType | undefined;
  /** What the first items must be, one by one: `prefixItems`, or `items` with a list. */
  readonly first: readonly JsonSchemaType[];
  readonly additional: Rest;
  readonly unevaluated: JsonSchemaType | undefined;
  readonly minItems: Decimal | undefined;
  readonly maxItems: Decimal | undefined;
  readonly minContains: Decimal | undefined;
  readonly maxContains: Decimal | undefined;
  readonly isUnique: boolean;
}

export interface CombinedType extends Annotations {
  readonly kind: "combined";
  readonly criterion: "allOf" | "anyOf" | "oneOf";
  readonly members: readonly JsonSchemaType[];
  /** The members without those that say the same as one before them. */
  readonly distinct: readonly JsonSchemaType[];
}

/** A `$ref`. It leads to the schema itself, never to another reference. */
export interface ReferenceType extends Annotations {
  readonly kind: "reference";
  readonly target: JsonSchemaType;
}

/**
 * A schema as a graph of what Confluent's registry compares: each part has one kind. Keywords of several kinds in one place
 * are an `allOf` of them, several types an `anyOf`. References may lead back: the graph can have cycles.
 */
export type JsonSchemaType =
  | StringType
  | NumberType
  | ObjectType
  | ArrayType
  | CombinedType
  | ReferenceType
  | (Annotations & { readonly kind: "enum"; readonly values: readonly JsonValue[] })
  | (Annotations & { readonly kind: "const"; readonly value: JsonValue })
  | (Annotations & { readonly kind: "not"; readonly type: JsonSchemaType })
  /** `empty` is `{}`, `conditional` an `if`, `metaschema` one of JSON Schema's own schemas. */
  | (Annotations & {
      readonly kind: "true" | "false" | "empty" | "boolean" | "null" | "conditional" | "metaschema";
    });
