import type { Difference } from "../compatibility/difference.js";
import { compareAvro } from "./avro/compare-avro.js";
import { parseAvro } from "./avro/parse-avro.js";
import { printAvro } from "./avro/print-avro.js";

/** One kind of schema: what a registry must know about it. */
export interface SchemaFormat {
  /** The text that is stored for a schema. @throws InvalidSchemaError */
  canonical(schema: string, references: readonly string[]): string;
  /** What keeps a reader from reading what a writer wrote, each with the schemas it refers to. */
  compare(reader: SchemaText, writer: SchemaText): readonly Difference[];
}

/** A schema's text, and the texts of those it uses: each needs only those before it. */
export interface SchemaText {
  readonly schema: string;
  readonly references: readonly string[];
}

const avro: SchemaFormat = {
  canonical(schema, references) {
    parseAvro(schema, references);
    return printAvro(JSON.parse(schema));
  },
  compare: (reader, writer) =>
    compareAvro(parseAvro(reader.schema, reader.references), parseAvro(writer.schema, writer.references)),
};

/** The formats there are, by Confluent's `schemaType`. */
export const schemaFormats: ReadonlyMap<string, SchemaFormat> = new Map([["AVRO", avro]]);
