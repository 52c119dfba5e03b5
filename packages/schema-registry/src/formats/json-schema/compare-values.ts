import { compareDecimals, type Decimal, isMultipleOf } from "./decimal.js";
import type { JsonSchemaType, NumberType, StringType } from "./json-schema-type.js";
import { type JsonValue, printJson } from "./json-text.js";
import type { Findings } from "./pair-comparison.js";
import { StructureIds } from "./structure-ids.js";

type Limit =
  | "MAX_LENGTH"
  | "MIN_LENGTH"
  | "MAXIMUM"
  | "MINIMUM"
  | "EXCLUSIVE_MAXIMUM"
  | "EXCLUSIVE_MINIMUM"
  | "MAX_PROPERTIES"
  | "MIN_PROPERTIES"
  | "MAX_ITEMS"
  | "MIN_ITEMS"
  | "MAX_CONTAINS"
  | "MIN_CONTAINS";

/** Compares a keyword that sets a limit, such as `maxLength`; `limit` is its name in Confluent's types. */
export function compareLimit(
  found: Findings,
  keyword: string,
  limit: Limit,
  writer: Decimal | undefined,
  reader: Decimal | undefined,
): void {
  if (writer === undefined) {
    if (reader !== undefined) found.add(`${limit}_ADDED`, keyword, `${keyword} ${reader} was added`);
  } else if (reader === undefined) {
    found.add(`${limit}_REMOVED`, keyword, `${keyword} ${writer} was removed`);
  } else {
    const change = compareDecimals(reader, writer);
    if (change === 0) return;
    const type = change > 0 ? (`${limit}_INCREASED` as const) : (`${limit}_DECREASED` as const);
    found.add(type, keyword, `${keyword} was ${writer} and is ${reader}`);
  }
}

export function compareStrings(found: Findings, writer: StringType, reader: StringType): void {
  compareLimit(found, "maxLength", "MAX_LENGTH", writer.maxLength, reader.maxLength);
  compareLimit(found, "minLength", "MIN_LENGTH", writer.minLength, reader.minLength);
  if (writer.pattern === reader.pattern) return;
  if (writer.pattern === undefined) found.add("PATTERN_ADDED", "pattern", `the pattern ${reader.pattern} was added`);
  else if (reader.pattern === undefined) {
    found.add("PATTERN_REMOVED", "pattern", `the pattern ${writer.pattern} was removed`);
  } else found.add("PATTERN_CHANGED", "pattern", `the pattern was ${writer.pattern} and is ${reader.pattern}`);
}

export function compareNumbers(found: Findings, writer: NumberType, reader: NumberType): void {
  compareLimit(found, "maximum", "MAXIMUM", writer.maximum, reader.maximum);
  compareLimit(found, "minimum", "MINIMUM", writer.minimum, reader.minimum);
  compareLimit(found, "exclusiveMaximum", "EXCLUSIVE_MAXIMUM", writer.exclusiveMaximum, reader.exclusiveMaximum);
  compareLimit(found, "exclusiveMinimum", "EXCLUSIVE_MINIMUM", writer.exclusiveMinimum, reader.exclusiveMinimum);
  compareMultiples(found, writer.multipleOf, reader.multipleOf);
  if (writer.isInteger && !reader.isInteger) found.add("TYPE_EXTENDED", "", "the integer may be any number");
  if (!writer.isInteger && reader.isInteger) found.add("TYPE_NARROWED", "", "the number must be an integer");
}

function compareMultiples(found: Findings, writer: Decimal | undefined, reader: Decimal | undefined): void {
  const add = (change: "ADDED" | "REMOVED" | "REDUCED" | "EXPANDED" | "CHANGED", message: string) =>
    found.add(`MULTIPLE_OF_${change}`, "multipleOf", message);
  if (writer === undefined || reader === undefined) {
    if (reader !== undefined) add("ADDED", `multipleOf ${reader} was added`);
    if (writer !== undefined) add("REMOVED", `multipleOf ${writer} was removed`);
    return;
  }
  if (compareDecimals(writer, reader) === 0) return;
  const change = isMultipleOf(reader, writer) ? "EXPANDED" : isMultipleOf(writer, reader) ? "REDUCED" : "CHANGED";
  add(change, `multipleOf was ${writer} and is ${reader}`);
}

/** Compares `enum` with `enum` and `const` with `const`; other kinds have nothing more to compare. */
export function compareValues(found: Findings, writer: JsonSchemaType, reader: JsonSchemaType): void {
  if (writer.kind === "const" && reader.kind === "const" && !isSameJson(writer.value, reader.value)) {
    found.add("ENUM_ARRAY_CHANGED", "const", `the value was ${brief(writer.value)} and is ${brief(reader.value)}`);
  }
  if (writer.kind !== "enum" || reader.kind !== "enum") return;
  const ids = new StructureIds();
  const missing = without(writer.values, reader.values, ids);
  const added = without(reader.values, writer.values, ids);
  if (missing.length === 0 && added.length === 0) return;
  const change = missing.length === 0 ? "EXTENDED" : added.length === 0 ? "NARROWED" : "CHANGED";
  const parts = [
    ...(missing.length > 0 ? [`${listOf(missing)} are no longer there`] : []),
    ...(added.length > 0 ? [`${listOf(added)} are new`] : []),
  ];
  found.add(`ENUM_ARRAY_${change}`, "enum", `the enum has other values: ${parts.join("; ")}`);
}

function without(values: readonly JsonValue[], others: readonly JsonValue[], ids: StructureIds): readonly JsonValue[] {
  const known = new Set(others.map((value) => ids.of(value)));
  return values.filter((value) => !known.has(ids.of(value)));
}

/** Whether two values are equal as JSON has it: names in any order, 0.5 as 0.50. */
export function isSameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const ids = new StructureIds();
  return ids.of(a) === ids.of(b);
}

const brief = (value: JsonValue): string => printJson(value).slice(0, 100);

const listOf = (values: readonly JsonValue[]): string =>
  values.slice(0, 5).map(brief).join(", ") + (values.length > 5 ? ` and ${values.length - 5} more` : "");
