import { type Definition, fullNameOf } from "./definitions.js";
import { normalOptions } from "./normal-options.js";
import { indented, type OptionStyle, printOptionList, printOptionStatement, quoted } from "./print-options.js";
import {
  type FieldType,
  isMapEntry,
  maxEnumNumber,
  maxFieldNumber,
  type NamedType,
  optionNamed,
  type ProtoEnum,
  type ProtoExtend,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoOption,
  type ProtoRange,
  type ProtoRanges,
  type ProtoRpc,
  type ProtoService,
} from "./proto-file.js";
import type { ProtobufSchema } from "./protobuf-schema.js";

export interface PrintOptions {
  /** Elements in an order of their own and names in full, so that schemas which say the same are the same text. Default false. */
  readonly normalized?: boolean;
  /** Leaves out extensions, and custom options but Confluent's own (`format=ignore_extensions`). Default false. */
  readonly ignoreExtensions?: boolean;
}

/** A schema's text without comments, laid out as Confluent's registry does: what is stored, and what gives a schema its id. */
export function printProtobuf(schema: ProtobufSchema, options: PrintOptions = {}): string {
  return new Printer(schema, options).file();
}

const byNumber = (a: { readonly number: number }, b: { readonly number: number }): number => a.number - b.number;

/** An open enum begins with its 0, before what is negative. */
const isZero = ({ number }: { readonly number: number }): number => Number(number === 0);

class Printer {
  readonly #schema: ProtobufSchema;
  readonly #file: ProtoFile;
  readonly #isNormalized: boolean;
  readonly #ignoresExtensions: boolean;
  readonly #out: string[] = [];
  #indent = "";

  constructor(schema: ProtobufSchema, { normalized = false, ignoreExtensions = false }: PrintOptions) {
    this.#schema = schema;
    this.#file = schema.file;
    this.#isNormalized = normalized;
    this.#ignoresExtensions = ignoreExtensions;
  }

  file(): string {
    const file = this.#file;
    const scope = this.#schema.packageOf(file);
    const style = this.#style(scope);
    if (file.syntax === "2023") this.#line(`edition = "2023";`);
    else if (file.isSyntaxDeclared && (!this.#isNormalized || file.syntax === "proto3")) {
      this.#line(`syntax = "${file.syntax}";`);
    }
    if (file.package !== "") this.#line(`package ${file.package};`);
    this.#imports();
    this.#section(style.arranged(file.options), (option) => this.#line(printOptionStatement(option, style)));
    const messages = this.#shown(file.messages);
    if (messages.length + file.enums.length > 0) this.#line("");
    for (const message of messages) this.#message(message, scope);
    for (const one of file.enums) this.#enum(one, scope);
    this.#section(this.#extends(file.extends), (extend) => this.#extend(extend, scope));
    this.#section(file.services, (service) => this.#service(service, scope));
    return this.#out.join("");
  }

  #line(text: string): void {
    // A blank line is indented as the block it is in: Confluent's texts, and so their ids, have it.
    this.#out.push(text === "" ? this.#indent.slice(2) : indented(text, this.#indent), "\n");
  }

  /** What stands together, a blank line before it. */
  #section<T>(all: readonly T[], print: (one: T) => void): void {
    if (all.length === 0) return;
    this.#line("");
    for (const one of all) print(one);
  }

  /** `head {`, what is in it, and `}`; the first section has no blank line before it. */
  #block(head: string, body: () => void): void {
    this.#line(`${head} {`);
    const start = this.#out.length;
    this.#indent += "  ";
    body();
    this.#indent = this.#indent.slice(2);
    if (this.#out.length === start) this.#out.splice(start - 1, 1);
    else {
      if (this.#out[start]?.trim() === "") this.#out.splice(start, 2);
      this.#out.push(this.#indent);
    }
    this.#out.push("}\n");
  }

  #style(scope: Definition): OptionStyle {
    const isNormalized = this.#isNormalized;
    return {
      isNormalized,
      arranged: (options) => {
        const kept = this.#ignoresExtensions ? options.filter(isOwn) : options;
        return isNormalized ? normalOptions(kept, this.#schema, this.#file, scope) : kept;
      },
    };
  }

  #imports(): void {
    const { imports } = this.#file;
    if (imports.length === 0) return;
    this.#line("");
    for (const modifier of [undefined, "public", "weak"] as const) {
      const paths = imports.filter((one) => one.modifier === modifier).map(({ path }) => path);
      const printed = this.#isNormalized ? [...new Set(paths)].sort() : paths;
      for (const path of printed) this.#line(`import ${modifier === undefined ? "" : `${modifier} `}${quoted(path)};`);
    }
  }

  /** Messages that stand for a map's entries are not shown where the map itself is. */
  #shown(messages: readonly ProtoMessage[]): readonly ProtoMessage[] {
    return this.#isNormalized ? messages.filter((message) => !isMapEntry(message)) : messages;
  }

  #message(message: ProtoMessage, parent: Definition): void {
    this.#block(`message ${message.name}`, () => this.#body(message, parent));
  }

  #body(message: ProtoMessage, parent: Definition): void {
    const scope = parent.members.get(message.name) as Definition;
    const style = this.#style(scope);
    const { fields, oneofs } = message;
    this.#section(this.#ranges(message.reserved), (one) => this.#line(this.#reserved(one, maxFieldNumber)));
    this.#section(style.arranged(message.options), (option) => this.#line(printOptionStatement(option, style)));
    const plain = fields.filter(({ oneof, type }) => oneof === undefined && type.kind !== "group");
    this.#section(this.#sorted(plain), (field) => this.#field(field, style));
    const members = new Map(oneofs.map(({ name }) => [name, [] as ProtoField[]]));
    for (const field of fields) members.get(field.oneof ?? "")?.push(field);
    this.#section(this.#oneofs(oneofs, members), (oneof) => {
      this.#block(`oneof ${oneof.name}`, () => {
        const own = this.#sorted(members.get(oneof.name) ?? []);
        this.#section(style.arranged(oneof.options), (option) => this.#line(printOptionStatement(option, style)));
        this.#section(own.filter(isNoGroup), (field) => this.#field(field, style));
        this.#section(own.filter(isGroup), (field) => this.#group(field, scope, style));
      });
    });
    const groups = fields.filter((field) => field.oneof === undefined && isGroup(field));
    this.#section(this.#sorted(groups), (field) => this.#group(field, scope, style));
    if (!this.#ignoresExtensions) {
      this.#section(this.#ranges(message.extensions), (one) => {
        const ranges = one.ranges.map((range) => this.#range(range, maxFieldNumber)).join(", ");
        this.#line(`extensions ${ranges}${printOptionList(one.options, style)};`);
      });
    }
    this.#section(this.#extends(message.extends), (extend) => this.#extend(extend, scope));
    const nested = this.#shown(message.messages);
    if (nested.length + message.enums.length > 0) this.#line("");
    for (const one of nested) this.#message(one, scope);
    for (const one of message.enums) this.#enum(one, scope);
  }

  #sorted(fields: readonly ProtoField[]): readonly ProtoField[] {
    return this.#isNormalized ? [...fields].sort(byNumber) : fields;
  }

  #oneofs(oneofs: ProtoMessage["oneofs"], members: ReadonlyMap<string, readonly ProtoField[]>): ProtoMessage["oneofs"] {
    if (!this.#isNormalized) return oneofs;
    const first = new Map(
      oneofs.map(({ name }) => [name, this.#sorted(members.get(name) ?? [])[0]?.number ?? 0] as const),
    );
    return [...oneofs].sort((a, b) => (first.get(a.name) ?? 0) - (first.get(b.name) ?? 0));
  }

  #field(field: ProtoField, style: OptionStyle): void {
    const type = this.#type(field.type);
    const label = field.label === undefined || (this.#isNormalized && type.startsWith("map<")) ? "" : `${field.label} `;
    this.#line(`${label}${type} ${field.name} = ${field.number}${this.#fieldOptions(field, style)};`);
  }

  #fieldOptions({ options }: ProtoField, style: OptionStyle): string {
    const special = (["default", "json_name"] as const).flatMap((name) =>
      optionNamed(options, name) === undefined ? [] : options.filter((option) => isNamed(option, name)).slice(0, 1),
    );
    const rest = special.length === 0 ? options : options.filter((option) => !isSpecial(option));
    return printOptionList([...rest, ...special], style);
  }

  #group(field: ProtoField, scope: Definition, style: OptionStyle): void {
    if (field.type.kind !== "group") return;
    const { message } = field.type;
    const label = field.label === undefined ? "" : `${field.label} `;
    const head = `${label}group ${message.name} = ${field.number}${this.#fieldOptions(field, style)}`;
    this.#block(head, () => this.#body(message, scope));
  }

  #type(type: FieldType): string {
    switch (type.kind) {
      case "scalar":
        return type.name;
      case "map":
        return `map<${type.key.name}, ${this.#type(type.value)}>`;
      case "named":
        return this.#isNormalized ? this.#normalName(type) : type.name;
      case "group":
        return type.message.name;
    }
  }

  #normalName(type: NamedType): string {
    const definition = this.#schema.definitionOf(type);
    const [key, value] =
      definition.kind === "message" && isMapEntry(definition.message) ? definition.message.fields : [];
    if (key === undefined || value === undefined) return `.${fullNameOf(definition)}`;
    return `map<${this.#type(key.type)}, ${this.#type(value.type)}>`;
  }

  #typeName(type: NamedType): string {
    return this.#isNormalized ? `.${fullNameOf(this.#schema.definitionOf(type))}` : type.name;
  }

  #enum({ name, values, reserved, options }: ProtoEnum, scope: Definition): void {
    const style = this.#style(scope);
    this.#block(`enum ${name}`, () => {
      for (const one of this.#ranges(reserved)) this.#line(this.#reserved(one, maxEnumNumber));
      for (const option of style.arranged(options)) this.#line(printOptionStatement(option, style));
      const sorted = this.#isNormalized
        ? [...values].sort((a, b) => isZero(b) - isZero(a) || byNumber(a, b) || (a.name < b.name ? -1 : 1))
        : values;
      for (const value of sorted) {
        this.#line(`${value.name} = ${value.number}${printOptionList(value.options, style)};`);
      }
    });
  }

  /** The statements; normalized, each number, range or name in one of its own, in their order. */
  #ranges(statements: readonly ProtoRanges[]): readonly ProtoRanges[] {
    if (!this.#isNormalized) return statements;
    const numbers = statements.flatMap((one) => one.ranges.map((range) => ({ ...one, ranges: [range], names: [] })));
    numbers.sort((a, b) => (a.ranges[0]?.from ?? 0) - (b.ranges[0]?.from ?? 0));
    const names = statements.flatMap((one) => one.names.map((name) => ({ ...one, ranges: [], names: [name] })));
    names.sort((a, b) => ((a.names[0] ?? "") < (b.names[0] ?? "") ? -1 : 1));
    return [...numbers, ...names];
  }

  #reserved({ ranges, names }: ProtoRanges, most: number): string {
    // Editions reserve identifiers, the syntaxes before them texts.
    const isBare = this.#file.syntax === "2023";
    const parts = [
      ...ranges.map((range) => this.#range(range, most)),
      ...names.map((name) => (isBare ? name : quoted(name))),
    ];
    return `reserved ${parts.join(", ")};`;
  }

  #range({ from, to, isSpan }: ProtoRange, most: number): string {
    if (this.#isNormalized ? from === to : !isSpan) return String(from);
    return `${from} to ${to === most ? "max" : to}`;
  }

  /** Normalized, those that extend one message are one. */
  #extends(all: readonly ProtoExtend[]): readonly ProtoExtend[] {
    if (this.#ignoresExtensions) return [];
    if (!this.#isNormalized) return all;
    const byExtendee = new Map<Definition, ProtoExtend>();
    for (const extend of all) {
      const extendee = this.#schema.definitionOf(extend.extendee);
      const before = byExtendee.get(extendee)?.fields ?? [];
      byExtendee.set(extendee, { ...extend, fields: [...before, ...extend.fields] });
    }
    return [...byExtendee.values()];
  }

  #extend({ extendee, fields }: ProtoExtend, scope: Definition): void {
    const style = this.#style(scope);
    this.#block(`extend ${this.#typeName(extendee)}`, () => {
      for (const field of this.#sorted(fields)) {
        if (isGroup(field)) this.#group(field, scope, style);
        else this.#field(field, style);
      }
    });
  }

  #service({ name, rpcs, options }: ProtoService, scope: Definition): void {
    const style = this.#style(scope);
    this.#block(`service ${name}`, () => {
      this.#section(style.arranged(options), (option) => this.#line(printOptionStatement(option, style)));
      this.#section(rpcs, (rpc) => this.#rpc(rpc, style));
    });
  }

  #rpc(rpc: ProtoRpc, style: OptionStyle): void {
    const input = `${rpc.isClientStreaming ? "stream " : ""}${this.#typeName(rpc.input)}`;
    const output = `${rpc.isServerStreaming ? "stream " : ""}${this.#typeName(rpc.output)}`;
    const options = style
      .arranged(rpc.options)
      .map((option) => `\n${indented(printOptionStatement(option, style), "  ")}`);
    const body = options.length === 0 ? "" : ` {${options.join("")}\n}`;
    this.#line(`rpc ${rpc.name} (${input}) returns (${output})${body};`);
  }
}

const isGroup = ({ type }: ProtoField): boolean => type.kind === "group";
const isNoGroup = (field: ProtoField): boolean => !isGroup(field);

const isNamed = ({ name: [first, ...rest] }: ProtoOption, name: string): boolean =>
  first?.name === name && !first.isExtension && rest.length === 0;

const isSpecial = (option: ProtoOption): boolean => isNamed(option, "default") || isNamed(option, "json_name");

/** Protobuf's own options, and Confluent's. */
const isOwn = ({ name: [first] }: ProtoOption): boolean =>
  first !== undefined && (!first.isExtension || /^\.?confluent\./.test(first.name));
