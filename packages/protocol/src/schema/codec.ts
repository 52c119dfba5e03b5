import type { ByteReader } from "../bytes/reader.js";
import type { ByteWriter } from "../bytes/writer.js";
import { MalformedMessageError } from "../errors/malformed-message.js";
import type { Field, Fields, FieldType } from "./field.js";
import { primitiveCodec } from "./primitives.js";
import { encodeTagSection, readTagSection, type TaggedField } from "./tag-section.js";
import { includes, parseVersionRange } from "./version-range.js";

/** One type in one version: how its values are written and read. */
export interface Codec<T = unknown> {
  encode(writer: ByteWriter, value: T): void;
  decode(reader: ByteReader): T;
  /** Fewest bytes a value takes: an array's count is checked against it before a single element is read. */
  readonly minLength: number;
}

/** What a version says about how everything in a message is laid out. */
export interface Layout {
  readonly version: number;
  readonly isFlexible: boolean;
}

type Values = Record<string, unknown>;

/** The value of a field that a version does not carry, or that a writer left away. */
export function defaultOf(field: Field): unknown {
  if (field.options.default !== undefined) return field.options.default;
  switch (field.type.kind) {
    case "array":
      return [];
    case "struct":
      return defaultsOf(field.type.fields);
    case "string":
      return "";
    case "uuid":
      return zeroUuid;
    case "bool":
      return false;
    case "bytes":
    case "records":
      return emptyBytes;
    default:
      return 0;
  }
}

export const zeroUuid = "AAAAAAAAAAAAAAAAAAAAAA";
const emptyBytes = Buffer.alloc(0);

const defaultsOf = (fields: Fields): Values =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, defaultOf(field)]));

/** Whether a value is the one that absence stands for, so that leaving the field away loses nothing. */
export function isDefault(field: Field, value: unknown): boolean {
  const absent = defaultOf(field);
  if (Object.is(value, absent)) return true;
  if (Array.isArray(value)) return value.length === 0 && Array.isArray(absent);
  if (value instanceof Uint8Array) return value.byteLength === 0 && absent === emptyBytes;
  if (field.type.kind !== "struct" || value === null || absent === null) return false;
  return Object.entries(field.type.fields).every(([name, inner]) => {
    const innerValue = (value as Values)[name];
    return innerValue === undefined || isDefault(inner, innerValue);
  });
}

const wrap = (error: unknown, name: string): never => {
  if (error instanceof MalformedMessageError)
    throw new MalformedMessageError(`${name}: ${error.message}`, { cause: error });
  throw error;
};

/** Builds the codec of a struct's fields in one version. `name` stands in error texts. */
export function structCodec(name: string, fields: Fields, layout: Layout): Codec<Values> {
  const positional: { readonly name: string; readonly codec: Codec; readonly field: Field }[] = [];
  const absent: { readonly name: string; readonly field: Field }[] = [];
  const tagged: TaggedField[] = [];
  for (const [fieldName, field] of Object.entries(fields)) {
    const taggedIn = field.options.tagged;
    const isTagged = taggedIn !== undefined && includes(parseVersionRange(taggedIn), layout.version);
    const versions = field.options.versions ?? field.options.tagged ?? "0+";
    if (isTagged && field.options.tag !== undefined) {
      tagged.push({ name: fieldName, tag: field.options.tag, field, codec: fieldCodec(fieldName, field, layout) });
    } else if (includes(parseVersionRange(versions), layout.version)) {
      positional.push({ name: fieldName, codec: fieldCodec(fieldName, field, layout), field });
    } else {
      absent.push({ name: fieldName, field });
    }
  }
  tagged.sort((a, b) => a.tag - b.tag);
  // Every decoded value has the same shape whatever the version: absent fields hold their defaults. Values that cannot
  // change are computed once.
  const order = Object.keys(fields);
  const fillers = absent.concat(tagged).map(({ name: fieldName, field }) => {
    const isFixed = field.type.kind !== "array" && field.type.kind !== "struct";
    const fixed = isFixed ? defaultOf(field) : undefined;
    return {
      name: fieldName,
      make: isFixed || field.options.default === null ? () => fixed ?? null : () => defaultOf(field),
    };
  });
  const isInOrder = fillers.length === 0;

  return {
    minLength: positional.reduce((sum, { codec }) => sum + codec.minLength, layout.isFlexible ? 1 : 0),
    encode(writer, value) {
      for (const { name: fieldName, codec, field } of positional) {
        const given = value[fieldName];
        codec.encode(writer, given === undefined ? defaultOf(field) : given);
      }
      for (const { name: fieldName, field } of absent) {
        const given = value[fieldName];
        if (given === undefined || field.options.ignorable || isDefault(field, given)) continue;
        throw new RangeError(`${name}.${fieldName} cannot be sent in version ${layout.version}`);
      }
      if (layout.isFlexible) encodeTagSection(writer, tagged, value);
    },
    decode(reader) {
      const value: Values = {};
      if (!isInOrder) for (const fieldName of order) value[fieldName] = undefined;
      for (const { name: fieldName, codec } of positional) {
        try {
          value[fieldName] = codec.decode(reader);
        } catch (error) {
          wrap(error, fieldName);
        }
      }
      for (const filler of fillers) value[filler.name] = filler.make();
      if (layout.isFlexible) readTagSection(reader, tagged, value);
      return value;
    },
  };
}

function fieldCodec(name: string, field: Field, layout: Layout): Codec {
  const isNullable =
    field.options.nullable !== undefined && includes(parseVersionRange(field.options.nullable), layout.version);
  const isCompact = layout.isFlexible && field.options.flexible !== "none";
  return typeCodec(name, field.type, { layout, isNullable, isCompact });
}

function typeCodec(
  name: string,
  type: FieldType,
  { layout, isNullable, isCompact }: { layout: Layout; isNullable: boolean; isCompact: boolean },
): Codec {
  if (type.kind === "array") {
    const element = typeCodec(name, type.of, { layout, isNullable: false, isCompact: layout.isFlexible });
    return arrayCodec(name, element, isNullable, isCompact);
  }
  if (type.kind !== "struct") return primitiveCodec(name, type.kind, isNullable, isCompact);
  const inner = structCodec(name, type.fields, layout) as Codec;
  return isNullable ? nullableStructCodec(name, inner) : inner;
}

function nullableStructCodec(name: string, inner: Codec): Codec {
  return {
    minLength: 1,
    encode(writer, value) {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) inner.encode(writer, value);
    },
    decode(reader) {
      const marker = reader.int8();
      if (marker === -1) return null;
      if (marker !== 1) throw new MalformedMessageError(`${name}: struct marker is ${marker}, not -1 or 1`);
      return inner.decode(reader);
    },
  };
}

function arrayCodec(name: string, element: Codec, isNullable: boolean, isCompact: boolean): Codec {
  const smallest = Math.max(element.minLength, 1);
  return {
    minLength: isCompact ? 1 : 4,
    encode(writer, value) {
      if (value === null) {
        if (!isNullable) throw new TypeError(`${name} cannot be null`);
        return isCompact ? writer.uvarint(0) : writer.int32(-1);
      }
      const elements = value as readonly unknown[];
      if (isCompact) writer.uvarint(elements.length + 1);
      else writer.int32(elements.length);
      for (const one of elements) element.encode(writer, one);
    },
    decode(reader) {
      const count = isCompact ? reader.uvarint() - 1 : reader.int32();
      if (count === -1 && isNullable) return null;
      if (count < 0) throw new MalformedMessageError(`${name}: array of ${count} elements`);
      if (count * smallest > reader.remaining) {
        throw new MalformedMessageError(`${name}: array of ${count} elements in ${reader.remaining} bytes`);
      }
      const elements: unknown[] = [];
      for (let index = 0; index < count; index += 1) elements.push(element.decode(reader));
      return elements;
    },
  };
}
