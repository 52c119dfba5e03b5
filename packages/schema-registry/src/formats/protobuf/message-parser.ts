import { deepestNesting, parseOptionList, parseOptionStatement, parseTypeName } from "./option-parser.js";
import {
  type FieldLabel,
  type FieldType,
  isScalarName,
  maxEnumNumber,
  maxFieldNumber,
  type NamedType,
  type ProtoEnum,
  type ProtoEnumValue,
  type ProtoExtend,
  type ProtoField,
  type ProtoMessage,
  type ProtoOneof,
  type ProtoOption,
  type ProtoRange,
  type ProtoRanges,
  type ProtoSyntax,
  type ScalarType,
} from "./proto-file.js";
import type { ProtoLexer } from "./proto-lexer.js";

/** What a message's body holds, as it is being read. */
interface Body {
  readonly fields: ProtoField[];
  readonly oneofs: ProtoOneof[];
  readonly reserved: ProtoRanges[];
  readonly extensions: ProtoRanges[];
  readonly options: ProtoOption[];
  readonly extends: ProtoExtend[];
  readonly messages: ProtoMessage[];
  readonly enums: ProtoEnum[];
}

/** `message Name { … }`, after the word `message`. `depth` is how many messages may still nest in it. */
export function parseMessage(lexer: ProtoLexer, syntax: ProtoSyntax, at: number, depth: number): ProtoMessage {
  const name = lexer.identifier("a message's name");
  return { kind: "message", at, name, ...parseBody(lexer, syntax, depth) };
}

function parseBody(lexer: ProtoLexer, syntax: ProtoSyntax, depth: number): Body {
  if (depth === 0) lexer.fail(`expected no messages nested deeper than ${deepestNesting}`);
  const body: Body = {
    fields: [],
    oneofs: [],
    reserved: [],
    extensions: [],
    options: [],
    extends: [],
    messages: [],
    enums: [],
  };
  lexer.expect("{");
  while (!lexer.takes("}")) parseMember(lexer, syntax, body, depth);
  return body;
}

function parseMember(lexer: ProtoLexer, syntax: ProtoSyntax, body: Body, depth: number): void {
  const { at } = lexer;
  if (lexer.takes(";")) return;
  if (lexer.kind === "end") lexer.fail('expected a field or "}"');
  if (lexer.takes("message")) body.messages.push(parseMessage(lexer, syntax, at, depth - 1));
  else if (lexer.takes("enum")) body.enums.push(parseEnum(lexer, syntax, at));
  else if (lexer.takes("extend")) body.extends.push(parseExtend(lexer, syntax, at, depth));
  else if (lexer.takes("option")) body.options.push(parseOptionStatement(lexer));
  else if (lexer.takes("reserved")) body.reserved.push(parseReserved(lexer, syntax, at, 1, maxFieldNumber));
  else if (lexer.takes("extensions")) body.extensions.push(parseExtensions(lexer, syntax, at));
  else if (lexer.takes("oneof")) parseOneof(lexer, syntax, at, body, depth);
  else body.fields.push(parseField(lexer, syntax, depth));
}

function parseOneof(lexer: ProtoLexer, syntax: ProtoSyntax, at: number, body: Body, depth: number): void {
  const name = lexer.identifier("a oneof's name");
  const options: ProtoOption[] = [];
  lexer.expect("{");
  const before = body.fields.length;
  while (!lexer.takes("}")) {
    if (lexer.takes(";")) continue;
    if (lexer.takes("option")) {
      options.push(parseOptionStatement(lexer));
      continue;
    }
    const start = lexer.at;
    const field = parseField(lexer, syntax, depth);
    if (field.label !== undefined) lexer.failAt(start, `a field of a oneof is not ${field.label}`);
    if (field.type.kind === "map") lexer.failAt(start, "a map cannot be in a oneof");
    body.fields.push({ ...field, oneof: name });
  }
  if (body.fields.length === before) lexer.failAt(at, `oneof "${name}" has no fields`);
  body.oneofs.push({ at, name, options });
}

/** `extend Name { … }`, after the word `extend`. */
export function parseExtend(lexer: ProtoLexer, syntax: ProtoSyntax, at: number, depth: number): ProtoExtend {
  const extendee = parseNamedType(lexer, "the name of the message to extend");
  const fields: ProtoField[] = [];
  lexer.expect("{");
  while (!lexer.takes("}")) {
    if (lexer.takes(";")) continue;
    const start = lexer.at;
    const field = parseField(lexer, syntax, depth);
    if (field.label === "required") lexer.failAt(start, "an extension is not required");
    if (field.type.kind === "map") lexer.failAt(start, "an extension is not a map");
    fields.push(field);
  }
  return { at, extendee, fields };
}

const labels: ReadonlySet<string> = new Set(["optional", "required", "repeated"]);

function parseField(lexer: ProtoLexer, syntax: ProtoSyntax, depth: number): ProtoField {
  const { at } = lexer;
  let label: FieldLabel | undefined;
  if (lexer.kind === "identifier" && labels.has(lexer.text)) {
    label = lexer.text as FieldLabel;
    lexer.advance();
    if (label === "required" && syntax === "proto3") lexer.failAt(at, "proto3 has no required fields");
    if (label !== "repeated" && syntax === "2023") lexer.failAt(at, `edition 2023 has no label ${label}`);
  }
  if (lexer.is("group")) return parseGroup(lexer, syntax, at, label, depth);
  const type = parseFieldType(lexer);
  if (type.kind === "map" && label !== undefined) lexer.failAt(at, "a map has no label");
  const name = lexer.identifier("a field's name");
  lexer.expect("=");
  const number = lexer.integer("a field's number", 1, maxFieldNumber);
  const options = parseOptionList(lexer);
  lexer.expect(";");
  return { at, name, number, type, options, ...(label && { label }) };
}

function parseGroup(
  lexer: ProtoLexer,
  syntax: ProtoSyntax,
  at: number,
  label: FieldLabel | undefined,
  depth: number,
): ProtoField {
  lexer.advance();
  if (syntax !== "proto2") lexer.failAt(at, "only proto2 has groups");
  const start = lexer.at;
  const name = lexer.identifier("a group's name");
  if (!/^[A-Z]/.test(name)) lexer.failAt(start, `a group's name begins with a capital, "${name}" does not`);
  lexer.expect("=");
  const number = lexer.integer("a group's number", 1, maxFieldNumber);
  const options = parseOptionList(lexer);
  const message: ProtoMessage = { kind: "message", at, name, ...parseBody(lexer, syntax, depth - 1) };
  return { at, name: name.toLowerCase(), number, type: { kind: "group", message }, options, ...(label && { label }) };
}

function parseFieldType(lexer: ProtoLexer): FieldType {
  const { at } = lexer;
  const type = parseSimpleType(lexer, "a field's type");
  if (type.kind !== "named" || type.name !== "map" || !lexer.takes("<")) return type;
  const keyAt = lexer.at;
  const key = parseSimpleType(lexer, "the type of the map's keys");
  if (key.kind !== "scalar" || key.name === "float" || key.name === "double" || key.name === "bytes") {
    lexer.failAt(keyAt, `the keys of a map are whole numbers, bools or strings, not ${key.name}`);
  }
  lexer.expect(",");
  const value = parseSimpleType(lexer, "the type of the map's values");
  if (value.kind === "named" && lexer.is("<")) lexer.failAt(at, "a map's values are no maps");
  lexer.expect(">");
  return { kind: "map", key, value };
}

function parseSimpleType(lexer: ProtoLexer, what: string): ScalarType | NamedType {
  const type = parseNamedType(lexer, what);
  return isScalarName(type.name) ? { kind: "scalar", name: type.name } : type;
}

function parseNamedType(lexer: ProtoLexer, what: string): NamedType {
  const { at } = lexer;
  return { kind: "named", at, name: parseTypeName(lexer, what) };
}

/** `enum Name { … }`, after the word `enum`. */
export function parseEnum(lexer: ProtoLexer, syntax: ProtoSyntax, at: number): ProtoEnum {
  const name = lexer.identifier("an enum's name");
  const values: ProtoEnumValue[] = [];
  const reserved: ProtoRanges[] = [];
  const options: ProtoOption[] = [];
  lexer.expect("{");
  while (!lexer.takes("}")) {
    const start = lexer.at;
    if (lexer.takes(";")) continue;
    if (lexer.takes("option")) options.push(parseOptionStatement(lexer));
    else if (lexer.takes("reserved")) {
      reserved.push(parseReserved(lexer, syntax, start, -maxEnumNumber - 1, maxEnumNumber));
    } else values.push(parseEnumValue(lexer, start));
  }
  return { kind: "enum", at, name, values, reserved, options };
}

function parseEnumValue(lexer: ProtoLexer, at: number): ProtoEnumValue {
  const name = lexer.identifier('an enum value\'s name or "}"');
  lexer.expect("=");
  const number = lexer.integer("an enum value's number", -maxEnumNumber - 1, maxEnumNumber);
  const options = parseOptionList(lexer);
  lexer.expect(";");
  return { at, name, number, options };
}

function parseReserved(lexer: ProtoLexer, syntax: ProtoSyntax, at: number, least: number, most: number): ProtoRanges {
  const names: string[] = [];
  const ranges: ProtoRange[] = [];
  do {
    if (lexer.kind === "text") names.push(lexer.textLiteral("a reserved name"));
    else if (lexer.kind === "identifier" && syntax === "2023") names.push(lexer.identifier("a reserved name"));
    else ranges.push(parseRange(lexer, "a reserved number or name", least, most));
  } while (lexer.takes(","));
  lexer.expect(";");
  return { at, names, ranges, options: [] };
}

function parseExtensions(lexer: ProtoLexer, syntax: ProtoSyntax, at: number): ProtoRanges {
  if (syntax === "proto3") lexer.failAt(at, "proto3 has no extension ranges");
  const ranges: ProtoRange[] = [];
  do ranges.push(parseRange(lexer, "an extension's number", 1, maxFieldNumber));
  while (lexer.takes(","));
  const options = parseOptionList(lexer);
  lexer.expect(";");
  return { at, names: [], ranges, options };
}

function parseRange(lexer: ProtoLexer, what: string, least: number, most: number): ProtoRange {
  const { at } = lexer;
  const from = lexer.integer(what, least, most);
  if (!lexer.takes("to")) return { from, to: from, isSpan: false };
  const to = lexer.takes("max") ? most : lexer.integer("the end of a range", least, most);
  if (to < from) lexer.failAt(at, `a range from ${from} cannot end at ${to}`);
  return { from, to, isSpan: true };
}
