import { integerOf, numberOf } from "./encode-options.js";
import type { OptionField, OptionValue, ProtoOption } from "./proto-file.js";

const indentation = "  ";

/** How options are printed: as written, or so that those which say the same look the same. */
export interface OptionStyle {
  readonly isNormalized: boolean;
  /** The options to print, in the order to print them in. */
  arranged(options: readonly ProtoOption[]): readonly ProtoOption[];
}

/** `option a = 1;` */
export const printOptionStatement = (option: ProtoOption, style: OptionStyle): string =>
  `option ${printOption(option, style)};`;

/** ` [a = 1]` with its space in front, on several lines where there are several; empty without any. */
export function printOptionList(options: readonly ProtoOption[], style: OptionStyle): string {
  const printed = style.arranged(options).map((option) => printOption(option, style));
  if (printed.length <= 1) return printed.map((one) => ` [${one}]`).join("");
  return ` [\n${inner(printed)}\n]`;
}

function printOption({ name, value }: ProtoOption, style: OptionStyle): string {
  const parts = name.map((part) => (part.isExtension ? `(${part.name})` : part.name));
  const [only, ...rest] = value.kind === "list" ? value.values : [];
  const isSingle = only !== undefined && rest.length === 0;
  return `${parts.join(".")} = ${isSingle ? `[${printValue(only, style)}]` : printValue(value, style)}`;
}

function printValue(value: OptionValue, style: OptionStyle): string {
  switch (value.kind) {
    case "identifier":
      return value.text;
    case "number":
      return style.isNormalized ? normalNumber(value.text) : value.text;
    case "text":
      return quoted(value.text);
    case "list": {
      const [only] = value.values;
      if (only === undefined) return "[\n]";
      if (style.isNormalized && value.values.length === 1) return printValue(only, style);
      return `[\n${inner(value.values.map((one) => printValue(one, style)))}\n]`;
    }
    case "message": {
      const fields = style.isNormalized ? normalFields(value.fields) : value.fields;
      if (fields.length === 0) return "{\n}";
      return `{\n${inner(fields.map((field) => `${field.name}: ${printValue(field.value, style)}`))}\n}`;
    }
  }
}

const inner = (lines: readonly string[]): string => indented(lines.join(",\n"), indentation);

/** Every line of a text with `indent` in front. */
export const indented = (text: string, indent: string): string => `${indent}${text.replaceAll("\n", `\n${indent}`)}`;

/** By name; those of one name as a list, the lists that hold nothing left out. */
function normalFields(fields: readonly OptionField[]): readonly OptionField[] {
  const byName = new Map<string, OptionValue[]>();
  for (const { name, value } of fields) {
    const values = byName.get(name) ?? [];
    byName.set(name, values);
    for (const one of value.kind === "list" ? value.values : [value]) values.push(one);
  }
  const normal: OptionField[] = [];
  for (const [name, values] of byName) {
    const [only] = values;
    if (only !== undefined) normal.push({ name, value: values.length === 1 ? only : { kind: "list", values } });
  }
  return normal.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function normalNumber(text: string): string {
  const integer = integerOf(text);
  if (integer !== undefined) return String(integer);
  const number = numberOf(text);
  return Number.isFinite(number) ? String(number) : text;
}

const escapes: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
};

/** A text in quotes, with what cannot stand in one escaped: quotes, controls, and bytes that are no UTF-8. */
export const quoted = (text: string): string =>
  `"${text.replace(/[\\'"]|[^ -\u{10ffff}]|[\udc80-\udcff]/gu, (character) => escapes[character] ?? octal(character))}"`;

const octal = (character: string): string => `\\${(character.charCodeAt(0) & 0xff).toString(8).padStart(3, "0")}`;
