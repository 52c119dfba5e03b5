import { parsedOnce } from "../parsed-once.js";
import type { SchemaFormat, SchemaText } from "../schema-format.js";
import { compareAvro } from "./compare-avro.js";
import { normalizeAvro } from "./normalize-avro.js";
import { parseAvro, validateAvro } from "./parse-avro.js";
import { printAvro } from "./print-avro.js";
import { resolveAvro } from "./resolve-avro.js";
import { avroTags, tagAvro } from "./tag-avro.js";

const textsOf = ({ references }: SchemaText) => references.map(({ schema }) => schema);
const parsed = parsedOnce((text) => parseAvro(text.schema, textsOf(text)));

function jsonOf(text: SchemaText): unknown {
  parsed(text);
  return JSON.parse(text.schema);
}

/** Avro. */
export const avroFormat: SchemaFormat = {
  canonical: (text) => printAvro(jsonOf(text)),
  normalized: (text) => printAvro(normalizeAvro(jsonOf(text))),
  formatted(text, format) {
    if (format !== "resolved") return undefined;
    const referred = text.references.map(({ schema }) => JSON.parse(schema));
    return printAvro(resolveAvro(jsonOf(text), referred));
  },
  validate: (text) => validateAvro(text.schema, textsOf(text)),
  topLevelFields(text) {
    const type = parsed(text);
    return type.kind === "record" ? type.fields.map(({ name }) => name) : [];
  },
  tags: (text) => avroTags(jsonOf(text)),
  tagged: (text, add, remove) => printAvro(tagAvro(jsonOf(text), add, remove)),
  compare: (reader, writer) => compareAvro(parsed(reader), parsed(writer)),
};
