import type { Decoded, Encodable, Field, FieldOptions, Fields, FieldType, PrimitiveType } from "./field.js";

type Nullable<T, O> = O extends { readonly nullable: string } ? T | null : T;
type Optional<O> = O extends
  | { readonly versions: string }
  | { readonly default: unknown }
  | { readonly ignorable: true }
  | { readonly tagged: string }
  ? true
  : false;
type FieldOf<In, Out, O> = Field<Nullable<In, O>, Nullable<Out, O>, Optional<O>>;

/**
 * Bytes, under a name that declarations repeat: `Uint8Array` itself they would write out as `Uint8Array<ArrayBufferLike>`,
 * which TypeScript before 5.7 refuses.
 */
export interface Bytes extends Uint8Array {}

const noOptions: FieldOptions = Object.freeze({});

// With no options given, O is inferred as its default: the empty object.
// biome-ignore lint/complexity/noBannedTypes: {} is the type of "no options"
type None = {};

const primitive =
  <T>(kind: PrimitiveType) =>
  <const O extends FieldOptions = None>(options?: O): FieldOf<T, T, O> => ({
    type: { kind },
    options: options ?? noOptions,
  });

export const int8 = primitive<number>("int8");
export const int16 = primitive<number>("int16");
export const uint16 = primitive<number>("uint16");
export const int32 = primitive<number>("int32");
export const uint32 = primitive<number>("uint32");
/** A safe integer: values beyond 2^53 are refused either way. */
export const int64 = primitive<number>("int64");
export const float64 = primitive<number>("float64");
export const bool = primitive<boolean>("bool");
export const string = primitive<string>("string");
/** Kafka's text form: 22 characters of unpadded URL-safe base64. */
export const uuid = primitive<string>("uuid");
/** A slice of the frame when read. */
export const bytes = primitive<Bytes>("bytes");
/** Record batches, opaque: a slice of the frame when read. */
export const records = primitive<Bytes>("records");

export const struct = <F extends Fields, const O extends FieldOptions = None>(
  fields: F,
  options?: O,
): FieldOf<Encodable<F>, Decoded<F>, O> => ({ type: { kind: "struct", fields }, options: options ?? noOptions });

/** An array of structs, given by their fields, or of a primitive, given by its field. */
export function array<F extends Fields, const O extends FieldOptions = None>(
  of: F,
  options?: O,
): FieldOf<readonly Encodable<F>[], Decoded<F>[], O>;
export function array<T, const O extends FieldOptions = None>(
  of: Field<T, T, false>,
  options?: O,
): FieldOf<readonly T[], T[], O>;
export function array(of: Fields | Field, options: FieldOptions = noOptions): Field {
  return { type: { kind: "array", of: elementType(of) }, options };
}

const isField = (of: Fields | Field): of is Field => "type" in of && "options" in of && "kind" in (of.type as object);

const elementType = (of: Fields | Field): FieldType => (isField(of) ? of.type : { kind: "struct", fields: of });
