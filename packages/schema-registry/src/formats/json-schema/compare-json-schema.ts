import type { CompatibilityPolicy } from "../schema-format.js";
import { compareArrays } from "./compare-arrays.js";
import { compareCombined, compareWithMembers } from "./compare-combined.js";
import { compareObjects } from "./compare-objects.js";
import { compareNumbers, compareStrings, compareValues, isSameJson } from "./compare-values.js";
import { describeType } from "./describe-type.js";
import type { JsonSchemaDifference } from "./json-schema-difference.js";
import type { JsonSchemaType } from "./json-schema-type.js";
import { listDifferences } from "./list-differences.js";
import { type Findings, PairComparison } from "./pair-comparison.js";

/**
 * All differences between the schema that a reader has and the one that data was written with, those that do not matter
 * included: see {@link JsonSchemaDifference.effect}. Confluent's rules, names and paths.
 *
 * Not compared are `format`, `propertyNames`, the schemas of `contains` and `if`, content keywords, patterned properties among
 * themselves, and required names that are no properties.
 *
 * @param policy - Also decides which member of a union takes a schema: one that takes it under the policy.
 * @throws {@link InvalidSchemaError} when the unions in them are too large to compare each member with each.
 */
export function compareJsonSchema(
  reader: JsonSchemaType,
  writer: JsonSchemaType,
  policy: CompatibilityPolicy = "STRICT",
): readonly JsonSchemaDifference[] {
  return listDifferences(new PairComparison(comparePair, policy).between(writer, reader));
}

function comparePair(found: Findings, writer: JsonSchemaType, reader: JsonSchemaType): void {
  if (compareWithMembers(found, writer, reader)) return;
  if (writer.kind !== reader.kind) {
    if (writer.kind === "false" || reader.kind === "empty" || reader.kind === "true") return;
    if (writer.connectType === "bytes" && reader.connectType === "bytes") return;
    found.add("TYPE_CHANGED", "", `${describeType(writer)} was written, the reader wants ${describeType(reader)}`);
    return;
  }
  compareAnnotations(found, writer, reader);
  if (writer.kind === "string" && reader.kind === "string") compareStrings(found, writer, reader);
  else if (writer.kind === "number" && reader.kind === "number") compareNumbers(found, writer, reader);
  else if (writer.kind === "object" && reader.kind === "object") compareObjects(found, writer, reader);
  else if (writer.kind === "array" && reader.kind === "array") compareArrays(found, writer, reader);
  else if (writer.kind === "combined" && reader.kind === "combined") compareCombined(found, writer, reader);
  else if (writer.kind === "not" && reader.kind === "not") compareNegations(found, writer.type, reader.type);
  else compareValues(found, writer, reader);
}

function compareAnnotations(found: Findings, writer: JsonSchemaType, reader: JsonSchemaType): void {
  for (const [name, type] of annotationChanges) {
    const [from, to] = [writer[name], reader[name]];
    if (from !== to) found.add(type, "", `the ${name} was ${textOf(from)} and is ${textOf(to)}`);
  }
  if (!isSameJson(writer.default, reader.default)) found.add("DEFAULT_CHANGED", "", "the default is another one");
}

const annotationChanges = [
  ["id", "ID_CHANGED"],
  ["title", "TITLE_CHANGED"],
  ["description", "DESCRIPTION_CHANGED"],
] as const;

const textOf = (text: string | undefined): string =>
  text === undefined ? "missing" : JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);

/** What must not be is compared the other way round: who refuses less accepts more. */
function compareNegations(found: Findings, writer: JsonSchemaType, reader: JsonSchemaType): void {
  if (found.ask(reader, writer).isCompatible) {
    found.add("NOT_TYPE_NARROWED", "not", "the reader refuses no more than the writer did");
  } else {
    found.add("NOT_TYPE_EXTENDED", "not", "the reader may refuse what the writer did not");
  }
}
