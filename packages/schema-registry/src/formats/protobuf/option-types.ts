import type { ExtensionDefinition, MessageDefinition } from "./definitions.js";
import { fullNameOf } from "./definitions.js";
import type { ProtoField, ProtoFile, ProtoMessage } from "./proto-file.js";
import { ProtobufSchema } from "./protobuf-schema.js";
import { wellKnownFile } from "./well-known/index.js";

/** What an option may be set on, as `google/protobuf/descriptor.proto` names it. */
export type OptionsName =
  | "FileOptions"
  | "MessageOptions"
  | "FieldOptions"
  | "OneofOptions"
  | "ExtensionRangeOptions"
  | "EnumOptions"
  | "EnumValueOptions"
  | "ServiceOptions"
  | "MethodOptions";

/** A field with the schema that knows what its type stands for. */
export interface KnownField {
  readonly field: ProtoField;
  readonly schema: ProtobufSchema;
  /** The full name, of an extension only. */
  readonly extension?: string;
}

let descriptors: ProtobufSchema | undefined;

/** The fields that options of a kind have in every file. */
export function optionsMessage(name: OptionsName): { readonly message: ProtoMessage; readonly schema: ProtobufSchema } {
  descriptors ??= new ProtobufSchema(wellKnownFile("google/protobuf/descriptor.proto") as ProtoFile, []);
  const definition = descriptors.typeNamed(`google.protobuf.${name}`) as MessageDefinition;
  return { message: definition.message, schema: descriptors };
}

/** The extensions that a schema and its imports define, by what they extend and their number. */
export class Extensions {
  readonly #fields = new Map<string, KnownField>();

  constructor(schema: ProtobufSchema) {
    for (const extension of schema.extensions()) {
      const { field, extendee } = extension;
      const extended = fullNameOf(schema.definitionOf(extendee));
      this.#fields.set(`${extended} ${field.number}`, { field, schema, extension: fullNameOf(extension) });
    }
  }

  numbered(extended: string, number: number): KnownField | undefined {
    return this.#fields.get(`${extended} ${number}`);
  }
}

export const knownExtension = (extension: ExtensionDefinition, schema: ProtobufSchema): KnownField => ({
  field: extension.field,
  schema,
  extension: fullNameOf(extension),
});
