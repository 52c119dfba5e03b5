import { fullNameOf, type MessageDefinition, type TypeDefinition } from "../formats/protobuf/definitions.js";
import {
  type FieldType,
  isMapEntry,
  type NamedType,
  type ProtoField,
  type ScalarName,
  type ScalarType,
} from "../formats/protobuf/proto-file.js";
import type { ProtobufSchema } from "../formats/protobuf/protobuf-schema.js";
import { wellKnownFile } from "../formats/protobuf/well-known/index.js";
import { isDelimited, isPacked, presenceOf } from "./features.js";
import { type KeyForm, MapField, RepeatedField, SingleField } from "./field-codec.js";
import { MessageCodec } from "./message-codec.js";
import { EnumCodec, type LongForm, scalarCodec } from "./scalar-codecs.js";
import type { FieldCodec, ValueCodec } from "./value-codec.js";
import { wellKnownCodec } from "./well-known-codecs.js";

/** The codec of a message of a schema, and of all messages that it holds. */
export function compileMessage(schema: ProtobufSchema, message: MessageDefinition, long: LongForm): MessageCodec {
  return new Compiler(schema, long).message(message, 2);
}

type MapType = FieldType & { readonly kind: "map" };

class Compiler {
  readonly #schema: ProtobufSchema;
  readonly #long: LongForm;
  readonly #messages = new Map<string, MessageCodec>();

  constructor(schema: ProtobufSchema, long: LongForm) {
    this.#schema = schema;
    this.#long = long;
  }

  message(definition: MessageDefinition, wireType: 2 | 3): MessageCodec {
    const name = fullNameOf(definition);
    const place = `${wireType} ${name}`;
    const known = this.#messages.get(place);
    if (known !== undefined) return known;
    const codec = new MessageCodec(name, wireType);
    // Known before its fields are: one of them may be of this message.
    this.#messages.set(place, codec);
    codec.setFields(definition.message.fields.map((field) => this.#field(field, definition)));
    return codec;
  }

  #field(field: ProtoField, message: MessageDefinition): FieldCodec {
    const map = this.#mapOf(field);
    if (map !== undefined) return new MapField(field, this.#key(map.key), this.#value(map.value));
    const codec = this.#codecOf(field, message);
    if (field.label === "repeated") {
      return new RepeatedField(field, codec, isPacked(field, message), codec.wireType !== 2 && codec.wireType !== 3);
    }
    const rivals = message.message.fields.filter(
      (other) => other !== field && field.oneof !== undefined && other.oneof === field.oneof,
    );
    const said = presenceOf(field, message);
    const presence = said === "implicit" && this.#isMessage(field.type) ? "explicit" : said;
    return new SingleField(
      field,
      codec,
      presence,
      rivals.map(({ name }) => name),
    );
  }

  /** Descriptors have maps as lists of messages for their entries. */
  #mapOf({ type, label }: ProtoField): MapType | undefined {
    if (type.kind === "map") return type;
    if (type.kind !== "named" || label !== "repeated") return undefined;
    const definition = this.#schema.definitionOf(type);
    if (definition.kind !== "message" || !isMapEntry(definition.message)) return undefined;
    const key = definition.message.fields.find(({ number }) => number === 1)?.type;
    const value = definition.message.fields.find(({ number }) => number === 2)?.type;
    const isMap = key?.kind === "scalar" && (value?.kind === "scalar" || value?.kind === "named");
    return isMap ? { kind: "map", key, value } : undefined;
  }

  #codecOf(field: ProtoField, message: MessageDefinition): ValueCodec {
    const { type } = field;
    switch (type.kind) {
      case "group":
        return this.message(message.members.get(type.message.name) as MessageDefinition, 3);
      case "map":
        throw new TypeError(`${field.name} is a map`);
      case "scalar":
        return this.#value(type);
      case "named":
        return this.#value(type, isDelimited(field, message) ? 3 : 2);
    }
  }

  #value(type: ScalarType | NamedType, wireType: 2 | 3 = 2): ValueCodec {
    if (type.kind === "scalar") return scalarCodec(type.name, this.#long);
    const definition = this.#schema.definitionOf(type);
    if (definition.kind === "enum") return new EnumCodec(definition);
    const codec = this.message(definition, wireType);
    return isWellKnown(definition) ? wellKnownCodec(definition.name, codec) : codec;
  }

  #isMessage(type: FieldType): boolean {
    return type.kind === "group" || (type.kind === "named" && this.#schema.definitionOf(type).kind === "message");
  }

  #key({ name }: ScalarType): KeyForm {
    // Their text is the property's name, so that nothing is lost as a bigint.
    return { codec: scalarCodec(name, "bigint"), keyOf: keyReader(name) };
  }
}

function keyReader(name: ScalarName): (text: string) => unknown {
  if (name === "string") return (text) => text;
  if (name === "bool") return (text) => (text === "true" ? true : text === "false" ? false : undefined);
  const isLong = name.endsWith("64");
  return (text) => (/^-?\d{1,20}$/.test(text) ? (isLong ? BigInt(text) : Number(text)) : undefined);
}

const isWellKnown = ({ file }: TypeDefinition): boolean =>
  file.path.startsWith("google/protobuf/") && wellKnownFile(file.path) === file;
