/** A `.proto` file as it is written: every declaration and option in its order; comments and layout are gone. */
export interface ProtoFile {
  /** The path it is imported by; empty for the schema itself, which no one imports. */
  readonly path: string;
  /** The text it was read from, for the places of what is found wrong later; empty when it came as a descriptor. */
  readonly source: string;
  readonly syntax: ProtoSyntax;
  /** Whether the file says its syntax. Without, it is proto2. */
  readonly isSyntaxDeclared: boolean;
  /** Empty when it has none. */
  readonly package: string;
  readonly imports: readonly ProtoImport[];
  readonly options: readonly ProtoOption[];
  readonly messages: readonly ProtoMessage[];
  readonly enums: readonly ProtoEnum[];
  readonly extends: readonly ProtoExtend[];
  readonly services: readonly ProtoService[];
}

export type ProtoSyntax = "proto2" | "proto3" | "2023";

/** Where a declaration begins: an offset into {@link ProtoFile.source}. */
interface Placed {
  readonly at: number;
}

export interface ProtoImport extends Placed {
  readonly path: string;
  readonly modifier?: "public" | "weak";
}

export interface ProtoMessage extends Placed {
  readonly kind: "message";
  readonly name: string;
  /** Those of oneofs and groups among them, as they come. */
  readonly fields: readonly ProtoField[];
  readonly oneofs: readonly ProtoOneof[];
  readonly reserved: readonly ProtoRanges[];
  readonly extensions: readonly ProtoRanges[];
  readonly options: readonly ProtoOption[];
  readonly extends: readonly ProtoExtend[];
  readonly messages: readonly ProtoMessage[];
  readonly enums: readonly ProtoEnum[];
}

export type FieldLabel = "optional" | "required" | "repeated";

export interface ProtoField extends Placed {
  readonly name: string;
  readonly number: number;
  readonly label?: FieldLabel;
  readonly type: FieldType;
  /** The oneof it stands in. */
  readonly oneof?: string;
  /** `default` and `json_name` among them. */
  readonly options: readonly ProtoOption[];
}

export interface ProtoOneof extends Placed {
  readonly name: string;
  readonly options: readonly ProtoOption[];
}

export type FieldType =
  | ScalarType
  | NamedType
  | { readonly kind: "map"; readonly key: ScalarType; readonly value: ScalarType | NamedType }
  /** A message that is written between two tags, and declared where it is used. */
  | { readonly kind: "group"; readonly message: ProtoMessage };

export interface ScalarType {
  readonly kind: "scalar";
  readonly name: ScalarName;
}

/** A message or an enum by the name that is written; what it stands for depends on the scope. */
export interface NamedType extends Placed {
  readonly kind: "named";
  readonly name: string;
}

export interface ProtoEnum extends Placed {
  readonly kind: "enum";
  readonly name: string;
  readonly values: readonly ProtoEnumValue[];
  readonly reserved: readonly ProtoRanges[];
  readonly options: readonly ProtoOption[];
}

export interface ProtoEnumValue extends Placed {
  readonly name: string;
  readonly number: number;
  readonly options: readonly ProtoOption[];
}

export interface ProtoExtend extends Placed {
  readonly extendee: NamedType;
  readonly fields: readonly ProtoField[];
}

/** One statement `reserved …` or `extensions …`. */
export interface ProtoRanges extends Placed {
  readonly ranges: readonly ProtoRange[];
  readonly names: readonly string[];
  /** Of `extensions` only. */
  readonly options: readonly ProtoOption[];
}

/** Both ends belong to it. */
export interface ProtoRange {
  readonly from: number;
  readonly to: number;
  /** Whether it was written with `to`. */
  readonly isSpan: boolean;
}

export interface ProtoService extends Placed {
  readonly name: string;
  readonly rpcs: readonly ProtoRpc[];
  readonly options: readonly ProtoOption[];
}

export interface ProtoRpc extends Placed {
  readonly name: string;
  readonly input: NamedType;
  readonly output: NamedType;
  readonly isClientStreaming: boolean;
  readonly isServerStreaming: boolean;
  readonly options: readonly ProtoOption[];
}

/** `(shop.owner).team = "x"`: the name has two parts, the first of them an extension. */
export interface ProtoOption extends Placed {
  readonly name: readonly OptionNamePart[];
  readonly value: OptionValue;
}

export interface OptionNamePart {
  readonly name: string;
  readonly isExtension: boolean;
}

/** Numbers are kept as written, their sign in front; texts hold bytes that are not UTF-8 as U+DC80 to U+DCFF. */
export type OptionValue =
  | { readonly kind: "identifier" | "number" | "text"; readonly text: string }
  | { readonly kind: "list"; readonly values: readonly OptionValue[] }
  | { readonly kind: "message"; readonly fields: readonly OptionField[] };

export interface OptionField {
  /** A field's name, or in brackets an extension's or the URL of an `Any`. */
  readonly name: string;
  readonly value: OptionValue;
}

/** Protobuf's scalar types with the numbers that descriptors have for them. */
export const scalarTypes = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
} as const;

export type ScalarName = keyof typeof scalarTypes;

export const isScalarName = (name: string): name is ScalarName => Object.hasOwn(scalarTypes, name);

/** The largest number a field can have. */
export const maxFieldNumber = 536_870_911;
export const maxEnumNumber = 2_147_483_647;

/** The option of this plain name, if it is set. */
export const optionNamed = (options: readonly ProtoOption[], name: string): OptionValue | undefined =>
  options.find(({ name: [first, ...rest] }) => first?.name === name && !first.isExtension && rest.length === 0)?.value;

export const isTrue = (value: OptionValue | undefined): boolean =>
  value?.kind === "identifier" && value.text === "true";

/** Messages that stand for the entries of a map, as descriptors have them. */
export const isMapEntry = ({ options }: ProtoMessage): boolean => isTrue(optionNamed(options, "map_entry"));
