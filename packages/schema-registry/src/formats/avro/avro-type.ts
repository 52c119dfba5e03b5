/** Avro's types without parameters. */
export type AvroPrimitive = "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string";

/** A named type's names: `name` is the full one, with its namespace. */
interface Named {
  readonly name: string;
  readonly aliases: readonly string[];
}

export interface AvroField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: AvroType;
  readonly hasDefault: boolean;
}

export interface AvroRecord extends Named {
  readonly kind: "record";
  /** Filled once the record's own name is known, so that a field may refer to the record it is in. */
  readonly fields: readonly AvroField[];
}

export interface AvroEnum extends Named {
  readonly kind: "enum";
  readonly symbols: readonly string[];
  readonly hasDefault: boolean;
}

export interface AvroFixed extends Named {
  readonly kind: "fixed";
  readonly size: number;
}

/** A schema as a graph: a reference to a named type is that type, so recursion is a cycle. */
export type AvroType =
  | { readonly kind: AvroPrimitive }
  | { readonly kind: "array"; readonly items: AvroType }
  | { readonly kind: "map"; readonly values: AvroType }
  | { readonly kind: "union"; readonly branches: readonly AvroType[] }
  | AvroRecord
  | AvroEnum
  | AvroFixed;

export const primitives: ReadonlySet<string> = new Set<AvroPrimitive>([
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "string",
]);
