import { parsedOnce } from "../parsed-once.js";
import type { SchemaFormat, SchemaText } from "../schema-format.js";
import { compareAvro } from "./compare-avro.js";
import { jsonWithExactNumbers, withExactNumbers } from "./exact-numbers.js";
import { normalizeAvro } from "./normalize-avro.js";
import { parseAvro, validateAvro } from "./parse-avro.js";
import { printAvro } from "./print-avro.js";
import { resolveAvro } from "./resolve-avro.js";
import { avroTags, tagAvro } from "./tag-avro.js";

const textsOf = ({ references }: SchemaText) => references.map(({ schema }) => schema);
const parsed = parsedOnce((text) => parseAvro(text.schema, textsOf(text)));

function jsonOf(text: SchemaText): unknown {
  parsed(text);
  return jsonWithExactNumbers(text.schema);
}

const printed = (schema: unknown): string => withExactNumbers(printAvro(schema));

/** Avro. */
export const avroFormat: SchemaFormat = {
  canonical: (text) => printed(jsonOf(text)),
  normalized: (text) => printed(normalizeAvro(jsonOf(text))),
  formatted(text, format) {
    if (format !== "resolved") return undefined;
    const referred = text.references.map(({ schema }) => jsonWithExactNumbers(schema));
    return printed(resolveAvro(jsonOf(text), referred));
  },
  validate: (text) => validateAvro(text.schema, textsOf(text)),
  topLevelFields(text) {
    const type = parsed(text);
    return type.kind === "record" ? type.fields.map(({ name }) => name) : [];
  },
  tags: (text) => avroTags(jsonOf(text)),
  tagged: (text, add, remove) => printed(tagAvro(jsonOf(text), add, remove)),
  compare: (reader, writer) => compareAvro(parsed(reader), parsed(writer)),
};
