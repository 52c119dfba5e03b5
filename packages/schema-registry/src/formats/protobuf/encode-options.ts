import { type Definition, fullNameOf, type MessageDefinition } from "./definitions.js";
import { type KnownField, knownExtension, type OptionsName, optionsMessage } from "./option-types.js";
import type { OptionField, OptionValue, ProtoFile, ProtoMessage, ProtoOption, ScalarName } from "./proto-file.js";
import type { ProtobufSchema } from "./protobuf-schema.js";
import { bytesOfText } from "./text-bytes.js";
import { bytesField, fieldsOf, fixedField, groupField, varintField } from "./wire.js";

/** What is set more than once in one message is merged: content by field, whole fields where there is no merging. */
interface Entry {
  readonly known: KnownField;
  readonly content: Buffer;
}

/**
 * The message that options are in a descriptor. An option that nothing defines, or whose value does not fit it, is left out, as
 * Confluent's registry leaves it out: it is of no use to a program either.
 */
export function encodeOptions(
  options: readonly ProtoOption[],
  name: OptionsName,
  schema: ProtobufSchema,
  file: ProtoFile,
  scope: Definition,
): Buffer {
  const { message, schema: owner } = optionsMessage(name);
  const encoder = new OptionEncoder(schema, file, scope);
  const entries = options.flatMap(
    (option) => encoder.option(option, 0, message, `google.protobuf.${name}`, owner) ?? [],
  );
  const own = entries.filter(({ known }) => known.extension === undefined);
  const custom = entries.filter(({ known }) => known.extension !== undefined);
  own.sort((a, b) => a.known.field.number - b.known.field.number);
  return encodeEntries([...own, ...custom]);
}

function encodeEntries(entries: readonly Entry[]): Buffer {
  const merged = new Map<KnownField["field"], Buffer[]>();
  const inOrder: (() => Buffer)[] = [];
  for (const { known, content } of entries) {
    const { field } = known;
    if (!isSingularMessage(known)) {
      inOrder.push(() => content);
      continue;
    }
    const parts = merged.get(field);
    if (parts !== undefined) parts.push(content);
    else {
      const first = [content];
      merged.set(field, first);
      const wrap = field.type.kind === "group" ? groupField : bytesField;
      inOrder.push(() => wrap(field.number, Buffer.concat(first.sort((a, b) => leadingNumber(a) - leadingNumber(b)))));
    }
  }
  return Buffer.concat(inOrder.map((bytes) => bytes()));
}

/** The number of the first field in a message. */
const leadingNumber = (content: Buffer): number => fieldsOf(content)[0]?.number ?? 0;

const isSingularMessage = ({ field, schema }: KnownField): boolean =>
  field.label !== "repeated" &&
  (field.type.kind === "group" || (field.type.kind === "named" && schema.definitionOf(field.type).kind === "message"));

class OptionEncoder {
  readonly #schema: ProtobufSchema;
  readonly #file: ProtoFile;
  readonly #scope: Definition;

  constructor(schema: ProtobufSchema, file: ProtoFile, scope: Definition) {
    this.#schema = schema;
    this.#file = file;
    this.#scope = scope;
  }

  /** What the parts of an option's name from `index` on set in a message; undefined where they do not fit. */
  option(
    option: ProtoOption,
    index: number,
    message: ProtoMessage,
    fullName: string,
    owner: ProtobufSchema,
  ): readonly Entry[] | undefined {
    const part = option.name[index];
    if (part === undefined) return undefined;
    const known = part.isExtension ? this.#extension(part.name, fullName) : fieldNamed(message, part.name, owner);
    if (known === undefined) return undefined;
    if (index === option.name.length - 1) return this.#entries(known, option.value);
    const inner = messageOf(known);
    const below = inner && this.option(option, index + 1, inner.message, inner.fullName, known.schema);
    return below && this.#wrapped(known, encodeEntries(below));
  }

  #wrapped(known: KnownField, content: Buffer): readonly Entry[] {
    if (isSingularMessage(known)) return [{ known, content }];
    const wrap = known.field.type.kind === "group" ? groupField : bytesField;
    return [{ known, content: wrap(known.field.number, content) }];
  }

  #extension(name: string, extended: string): KnownField | undefined {
    const found = this.#schema.extensionNamed(name, this.#file, this.#scope);
    if (found === undefined || fullNameOf(this.#schema.definitionOf(found.extendee)) !== extended) return undefined;
    return knownExtension(found, this.#schema);
  }

  #entries(known: KnownField, value: OptionValue): readonly Entry[] | undefined {
    if (value.kind === "list") return allOf(value.values, (one) => this.#entries(known, one));
    const { field, schema } = known;
    const { type } = field;
    if (type.kind === "map") {
      const content = value.kind === "message" ? this.#mapEntry(known, value.fields) : undefined;
      return content && [{ known, content: bytesField(field.number, content) }];
    }
    const inner = messageOf(known);
    if (inner !== undefined) {
      const content = value.kind === "message" ? this.#message(inner, value.fields, schema) : undefined;
      return content && this.#wrapped(known, content);
    }
    const content = this.#single(field.number, type, value, schema);
    return content && [{ known, content }];
  }

  #single(
    number: number,
    type: KnownField["field"]["type"],
    value: OptionValue,
    schema: ProtobufSchema,
  ): Buffer | undefined {
    if (type.kind === "scalar") return encodeScalar(number, type.name, value);
    if (type.kind !== "named" || (value.kind !== "identifier" && value.kind !== "number")) return undefined;
    const definition = schema.definitionOf(type);
    if (definition.kind !== "enum") return undefined;
    const found = definition.enum.values.find(
      (one) => one.name === value.text || (value.kind === "number" && one.number === Number(value.text)),
    );
    return found && varintField(number, found.number);
  }

  #message(
    { message, fullName }: InnerMessage,
    fields: readonly OptionField[],
    schema: ProtobufSchema,
  ): Buffer | undefined {
    const entries = allOf(fields, ({ name, value }) => {
      const known = name.startsWith("[")
        ? this.#extension(name.slice(1, -1), fullName)
        : fieldNamed(message, name, schema);
      return known && this.#entries(known, value);
    });
    return entries && encodeEntries([...entries].sort((a, b) => a.known.field.number - b.known.field.number));
  }

  #mapEntry({ field: { at, type }, schema }: KnownField, fields: readonly OptionField[]): Buffer | undefined {
    if (type.kind !== "map") return undefined;
    const entry: ProtoMessage = {
      kind: "message",
      at,
      name: "",
      fields: [
        { at, name: "key", number: 1, type: type.key, options: [] },
        { at, name: "value", number: 2, type: type.value, options: [] },
      ],
      oneofs: [],
      reserved: [],
      extensions: [],
      options: [],
      extends: [],
      messages: [],
      enums: [],
    };
    return this.#message({ message: entry, fullName: "" }, fields, schema);
  }
}

interface InnerMessage {
  readonly message: ProtoMessage;
  readonly fullName: string;
}

function messageOf({ field: { type }, schema }: KnownField): InnerMessage | undefined {
  if (type.kind === "group") return { message: type.message, fullName: "" };
  if (type.kind !== "named") return undefined;
  const definition = schema.definitionOf(type);
  if (definition.kind !== "message") return undefined;
  return { message: (definition as MessageDefinition).message, fullName: fullNameOf(definition) };
}

function fieldNamed(message: ProtoMessage, name: string, schema: ProtobufSchema): KnownField | undefined {
  const field = message.fields.find((one) => (one.type.kind === "group" ? one.type.message.name : one.name) === name);
  return field && { field, schema };
}

/** What each gives, together; undefined where one gives nothing. */
function allOf<T>(
  values: readonly T[],
  entriesOf: (value: T) => readonly Entry[] | undefined,
): readonly Entry[] | undefined {
  const entries: Entry[] = [];
  for (const value of values) {
    const found = entriesOf(value);
    if (found === undefined) return undefined;
    for (const entry of found) entries.push(entry);
  }
  return entries;
}

function encodeScalar(number: number, type: ScalarName, value: OptionValue): Buffer | undefined {
  if (value.kind === "list" || value.kind === "message") return undefined;
  if (type === "string" || type === "bytes") {
    return value.kind === "text" ? bytesField(number, bytesOfText(value.text)) : undefined;
  }
  if (value.kind === "text") return undefined;
  if (type === "bool")
    return /^(?:true|false)$/.test(value.text) ? varintField(number, Number(value.text === "true")) : undefined;
  if (type === "float" || type === "double") {
    const content = Buffer.alloc(type === "float" ? 4 : 8);
    const double = numberOf(value.text);
    if (type === "float") content.writeFloatLE(double);
    else content.writeDoubleLE(double);
    return fixedField(number, content);
  }
  const integer = integerOf(value.text);
  if (integer === undefined) return undefined;
  const bits = type.endsWith("64") ? 64 : 32;
  const isUnsigned = type.startsWith("uint") || type.startsWith("fixed");
  if ((isUnsigned ? BigInt.asUintN(bits, integer) : BigInt.asIntN(bits, integer)) !== integer) return undefined;
  if (type.startsWith("sint")) return varintField(number, BigInt.asUintN(64, (integer << 1n) ^ (integer >> 63n)));
  if (!type.includes("fixed")) return varintField(number, integer);
  const content = Buffer.alloc(8);
  content.writeBigUInt64LE(BigInt.asUintN(64, integer));
  return fixedField(number, content.subarray(0, bits / 8));
}

/** The number that a text of a `.proto` file stands for, also `inf` and `nan`. */
export function numberOf(text: string): number {
  const isNegative = text.startsWith("-");
  const size = isNegative ? text.slice(1) : text;
  const value = size === "inf" ? Number.POSITIVE_INFINITY : Number(/^0[0-7]+$/.test(size) ? `0o${size}` : size);
  return isNegative ? -value : value;
}

/** The whole number that a text of a `.proto` file stands for; undefined where it is none. */
export function integerOf(text: string): bigint | undefined {
  const isNegative = text.startsWith("-");
  const size = isNegative ? text.slice(1) : text;
  if (!/^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/.test(size)) return undefined;
  const value = BigInt(/^0[0-7]+$/.test(size) ? `0o${size}` : size);
  return isNegative ? -value : value;
}
