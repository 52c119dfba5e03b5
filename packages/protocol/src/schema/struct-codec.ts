import { MalformedMessageError } from "../errors/malformed-message.js";
import { arrayCodec } from "./array-codec.js";
import type { Codec, Layout, Values } from "./codec.js";
import { defaultMaker, defaultOf, isDefault } from "./defaults.js";
import type { Field, Fields, FieldType } from "./field.js";
import { inField } from "./in-field.js";
import { isInVersion } from "./is-in-version.js";
import { primitiveCodec } from "./primitives.js";
import { encodeTagSection, readTagSection, type TaggedField } from "./tag-section.js";
import { includes, parseVersionRange } from "./version-range.js";

interface PresentField {
  readonly name: string;
  readonly field: Field;
  readonly codec: Codec;
}

/** The fields of a struct by what a version does with them. */
interface Division {
  readonly positional: readonly PresentField[];
  readonly tagged: readonly TaggedField[];
  readonly absent: readonly { readonly name: string; readonly field: Field }[];
}

function divide(fields: Fields, layout: Layout): Division {
  const positional: PresentField[] = [];
  const tagged: TaggedField[] = [];
  const absent: { readonly name: string; readonly field: Field }[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const { tag, tagged: taggedIn = "none" } = field.options;
    const isTagged = tag !== undefined && includes(parseVersionRange(taggedIn), layout.version);
    if (isTagged) tagged.push({ name, tag, field, codec: fieldCodec(field, layout) });
    else if (isInVersion(field, layout.version)) positional.push({ name, field, codec: fieldCodec(field, layout) });
    else absent.push({ name, field });
  }
  return { positional, tagged: tagged.sort((a, b) => a.tag - b.tag), absent };
}

/** The codec of a struct's fields in one version. */
export function structCodec(fields: Fields, layout: Layout): Codec<Values> {
  const { positional, tagged, absent } = divide(fields, layout);
  // Every decoded value is a copy of this one, so all have the same shape whatever the version, and fields that the version
  // does not carry hold their defaults already, except for those that need one of their own.
  const template: Values = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, defaultOf(field)]));
  const owned = [...absent, ...tagged]
    .filter(({ field }) => field.options.default === undefined && isMutable(field.type))
    .map(({ name, field }) => ({ name, make: defaultMaker(field) }));
  const { isFlexible, version } = layout;

  return {
    minLength: positional.reduce((sum, { codec }) => sum + codec.minLength, isFlexible ? 1 : 0),
    encode(writer, value) {
      for (let index = 0; index < positional.length; index += 1) {
        const { name, codec, field } = positional[index] as PresentField;
        const given = value[name];
        try {
          codec.encode(writer, given === undefined ? defaultOf(field) : given);
        } catch (error) {
          throw inField(error, name);
        }
      }
      for (const { name, field } of absent) {
        const given = value[name];
        if (given === undefined || field.options.ignorable || isDefault(field, given)) continue;
        throw new RangeError(`${name}: version ${version} does not have it`);
      }
      if (isFlexible) encodeTagSection(writer, tagged, value);
    },
    decode(reader) {
      const value = { ...template };
      for (let index = 0; index < positional.length; index += 1) {
        const { name, codec } = positional[index] as PresentField;
        try {
          value[name] = codec.decode(reader);
        } catch (error) {
          throw inField(error, name);
        }
      }
      for (let index = 0; index < owned.length; index += 1) {
        const { name, make } = owned[index] as (typeof owned)[number];
        value[name] = make();
      }
      if (isFlexible) readTagSection(reader, tagged, value);
      return value;
    },
  };
}

const isMutable = (type: FieldType): boolean => type.kind === "array" || type.kind === "struct";

function fieldCodec(field: Field, layout: Layout): Codec {
  const { nullable, flexible } = field.options;
  const isNullable = nullable !== undefined && includes(parseVersionRange(nullable), layout.version);
  return typeCodec(field.type, layout, isNullable, layout.isFlexible && flexible !== "none");
}

function typeCodec(type: FieldType, layout: Layout, isNullable: boolean, isCompact: boolean): Codec {
  if (type.kind === "array") {
    const element = typeCodec(type.of, layout, false, layout.isFlexible);
    return arrayCodec(element, isNullable, isCompact);
  }
  if (type.kind !== "struct") return primitiveCodec(type.kind, isNullable, isCompact);
  const inner = structCodec(type.fields, layout) as Codec;
  return isNullable ? nullableStructCodec(inner) : inner;
}

function nullableStructCodec(inner: Codec): Codec {
  return {
    minLength: 1,
    encode(writer, value) {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) inner.encode(writer, value);
    },
    decode(reader) {
      const marker = reader.int8();
      if (marker < 0) return null;
      if (marker !== 1) throw new MalformedMessageError(`struct marker is ${marker}, not -1 or 1`);
      return inner.decode(reader);
    },
  };
}
