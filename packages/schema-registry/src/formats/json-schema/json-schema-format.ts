import { InvalidSchemaError } from "../invalid-schema-error.js";
import { parsedOnce } from "../parsed-once.js";
import type { SchemaFormat } from "../schema-format.js";
import { compareJsonSchema } from "./compare-json-schema.js";
import { isIncompatible } from "./json-schema-difference.js";
import { isJsonObject, printJson } from "./json-text.js";
import { readJsonSchema } from "./parse-json-schema.js";

const read = parsedOnce(({ schema, references }) => readJsonSchema(schema, references));

/** JSON Schema. */
export const jsonSchemaFormat: SchemaFormat = {
  canonical: (text) => printJson(read(text).json),
  normalized: (text) => printJson(read(text).json, true),
  validate(text) {
    const { type } = read(text);
    if (type.kind !== "object") return;
    const reserved = [...type.properties.keys()].find((name) => name.startsWith("$$"));
    if (reserved === undefined) return;
    throw new InvalidSchemaError("names of properties that begin with $$ are reserved", `/properties/${reserved}`);
  },
  topLevelFields(text) {
    const { json } = read(text);
    const properties = isJsonObject(json) ? json.get("properties") : undefined;
    return isJsonObject(properties) ? [...properties.keys()] : [];
  },
  compare: (reader, writer, policy) =>
    compareJsonSchema(read(reader).type, read(writer).type, policy).filter(({ effect }) =>
      isIncompatible(effect, policy),
    ),
};
