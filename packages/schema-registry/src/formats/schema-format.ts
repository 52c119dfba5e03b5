import type { Difference } from "../compatibility/difference.js";
import { avroFormat } from "./avro/avro-format.js";
import { jsonSchemaFormat } from "./json-schema/json-schema-format.js";
import { protobufFormat } from "./protobuf/protobuf-format.js";

/** A schema that another one uses, under the name it uses: Avro's full type name, JSON Schema's `$ref` URI, Protobuf's import path. */
export interface NamedSchema {
  readonly name: string;
  readonly schema: string;
}

/** A schema's text, and all that it uses, directly or not: each needs only those before it. */
export interface SchemaText {
  readonly schema: string;
  readonly references: readonly NamedSchema[];
}

/** How strictly differences are judged (`compatibilityPolicy`): LENIENT lets pass what breaks only data that nobody is known to write. */
export const compatibilityPolicies = ["STRICT", "LENIENT", "LOGICAL"] as const;

export type CompatibilityPolicy = (typeof compatibilityPolicies)[number];

/** Tags that stand in a schema's text, at a record or field: `confluent:tags` and its like. */
export interface EntityTags {
  readonly entity: {
    /** The full name of the type, and of the field in it: `shop.Order.coupon`. */
    readonly entityPath: string;
    readonly entityType: "sr_record" | "sr_field";
  };
  readonly tags: readonly string[];
}

/** One kind of schema: what a registry must know about it. All of it throws {@link InvalidSchemaError} on a text that is none. */
export interface SchemaFormat {
  /** The text that is stored for a schema. */
  canonical(text: SchemaText): string;
  /** The text in the form that all ways to write the same schema have in common (`normalize=true`). */
  normalized(text: SchemaText): string;
  /** The text in another form (`format=`), or `undefined` for a form that the format does not know. */
  formatted?(text: SchemaText, format: string): string | undefined;
  /** Throws where a schema that is new breaks what old ones may have broken (`validateNewSchemas`). */
  validate?(text: SchemaText): void;
  /** The names at the top of the schema, which `confluent:reserved` may forbid (`validateFields`). */
  topLevelFields?(text: SchemaText): readonly string[];
  /** The tags in the text. */
  tags?(text: SchemaText): readonly EntityTags[];
  /** The text with tags added, then others removed. */
  tagged?(text: SchemaText, add: readonly EntityTags[], remove: readonly EntityTags[]): string;
  /** What keeps a reader from reading what a writer wrote, under a policy. */
  compare(reader: SchemaText, writer: SchemaText, policy: CompatibilityPolicy): readonly Difference[];
}

/** The formats there are, by Confluent's `schemaType`. */
export const schemaFormats: ReadonlyMap<string, SchemaFormat> = new Map([
  ["AVRO", avroFormat],
  ["JSON", jsonSchemaFormat],
  ["PROTOBUF", protobufFormat],
]);
