import { fullNameOf } from "./definitions.js";
import { deepestNesting } from "./option-parser.js";
import { Extensions, type KnownField, type OptionsName, optionsMessage } from "./option-types.js";
import type { FieldType, OptionField, OptionValue, ProtoMessage, ProtoOption, ScalarName } from "./proto-file.js";
import type { ProtobufSchema } from "./protobuf-schema.js";
import { textOfBytes } from "./text-bytes.js";
import { fieldsOf, packedVarints, type WireField } from "./wire.js";

/** Reads the options of descriptors. What neither Protobuf nor an import defines is left out: only its number is known. */
export class OptionDecoder {
  readonly #extensions: Extensions;

  constructor(schema: ProtobufSchema) {
    this.#extensions = new Extensions(schema);
  }

  /** @throws RangeError where the bytes are no message. */
  options(bytes: Buffer, name: OptionsName): readonly ProtoOption[] {
    const { message, schema } = optionsMessage(name);
    const options: ProtoOption[] = [];
    for (const [known, values] of this.#values(bytes, message, `google.protobuf.${name}`, schema, 0)) {
      const { extension, field } = known;
      if (field.name === "uninterpreted_option") continue;
      const part = { name: extension ?? field.name, isExtension: extension !== undefined };
      for (const value of values) options.push({ at: 0, name: [part], value });
    }
    return options;
  }

  /** The values of a message's fields, by their number. */
  #values(
    bytes: Buffer,
    message: ProtoMessage,
    fullName: string,
    schema: ProtobufSchema,
    depth: number,
  ): ReadonlyMap<KnownField, readonly OptionValue[]> {
    if (depth > deepestNesting) throw new RangeError(`options nested deeper than ${deepestNesting}`);
    const own = new Map<number, KnownField>(message.fields.map((field) => [field.number, { field, schema }]));
    const found = new Map<KnownField, OptionValue[]>();
    const fields = [...fieldsOf(bytes)].sort((a, b) => a.number - b.number);
    for (const wire of fields) {
      const known = own.get(wire.number) ?? this.#extensions.numbered(fullName, wire.number);
      if (known === undefined) continue;
      const values = found.get(known) ?? [];
      found.set(known, values);
      for (const value of this.#value(wire.value, known.field.type, known.schema, depth)) values.push(value);
    }
    return found;
  }

  #value(wire: WireField["value"], type: FieldType, schema: ProtobufSchema, depth: number): readonly OptionValue[] {
    switch (type.kind) {
      case "scalar":
        return scalarValues(wire, type.name);
      case "group":
        return typeof wire === "bigint" ? [] : [this.#message(wire, type.message, "", schema, depth)];
      case "map": {
        if (typeof wire === "bigint") return [];
        const fields = fieldsOf(wire).flatMap(({ number, value }): OptionField[] => {
          const side = number === 1 ? type.key : number === 2 ? type.value : undefined;
          const [read] = side === undefined ? [] : this.#value(value, side, schema, depth + 1);
          return read === undefined ? [] : [{ name: number === 1 ? "key" : "value", value: read }];
        });
        return [{ kind: "message", fields }];
      }
      case "named": {
        const definition = schema.definitionOf(type);
        if (definition.kind === "message") {
          if (typeof wire === "bigint") return [];
          return [this.#message(wire, definition.message, fullNameOf(definition), schema, depth)];
        }
        return numbersIn(wire).map((number) => {
          const known = definition.enum.values.find((value) => value.number === Number(BigInt.asIntN(32, number)));
          return known ? { kind: "identifier", text: known.name } : { kind: "number", text: String(number) };
        });
      }
    }
  }

  #message(bytes: Buffer, message: ProtoMessage, fullName: string, schema: ProtobufSchema, depth: number): OptionValue {
    const fields: OptionField[] = [];
    for (const [{ extension, field }, values] of this.#values(bytes, message, fullName, schema, depth + 1)) {
      const name = extension === undefined ? nameIn(field) : `[${extension}]`;
      const isRepeated = field.label === "repeated" || field.type.kind === "map";
      const last = values.at(-1);
      if (isRepeated) fields.push({ name, value: { kind: "list", values } });
      else if (last !== undefined) fields.push({ name, value: last });
    }
    return { kind: "message", fields };
  }
}

const nameIn = ({ name, type }: KnownField["field"]): string => (type.kind === "group" ? type.message.name : name);

const numbersIn = (wire: WireField["value"]): readonly bigint[] =>
  typeof wire === "bigint" ? [wire] : packedVarints(wire);

function scalarValues(wire: WireField["value"], type: ScalarName): readonly OptionValue[] {
  if (type === "string" || type === "bytes") {
    return typeof wire === "bigint" ? [] : [{ kind: "text", text: textOfBytes(wire) }];
  }
  if (type === "float" || type === "double" || type.includes("fixed")) {
    if (typeof wire === "bigint") return [];
    const size = type === "double" || type.endsWith("64") ? 8 : 4;
    const values: OptionValue[] = [];
    for (let at = 0; at + size <= wire.length; at += size) values.push(fixedValue(wire.subarray(at), type));
    return values;
  }
  return numbersIn(wire).map((number) => {
    if (type === "bool") return { kind: "identifier", text: String(number !== 0n) };
    return { kind: "number", text: String(integerIn(number, type)) };
  });
}

function integerIn(number: bigint, type: ScalarName): bigint {
  const bits = type.endsWith("64") ? 64 : 32;
  if (type.startsWith("uint")) return BigInt.asUintN(bits, number);
  return BigInt.asIntN(bits, type.startsWith("sint") ? (number >> 1n) ^ -(number & 1n) : number);
}

function fixedValue(bytes: Buffer, type: ScalarName): OptionValue {
  switch (type) {
    case "fixed32":
      return { kind: "number", text: String(bytes.readUInt32LE()) };
    case "sfixed32":
      return { kind: "number", text: String(bytes.readInt32LE()) };
    case "fixed64":
      return { kind: "number", text: String(bytes.readBigUInt64LE()) };
    case "sfixed64":
      return { kind: "number", text: String(bytes.readBigInt64LE()) };
    case "float":
      return doubleValue(Number(bytes.readFloatLE().toPrecision(9)));
    default:
      return doubleValue(bytes.readDoubleLE());
  }
}

function doubleValue(value: number): OptionValue {
  if (Number.isNaN(value)) return { kind: "identifier", text: "nan" };
  if (value === Number.POSITIVE_INFINITY) return { kind: "identifier", text: "inf" };
  return { kind: "number", text: value === Number.NEGATIVE_INFINITY ? "-inf" : String(value) };
}
