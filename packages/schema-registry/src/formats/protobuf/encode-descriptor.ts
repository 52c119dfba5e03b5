import { type Definition, fullNameOf, type MessageDefinition } from "./definitions.js";
import { encodeOptions, integerOf, numberOf } from "./encode-options.js";
import type { OptionsName } from "./option-types.js";
import {
  type FieldType,
  type OptionValue,
  optionNamed,
  type ProtoEnum,
  type ProtoExtend,
  type ProtoField,
  type ProtoMessage,
  type ProtoOption,
  type ProtoRange,
  type ProtoRanges,
  type ProtoService,
  scalarTypes,
} from "./proto-file.js";
import type { ProtobufSchema } from "./protobuf-schema.js";
import { bytesOfText } from "./text-bytes.js";
import { bytesField, textField, varintField } from "./wire.js";

/** The file as a FileDescriptorProto, which Confluent's registry names `default`. */
export function encodeDescriptor(schema: ProtobufSchema): Buffer {
  return new DescriptorEncoder(schema).file();
}

const messageType = 11;
const enumType = 14;
const groupType = 10;
const edition2023 = 1000;
const labels = { optional: 1, required: 2, repeated: 3 } as const;

class DescriptorEncoder {
  readonly #schema: ProtobufSchema;

  constructor(schema: ProtobufSchema) {
    this.#schema = schema;
  }

  file(): Buffer {
    const { file } = this.#schema;
    const scope = this.#schema.packageOf(file);
    const numbered = (modifier: string) =>
      file.imports.flatMap((one, index) => (one.modifier === modifier ? [index] : []));
    const syntax = file.syntax === "2023" ? "editions" : file.syntax;
    return Buffer.concat([
      textField(1, file.path === "" ? "default" : file.path),
      ...(file.package === "" ? [] : [textField(2, file.package)]),
      ...file.imports.map(({ path }) => textField(3, path)),
      ...this.#messages(file, scope).map((message) => bytesField(4, message)),
      ...file.enums.map((one) => bytesField(5, this.#enum(one, scope))),
      ...file.services.map((one) => bytesField(6, this.#service(one, scope))),
      ...this.#extensions(file.extends, scope).map((field) => bytesField(7, field)),
      ...this.#options(8, file.options, "FileOptions", scope),
      ...numbered("public").map((index) => varintField(10, index)),
      ...numbered("weak").map((index) => varintField(11, index)),
      ...(syntax === "proto2" ? [] : [textField(12, syntax)]),
      ...(syntax === "editions" ? [varintField(14, edition2023)] : []),
    ]);
  }

  /** The messages of a scope, and those that its groups and maps stand for, in the order of the text. */
  #messages(
    body: { readonly messages: readonly ProtoMessage[]; readonly extends: readonly ProtoExtend[] },
    scope: Definition,
    own: readonly ProtoField[] = [],
  ): readonly Buffer[] {
    const fields = [...own, ...body.extends.flatMap((extend) => extend.fields)];
    const messages = [
      ...body.messages.map((message) => ({ at: message.at, message: () => this.#message(message, scope) })),
      ...fields.flatMap((field) => {
        const { at, type } = field;
        if (type.kind === "group") return [{ at, message: () => this.#message(type.message, scope) }];
        return type.kind === "map" ? [{ at, message: () => this.#mapEntry(field, type, scope) }] : [];
      }),
    ];
    return messages.sort((a, b) => a.at - b.at).map(({ message }) => message());
  }

  #message(message: ProtoMessage, parent: Definition): Buffer {
    const scope = parent.members.get(message.name) as MessageDefinition;
    const synthetic = this.#syntheticOneofs(message);
    const oneofs = [...message.oneofs.map(({ name }) => name), ...synthetic.values()];
    const indexes = new Map(oneofs.map((name, index) => [name, index]));
    const reserved = message.reserved.flatMap(({ ranges }) => ranges);
    return Buffer.concat([
      textField(1, message.name),
      ...message.fields.map((field) => {
        const oneof = indexes.get(synthetic.get(field) ?? field.oneof ?? "");
        return bytesField(2, this.#field(field, scope, { oneof, isOptional: synthetic.has(field) }));
      }),
      ...this.#messages(message, scope, message.fields).map((nested) => bytesField(3, nested)),
      ...message.enums.map((one) => bytesField(4, this.#enum(one, scope))),
      ...message.extensions.flatMap((one) => this.#extensionRanges(one, scope)),
      ...this.#extensions(message.extends, scope).map((field) => bytesField(6, field)),
      ...this.#options(7, message.options, "MessageOptions", scope),
      ...message.oneofs.map(({ name, options }) =>
        bytesField(8, Buffer.concat([textField(1, name), ...this.#options(2, options, "OneofOptions", scope)])),
      ),
      ...[...synthetic.values()].map((name) => bytesField(8, textField(1, name))),
      ...reserved.map((range) => bytesField(9, encodeRange(range, 1))),
      ...message.reserved.flatMap(({ names }) => names.map((name) => textField(10, name))),
    ]);
  }

  /** The oneof that each field which is `optional` in proto3 has for itself. */
  #syntheticOneofs({ fields, oneofs }: ProtoMessage): ReadonlyMap<ProtoField, string> {
    const names = new Map<ProtoField, string>();
    if (this.#schema.file.syntax !== "proto3") return names;
    const taken = new Set([...fields, ...oneofs].map(({ name }) => name));
    for (const field of fields) {
      if (field.label !== "optional") continue;
      let name = field.name.startsWith("_") ? field.name : `_${field.name}`;
      while (taken.has(name)) name = `X${name}`;
      taken.add(name);
      names.set(field, name);
    }
    return names;
  }

  #mapEntry(field: ProtoField, type: FieldType & { readonly kind: "map" }, scope: Definition): Buffer {
    const side = (name: string, number: number, of: FieldType): ProtoField => ({
      at: field.at,
      name,
      number,
      type: of,
      options: [],
    });
    return Buffer.concat([
      textField(1, entryName(field.name)),
      bytesField(2, this.#field(side("key", 1, type.key), scope)),
      bytesField(2, this.#field(side("value", 2, type.value), scope)),
      bytesField(7, varintField(7, 1)),
    ]);
  }

  #field(
    field: ProtoField,
    scope: Definition,
    more: { readonly oneof?: number | undefined; readonly isOptional?: boolean; readonly extendee?: string } = {},
  ): Buffer {
    const { type, options } = field;
    const { number, typeName } = this.#type(field, scope);
    const written = optionNamed(options, "default");
    const jsonName = optionNamed(options, "json_name");
    const rest = options.filter(({ name: [first] }) => first?.name !== "default" && first?.name !== "json_name");
    return Buffer.concat([
      textField(1, field.name),
      ...(more.extendee === undefined ? [] : [textField(2, more.extendee)]),
      varintField(3, field.number),
      varintField(4, type.kind === "map" ? labels.repeated : labels[field.label ?? "optional"]),
      varintField(5, number),
      ...(typeName === undefined ? [] : [textField(6, `.${typeName}`)]),
      ...(written === undefined ? [] : defaultField(type, written)),
      ...this.#options(8, rest, "FieldOptions", scope),
      ...(more.oneof === undefined ? [] : [varintField(9, more.oneof)]),
      ...(jsonName?.kind === "text" ? [textField(10, jsonName.text)] : []),
      ...(more.isOptional ? [varintField(17, 1)] : []),
    ]);
  }

  #type({ name, type }: ProtoField, scope: Definition): { readonly number: number; readonly typeName?: string } {
    const inScope = (local: string) => (scope.parent === undefined ? local : `${fullNameOf(scope)}.${local}`);
    switch (type.kind) {
      case "scalar":
        return { number: scalarTypes[type.name] };
      case "group":
        return { number: groupType, typeName: inScope(type.message.name) };
      case "map":
        return { number: messageType, typeName: inScope(entryName(name)) };
      case "named": {
        const definition = this.#schema.definitionOf(type);
        return { number: definition.kind === "enum" ? enumType : messageType, typeName: fullNameOf(definition) };
      }
    }
  }

  #extensions(extended: readonly ProtoExtend[], scope: Definition): readonly Buffer[] {
    return extended.flatMap(({ extendee, fields }) => {
      const name = `.${fullNameOf(this.#schema.definitionOf(extendee))}`;
      return fields.map((field) =>
        this.#field(field, scope, {
          extendee: name,
          isOptional: this.#schema.file.syntax === "proto3" && field.label === "optional",
        }),
      );
    });
  }

  #extensionRanges({ ranges, options }: ProtoRanges, scope: Definition): readonly Buffer[] {
    return ranges.map((range) =>
      bytesField(
        5,
        Buffer.concat([encodeRange(range, 1), ...this.#options(3, options, "ExtensionRangeOptions", scope)]),
      ),
    );
  }

  #enum({ name, values, options, reserved }: ProtoEnum, scope: Definition): Buffer {
    return Buffer.concat([
      textField(1, name),
      ...values.map((value) =>
        bytesField(
          2,
          Buffer.concat([
            textField(1, value.name),
            varintField(2, value.number),
            ...this.#options(3, value.options, "EnumValueOptions", scope),
          ]),
        ),
      ),
      ...this.#options(3, options, "EnumOptions", scope),
      ...reserved.flatMap(({ ranges }) => ranges).map((range) => bytesField(4, encodeRange(range, 0))),
      ...reserved.flatMap(({ names }) => names).map((reservedName) => textField(5, reservedName)),
    ]);
  }

  #service({ name, rpcs, options }: ProtoService, scope: Definition): Buffer {
    const typeName = (type: (typeof rpcs)[number]["input"]) => `.${fullNameOf(this.#schema.definitionOf(type))}`;
    return Buffer.concat([
      textField(1, name),
      ...rpcs.map((rpc) =>
        bytesField(
          2,
          Buffer.concat([
            textField(1, rpc.name),
            textField(2, typeName(rpc.input)),
            textField(3, typeName(rpc.output)),
            ...this.#options(4, rpc.options, "MethodOptions", scope),
            ...(rpc.isClientStreaming ? [varintField(5, 1)] : []),
            ...(rpc.isServerStreaming ? [varintField(6, 1)] : []),
          ]),
        ),
      ),
      ...this.#options(3, options, "ServiceOptions", scope),
    ]);
  }

  #options(number: number, options: readonly ProtoOption[], name: OptionsName, scope: Definition): readonly Buffer[] {
    if (options.length === 0) return [];
    const content = encodeOptions(options, name, this.#schema, this.#schema.file, scope);
    return content.length === 0 ? [] : [bytesField(number, content)];
  }
}

/** @param end - What is added to the last number: messages' ranges end behind it. */
const encodeRange = ({ from, to }: ProtoRange, end: 0 | 1): Buffer =>
  Buffer.concat([varintField(1, from), varintField(2, to + end)]);

/** The message that stands for a map's entries: `unit_prices` has UnitPricesEntry. */
const entryName = (field: string): string =>
  `${field.replace(/(?:^_*|_+)([^_]?)/g, (_whole, letter: string) => letter.toUpperCase())}Entry`;

function defaultField(type: FieldType, value: OptionValue): readonly Buffer[] {
  if (value.kind === "list" || value.kind === "message") return [];
  if (type.kind !== "scalar") return value.kind === "identifier" ? [textField(7, value.text)] : [];
  switch (type.name) {
    case "string":
      return value.kind === "text" ? [bytesField(7, bytesOfText(value.text))] : [];
    case "bytes":
      return value.kind === "text" ? [textField(7, escaped(bytesOfText(value.text)))] : [];
    case "bool":
      return [textField(7, value.text)];
    case "float":
    case "double": {
      const number = numberOf(value.text);
      const isNumber = Number.isFinite(number);
      return [textField(7, isNumber ? String(number) : Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf")];
    }
    default: {
      const integer = integerOf(value.text);
      return integer === undefined ? [] : [textField(7, String(integer))];
    }
  }
}

/** With C's escapes. */
const escaped = (bytes: Buffer): string =>
  bytes
    .toString("latin1")
    .replace(
      /[\\"'\n\r\t]|[^ -~]/g,
      (byte) => cEscapes[byte] ?? `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`,
    );

const cEscapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "'": "\\'",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};
