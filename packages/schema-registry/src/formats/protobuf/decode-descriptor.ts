import { InvalidSchemaError } from "../invalid-schema-error.js";
import { deepestNesting } from "./option-parser.js";
import type { OptionsName } from "./option-types.js";
import {
  type FieldLabel,
  type FieldType,
  maxEnumNumber,
  maxFieldNumber,
  type OptionValue,
  type ProtoEnum,
  type ProtoExtend,
  type ProtoField,
  type ProtoFile,
  type ProtoImport,
  type ProtoMessage,
  type ProtoOption,
  type ProtoRange,
  type ProtoRanges,
  type ProtoService,
  type ProtoSyntax,
  type ScalarName,
  scalarTypes,
} from "./proto-file.js";
import { bytesOfText, textOfBytes } from "./text-bytes.js";
import { fieldsOf, packedVarints, type WireField } from "./wire.js";

/** Options whose meaning depends on what the file imports: they are read into `into` when that is known. */
export interface PendingOptions {
  readonly into: ProtoOption[];
  readonly bytes: Buffer;
  readonly name: OptionsName;
}

export interface DecodedDescriptor {
  readonly file: ProtoFile;
  readonly pending: readonly PendingOptions[];
}

/**
 * The file in a FileDescriptorProto, as Confluent's Protobuf serializers register it.
 *
 * @throws {@link InvalidSchemaError} where the bytes are none.
 */
export function decodeDescriptor(bytes: Buffer, path: string): DecodedDescriptor {
  try {
    const decoder = new DescriptorDecoder();
    return { file: decoder.file(new Wire(bytes), path), pending: decoder.pending };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const place = path === "" ? "descriptor" : `${path}, descriptor`;
    throw new InvalidSchemaError(`the bytes are no FileDescriptorProto: ${cause.message}`, place, { cause });
  }
}

/** A message's fields by their number. */
class Wire {
  readonly #fields = new Map<number, WireField["value"][]>();

  constructor(bytes: Buffer) {
    for (const { number, value } of fieldsOf(bytes)) {
      const values = this.#fields.get(number);
      if (values === undefined) this.#fields.set(number, [value]);
      else values.push(value);
    }
  }

  bytes(number: number): readonly Buffer[] {
    return (this.#fields.get(number) ?? []).filter((value) => typeof value !== "bigint");
  }

  messages(number: number): readonly Wire[] {
    return this.bytes(number).map((bytes) => new Wire(bytes));
  }

  texts(number: number): readonly string[] {
    return this.bytes(number).map(textOfBytes);
  }

  text(number: number): string | undefined {
    return this.texts(number).at(-1);
  }

  numbers(number: number): readonly number[] {
    const values = this.#fields.get(number) ?? [];
    const varints = values.flatMap((value) => (typeof value === "bigint" ? [value] : packedVarints(value)));
    return varints.map((value) => Number(BigInt.asIntN(32, value)));
  }

  number(number: number): number | undefined {
    return this.numbers(number).at(-1);
  }
}

const labelNumbers: Readonly<Record<number, FieldLabel>> = { 1: "optional", 2: "required", 3: "repeated" };
const groupType = 10;
const scalarNames = new Map<number, ScalarName>(
  Object.entries(scalarTypes).map(([name, number]) => [number, name as ScalarName]),
);
const names = /^[A-Za-z_][A-Za-z0-9_]*$/;
const typeNames = /^\.?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/;
// Nothing of a descriptor has a place in a text.
const at = 0;

class DescriptorDecoder {
  readonly pending: PendingOptions[] = [];
  #syntax: ProtoSyntax = "proto2";

  file(wire: Wire, path: string): ProtoFile {
    const declared = wire.text(12);
    this.#syntax = syntaxOf(declared, wire.number(14));
    const packageName = wire.text(2) ?? "";
    const messages = this.#messages(wire.messages(4), deepestNesting);
    return {
      path,
      source: "",
      syntax: this.#syntax,
      isSyntaxDeclared: declared !== undefined,
      package: packageName === "" ? "" : checked(packageName, typeNames),
      imports: importsOf(wire),
      options: this.#options(wire, 8, "FileOptions"),
      extends: this.#extends(wire.messages(7), messages),
      messages: [...messages.values()],
      enums: wire.messages(5).map((one) => this.#enum(one)),
      services: wire.messages(6).map((one) => this.#service(one)),
    };
  }

  /** By name. A field that is a group takes its message out of them. */
  #messages(wires: readonly Wire[], depth: number): Map<string, ProtoMessage> {
    const messages = new Map<string, ProtoMessage>();
    for (const wire of wires) {
      const message = this.#message(wire, depth);
      if (messages.has(message.name)) throw new RangeError(`two messages named ${message.name}`);
      messages.set(message.name, message);
    }
    return messages;
  }

  #message(wire: Wire, depth: number): ProtoMessage {
    if (depth === 0) throw new RangeError(`messages nested deeper than ${deepestNesting}`);
    const nested = this.#messages(wire.messages(3), depth - 1);
    const oneofs = wire.messages(8).map((one) => ({
      at,
      name: nameOf(one),
      options: this.#options(one, 2, "OneofOptions"),
    }));
    const fields = wire.messages(2).map((one) => this.#field(one, nested, oneofs));
    const used = new Set(fields.map(({ oneof }) => oneof));
    return {
      kind: "message",
      at,
      name: nameOf(wire),
      fields,
      // A field that is `optional` in proto3 has one for itself, which no text has.
      oneofs: oneofs.filter(({ name }) => used.has(name)),
      reserved: [...rangesOf(wire.messages(9), -1), ...wire.texts(10).map(reservedName)],
      extensions: wire.messages(5).flatMap((one) => {
        const options = this.#options(one, 3, "ExtensionRangeOptions");
        return rangesOf([one], -1).map((ranges) => ({ ...ranges, options }));
      }),
      options: this.#options(wire, 7, "MessageOptions"),
      extends: this.#extends(wire.messages(6), nested),
      messages: [...nested.values()],
      enums: wire.messages(4).map((one) => this.#enum(one)),
    };
  }

  #field(wire: Wire, nested: Map<string, ProtoMessage>, oneofs: readonly { readonly name: string }[]): ProtoField {
    const type = typeOf(wire, nested);
    const isOptional = wire.number(17) === 1;
    const oneof = isOptional ? undefined : oneofs[wire.number(9) ?? -1]?.name;
    const number = wire.number(3) ?? 0;
    if (number < 1 || number > maxFieldNumber) throw new RangeError(`field number ${number}`);
    const label = oneof === undefined ? this.#label(wire.number(4), isOptional) : undefined;
    const options = this.#options(wire, 8, "FieldOptions");
    const written = wire.text(7);
    if (written !== undefined && this.#syntax !== "proto3")
      options.push(plainOption("default", defaultOf(type, written)));
    const jsonName = wire.text(10);
    if (jsonName !== undefined) options.push(plainOption("json_name", { kind: "text", text: jsonName }));
    return { at, name: nameOf(wire), number, type, options, ...(label && { label }), ...(oneof && { oneof }) };
  }

  #label(number: number | undefined, isOptional: boolean): FieldLabel | undefined {
    if (isOptional) return "optional";
    const label = labelNumbers[number ?? 1];
    return this.#syntax === "proto2" || label === "repeated" ? label : undefined;
  }

  #enum(wire: Wire): ProtoEnum {
    return {
      kind: "enum",
      at,
      name: nameOf(wire),
      values: wire.messages(2).map((one) => ({
        at,
        name: nameOf(one),
        number: one.number(2) ?? 0,
        options: this.#options(one, 3, "EnumValueOptions"),
      })),
      reserved: [...rangesOf(wire.messages(4), 0), ...wire.texts(5).map(reservedName)],
      options: this.#options(wire, 3, "EnumOptions"),
    };
  }

  #extends(fields: readonly Wire[], nested: Map<string, ProtoMessage>): readonly ProtoExtend[] {
    const byExtendee = new Map<string, ProtoField[]>();
    for (const one of fields) {
      const extendee = checked(one.text(2), typeNames);
      const known = byExtendee.get(extendee) ?? [];
      byExtendee.set(extendee, known);
      known.push(this.#field(one, nested, []));
    }
    return [...byExtendee].map(([name, extended]) => ({ at, extendee: { kind: "named", at, name }, fields: extended }));
  }

  #service(wire: Wire): ProtoService {
    return {
      at,
      name: nameOf(wire),
      rpcs: wire.messages(2).map((one) => ({
        at,
        name: nameOf(one),
        input: { kind: "named", at, name: checked(one.text(2), typeNames) },
        output: { kind: "named", at, name: checked(one.text(3), typeNames) },
        isClientStreaming: one.number(5) === 1,
        isServerStreaming: one.number(6) === 1,
        options: this.#options(one, 4, "MethodOptions"),
      })),
      options: this.#options(wire, 3, "ServiceOptions"),
    };
  }

  #options(wire: Wire, number: number, name: OptionsName): ProtoOption[] {
    const into: ProtoOption[] = [];
    const parts = wire.bytes(number);
    if (parts.length > 0) this.pending.push({ into, bytes: Buffer.concat(parts), name });
    return into;
  }
}

function syntaxOf(declared: string | undefined, edition: number | undefined): ProtoSyntax {
  if (declared === undefined || declared === "" || declared === "proto2") return "proto2";
  if (declared === "proto3") return "proto3";
  if (declared === "editions" && edition === 1000) return "2023";
  throw new RangeError(`its syntax ${JSON.stringify(declared)}, edition ${edition ?? "unknown"}, is not known`);
}

function importsOf(wire: Wire): readonly ProtoImport[] {
  const isPublic = new Set(wire.numbers(10));
  const isWeak = new Set(wire.numbers(11));
  return wire.texts(3).map((path, index) => ({
    at,
    path,
    ...(isPublic.has(index) ? { modifier: "public" } : isWeak.has(index) ? { modifier: "weak" } : {}),
  }));
}

function typeOf(wire: Wire, nested: Map<string, ProtoMessage>): FieldType {
  const typeName = wire.text(6);
  const number = wire.number(5);
  if (typeName === undefined) {
    const name = scalarNames.get(number ?? 0);
    if (name === undefined) throw new RangeError(`field type ${number}`);
    return { kind: "scalar", name };
  }
  const name = checked(typeName, typeNames);
  const local = name.slice(name.lastIndexOf(".") + 1);
  const message = nested.get(local);
  if (number !== groupType || message === undefined) return { kind: "named", at, name };
  nested.delete(local);
  return { kind: "group", message };
}

/** @param end - What is to be added to the end of a range, so that it is the last number in it. */
function rangesOf(wires: readonly Wire[], end: -1 | 0): readonly ProtoRanges[] {
  return wires.map((wire) => {
    const from = wire.number(1) ?? 0;
    const to = (wire.number(2) ?? 0) + end;
    if (to < from || (end < 0 && (from < 1 || to > maxFieldNumber)) || to > maxEnumNumber) {
      throw new RangeError(`a range from ${from} to ${to}`);
    }
    const range: ProtoRange = { from, to, isSpan: to > from };
    return { at, ranges: [range], names: [], options: [] };
  });
}

const reservedName = (name: string): ProtoRanges => ({ at, ranges: [], names: [checked(name, names)], options: [] });

const nameOf = (wire: Wire): string => checked(wire.text(1), names);

function checked(name: string | undefined, pattern: RegExp): string {
  if (name !== undefined && pattern.test(name)) return name;
  throw new RangeError(`${JSON.stringify(name?.slice(0, 50))} is not a name`);
}

const plainOption = (name: string, value: OptionValue): ProtoOption => ({
  at,
  name: [{ name, isExtension: false }],
  value,
});

function defaultOf(type: FieldType, written: string): OptionValue {
  if (type.kind !== "scalar") return { kind: "identifier", text: checked(written, names) };
  if (type.name === "string") return { kind: "text", text: written };
  if (type.name === "bytes") return { kind: "text", text: unescaped(written) };
  if (/^(?:true|false|inf|nan)$/.test(written)) return { kind: "identifier", text: written };
  if (/^-?(?:inf|nan|[0-9.]+(?:[eE][+-]?[0-9]+)?)$/.test(written)) return { kind: "number", text: written };
  throw new RangeError(`the default ${JSON.stringify(written.slice(0, 50))}`);
}

/** Defaults of bytes come with C's escapes. */
function unescaped(written: string): string {
  const bytes = bytesOfText(written).toString("latin1");
  const plain = bytes.replace(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([\s\S]))/g, (_whole, octal, hex, simple) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return { n: "\n", r: "\r", t: "\t" }[simple as string] ?? simple;
  });
  return textOfBytes(Buffer.from(plain, "latin1"));
}
