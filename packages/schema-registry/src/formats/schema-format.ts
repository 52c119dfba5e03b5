import type { Difference } from "../compatibility/difference.js";
import { compareAvro } from "./avro/compare-avro.js";
import { parseAvro } from "./avro/parse-avro.js";
import { printAvro } from "./avro/print-avro.js";

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

/** One kind of schema: what a registry must know about it. */
export interface SchemaFormat {
  /** The text that is stored for a schema. @throws {@link InvalidSchemaError} */
  canonical(text: SchemaText): string;
  /** What keeps a reader from reading what a writer wrote, under a policy. */
  compare(reader: SchemaText, writer: SchemaText, policy: CompatibilityPolicy): readonly Difference[];
}

const parsed = ({ schema, references }: SchemaText) =>
  parseAvro(
    schema,
    references.map((reference) => reference.schema),
  );

const avro: SchemaFormat = {
  canonical(text) {
    parsed(text);
    return printAvro(JSON.parse(text.schema));
  },
  compare: (reader, writer) => compareAvro(parsed(reader), parsed(writer)),
};

/** The formats there are, by Confluent's `schemaType`. */
export const schemaFormats: ReadonlyMap<string, SchemaFormat> = new Map([["AVRO", avro]]);
