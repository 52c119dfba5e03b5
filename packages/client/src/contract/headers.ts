import type { AnySerde, InputOf, OutputOf, Serde } from "../serde/serde.js";

/** A header that a record may go without. */
export interface OptionalHeader<In, Out> {
  readonly optional: Serde<In, Out>;
}

/** How one named header of a contract is written. */
export type AnyHeaderSerde = AnySerde | OptionalHeader<unknown, unknown>;

/** The headers of a contract, by name. */
export interface HeaderSerdes {
  readonly [name: string]: AnyHeaderSerde;
}

/** The headers of a contract that names none. */
export type NoHeaders = Record<never, never>;

/** Marks a header of a contract as one that a record may go without. */
export function optional<In, Out>(serde: Serde<In, Out>): OptionalHeader<In, Out> {
  return { optional: serde };
}

/** The serde of a header, and whether a record may go without it. */
export function headerSerde(header: AnyHeaderSerde): { readonly serde: AnySerde; readonly isOptional: boolean } {
  return "optional" in header ? { serde: header.optional, isOptional: true } : { serde: header, isOptional: false };
}

type OptionalNames<H> = { [N in keyof H]: H[N] extends OptionalHeader<unknown, unknown> ? N : never }[keyof H];

// Through `infer`, so that the compiler's messages show `{ readonly trace: string }` and not the formula.
type Flat<T> = T extends infer U ? { [N in keyof U]: U[N] } : never;

/** What a writer gives for the headers `H` of a contract. */
export type HeadersIn<H> = Flat<
  { readonly [N in Exclude<keyof H, OptionalNames<H>>]: InputOf<H[N]> } & {
    readonly [N in OptionalNames<H>]?: H[N] extends OptionalHeader<infer In, unknown> ? In | undefined : never;
  }
>;

/** What a reader gets for the headers `H` of a contract. */
export type HeadersOut<H> = Flat<
  { readonly [N in Exclude<keyof H, OptionalNames<H>>]: OutputOf<H[N]> } & {
    readonly [N in OptionalNames<H>]?: H[N] extends OptionalHeader<unknown, infer Out> ? Out : never;
  }
>;
