import type { VersionRangeText } from "./version-range.js";

/** The name of a wire type without parameters. */
export type PrimitiveType =
  | "int8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "float64"
  | "bool"
  | "string"
  | "uuid"
  | "bytes"
  | "records";

/** What a field is made of: a primitive, a struct, or an array of either. */
export type FieldType =
  | { readonly kind: PrimitiveType }
  | { readonly kind: "struct"; readonly fields: Fields }
  | { readonly kind: "array"; readonly of: FieldType };

/** In which versions a field is there, and how. Version ranges are those of Kafka's own message descriptions. */
export interface FieldOptions {
  /** Versions that carry the field; all, when not given. */
  readonly versions?: VersionRangeText;
  /** Versions in which it may be null. */
  readonly nullable?: VersionRangeText;
  /** The value when absent; else 0, false, "", no elements, the zero uuid. */
  readonly default?: number | boolean | string | null;
  /** Its number in the tag section, for `tagged` versions. */
  readonly tag?: number;
  readonly tagged?: VersionRangeText;
  /** May be dropped silently when a version does not carry it; otherwise only its default may. */
  readonly ignorable?: true;
  /** Never written compactly (the request header's client id). */
  readonly flexible?: "none";
}

/** A field of a message: what is written (`In`), what is read (`Out`), and whether a writer may leave it away. */
export interface Field<In = unknown, Out = unknown, Optional extends boolean = boolean> {
  readonly type: FieldType;
  readonly options: FieldOptions;
  /** Types only; never there at run time. */
  readonly "~types"?: { readonly in: In; readonly out: Out; readonly optional: Optional };
}

export type Fields = { readonly [name: string]: Field };

type InOf<F> = F extends { readonly "~types"?: { readonly in: infer In } } ? In : never;
type OutOf<F> = F extends { readonly "~types"?: { readonly out: infer Out } } ? Out : never;
type IsOptional<F> = F extends { readonly "~types"?: { readonly optional: infer Optional } } ? Optional : false;
type OptionalNames<F extends Fields> = { [N in keyof F]: true extends IsOptional<F[N]> ? N : never }[keyof F];

/** What an encoder takes: fields that have a default, or are not in every version, may be left away. */
export type Encodable<F extends Fields> = { readonly [N in Exclude<keyof F, OptionalNames<F>>]: InOf<F[N]> } & {
  readonly [N in OptionalNames<F>]?: InOf<F[N]> | undefined;
};

/** What a decoder answers: every field, defaults filled in. */
export type Decoded<F extends Fields> = { -readonly [N in keyof F]: OutOf<F[N]> };
