/** An Avro schema written in TypeScript, so that its types can be read off it. */
export type AvroLiteral = string | readonly AvroLiteral[] | AvroLiteralObject;

export interface AvroLiteralObject {
  readonly type: AvroLiteral;
  readonly [attribute: string]: unknown;
}

/** How Avro's `long` stands in TypeScript. */
export type LongForm = "bigint" | "number";

/** Shown instead of a type where none can be read off the schema. */
export interface CannotInfer<Reason extends string> {
  readonly "~cannotInfer": Reason;
}

type NotALiteral =
  CannotInfer<"this schema is not a literal: name its type, avro<Order>(schema), or generate it with `ottla schema types`">;
type NotDefined<N extends string> =
  CannotInfer<`"${N}" is not defined in this literal: name the type, avro<Order>(schema), or generate it with \`ottla schema types\``>;

// --- names -----------------------------------------------------------------------------------------------------------

type NamespaceOf<N extends string> = N extends `${infer Head}.${infer Rest}`
  ? Rest extends `${string}.${string}`
    ? `${Head}.${NamespaceOf<Rest>}`
    : Head
  : "";

type FullName<N extends string, Space extends string> = N extends `${string}.${string}`
  ? N
  : Space extends ""
    ? N
    : `${Space}.${N}`;

/** The namespace inside a named type: of its dotted name, else its attribute, else the one around it. */
type SpaceOf<S, N extends string, Space extends string> = N extends `${string}.${string}`
  ? NamespaceOf<N>
  : S extends { readonly namespace: infer Own extends string }
    ? Own
    : Space;

interface Definition<Name extends string, S, Space extends string> {
  readonly name: Name;
  readonly schema: S;
  readonly space: Space;
}

type NamedKind = "record" | "error" | "enum" | "fixed";

/** Every named type in a schema, as a union of definitions. */
type Definitions<S, Space extends string> = S extends string
  ? never
  : S extends readonly (infer Branch)[]
    ? Definitions<Branch, Space>
    : S extends { readonly type: NamedKind; readonly name: infer N extends string }
      ?
          | Definition<FullName<N, SpaceOf<S, N, Space>>, S, SpaceOf<S, N, Space>>
          | (S extends { readonly fields: readonly (infer F)[] } ? Inside<F, SpaceOf<S, N, Space>> : never)
      : S extends { readonly type: "array"; readonly items: infer Items }
        ? Definitions<Items, Space>
        : S extends { readonly type: "map"; readonly values: infer Values }
          ? Definitions<Values, Space>
          : Inside<S, Space>;

type Inside<S, Space extends string> = S extends { readonly type: infer T } ? Definitions<T, Space> : never;

// --- values ----------------------------------------------------------------------------------------------------------

/** What a value is read off with: the schema's named types, how longs stand, and the direction. */
interface Setting {
  readonly definitions: Definition<string, unknown, string>;
  readonly long: LongForm;
  readonly direction: "in" | "out";
}

type Long<C extends Setting> = C["long"] extends "number" ? number : bigint;

interface Primitives<C extends Setting> {
  readonly null: null;
  readonly boolean: boolean;
  readonly int: number;
  readonly long: Long<C>;
  readonly float: number;
  readonly double: number;
  readonly bytes: Buffer;
  readonly string: string;
}

/** Logical types that do not stand as the type they annotate. */
interface Logical {
  readonly date: Date;
  readonly "timestamp-millis": Date;
  readonly decimal: string;
}

type ValueOf<S, C extends Setting, Space extends string> = S extends string
  ? string extends S
    ? NotALiteral
    : S extends keyof Primitives<C>
      ? Primitives<C>[S]
      : Referred<S, C, Space>
  : S extends readonly unknown[]
    ? UnionOf<S, C, Space>
    : S extends { readonly logicalType: infer L extends keyof Logical }
      ? Logical[L]
      : S extends { readonly type: "record" | "error"; readonly name: infer N extends string; readonly fields: infer F }
        ? RecordOf<F, C, SpaceOf<S, N, Space>>
        : S extends { readonly type: "enum"; readonly symbols: readonly (infer Symbol)[] }
          ? Symbol
          : S extends { readonly type: "fixed" }
            ? Buffer
            : S extends { readonly type: "array"; readonly items: infer Items }
              ? ArrayOf<ValueOf<Items, C, Space>, C>
              : S extends { readonly type: "map"; readonly values: infer Values }
                ? { readonly [key: string]: ValueOf<Values, C, Space> }
                : S extends { readonly type: infer T }
                  ? ValueOf<T, C, Space>
                  : NotALiteral;

type ArrayOf<T, C extends Setting> = C["direction"] extends "in" ? readonly T[] : T[];

/** The definition a name refers to: in the namespace around it, else as it stands. */
type Referred<N extends string, C extends Setting, Space extends string> = [
  Extract<C["definitions"], { readonly name: FullName<N, Space> }>,
] extends [never]
  ? [Extract<C["definitions"], { readonly name: N }>] extends [never]
    ? NotDefined<N>
    : Defined<Extract<C["definitions"], { readonly name: N }>, C>
  : Defined<Extract<C["definitions"], { readonly name: FullName<N, Space> }>, C>;

type Defined<D, C extends Setting> = D extends Definition<string, infer S, infer Space> ? ValueOf<S, C, Space> : never;

interface FieldLiteral {
  readonly name: string;
  readonly type: unknown;
}

type RecordOf<F, C extends Setting, Space extends string> = F extends readonly FieldLiteral[]
  ? C["direction"] extends "in"
    ? Flat<
        {
          readonly [One in F[number] as One extends { readonly default: unknown } ? never : One["name"]]: ValueOf<
            One["type"],
            C,
            Space
          >;
        } & {
          readonly [One in F[number] as One extends { readonly default: unknown } ? One["name"] : never]?:
            | ValueOf<One["type"], C, Space>
            | undefined;
        }
      >
    : { [One in F[number] as One["name"]]: ValueOf<One["type"], C, Space> }
  : NotALiteral;

// Through `infer`, so that the compiler's messages show the fields and not the formula.
type Flat<T> = T extends infer U ? { [N in keyof U]: U[N] } : never;

// --- unions ----------------------------------------------------------------------------------------------------------

type Bucket<S, C extends Setting, Space extends string> = S extends string
  ? S extends "int" | "long" | "float" | "double"
    ? "number"
    : S extends "string"
      ? "string"
      : S extends "bytes"
        ? "buffer"
        : S extends "null" | "boolean"
          ? S
          : Bucket<SchemaOf<S, C, Space>, C, Space>
  : S extends { readonly logicalType: string }
    ? never
    : S extends { readonly type: "record" | "error" | "map" }
      ? "object"
      : S extends { readonly type: "enum" }
        ? "string"
        : S extends { readonly type: "fixed" }
          ? "buffer"
          : S extends { readonly type: "array" }
            ? "array"
            : S extends { readonly type: infer T }
              ? Bucket<T, C, Space>
              : never;

type SchemaOf<N extends string, C extends Setting, Space extends string> = Extract<
  C["definitions"],
  { readonly name: FullName<N, Space> | N }
>["schema"];

/** Whether two branches look alike in JavaScript, so that a value alone does not say which of them it is. */
type IsAmbiguous<
  S extends readonly unknown[],
  C extends Setting,
  Space extends string,
  Seen = never,
> = S extends readonly [infer First, ...infer Rest]
  ? [Bucket<First, C, Space>] extends [never]
    ? IsAmbiguous<Rest, C, Space, Seen>
    : Bucket<First, C, Space> extends Seen
      ? true
      : IsAmbiguous<Rest, C, Space, Seen | Bucket<First, C, Space>>
  : false;

type BranchName<S, Space extends string> = S extends string
  ? S extends keyof Primitives<Setting>
    ? S
    : FullName<S, Space>
  : S extends { readonly type: NamedKind; readonly name: infer N extends string }
    ? FullName<N, SpaceOf<S, N, Space>>
    : S extends { readonly type: infer T extends string }
      ? T
      : never;

type Wrapped<S, C extends Setting, Space extends string> = S extends "null"
  ? null
  : { readonly [N in BranchName<S, Space>]: ValueOf<S, C, Space> };

type UnionOf<S extends readonly unknown[], C extends Setting, Space extends string> =
  IsAmbiguous<S, C, Space> extends true ? EachWrapped<S[number], C, Space> : Each<S[number], C, Space>;

type Each<S, C extends Setting, Space extends string> = S extends unknown ? ValueOf<S, C, Space> : never;
type EachWrapped<S, C extends Setting, Space extends string> = S extends unknown ? Wrapped<S, C, Space> : never;

// --- the two directions ----------------------------------------------------------------------------------------------

/** What a writer gives for the schema `S`: fields with a default may be left away. */
export type AvroIn<S, L extends LongForm = "bigint"> = ValueOf<
  S,
  { readonly definitions: Definitions<S, "">; readonly long: L; readonly direction: "in" },
  ""
>;

/** What a reader gets for the schema `S`: every field is there. */
export type AvroOut<S, L extends LongForm = "bigint"> = ValueOf<
  S,
  { readonly definitions: Definitions<S, "">; readonly long: L; readonly direction: "out" },
  ""
>;
