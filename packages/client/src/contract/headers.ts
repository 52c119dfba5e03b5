import type { AnySerde, InputOf, OutputOf, Serde } from "../serde/serde.js";

/** A header that a record may go without. */
export interface OptionalHeader<In, Out> {
  readonly optional: Serde<In, Out>;
}

/** A header that a record may have any number of times. */
export interface RepeatedHeader<In, Out> {
  readonly repeated: Serde<In, Out>;
}

/** How one named header of a contract is written. */
export type AnyHeaderSerde = AnySerde | OptionalHeader<unknown, unknown> | RepeatedHeader<unknown, unknown>;

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

/** Marks a header of a contract as one that a record may have several times: a writer may give a list, a reader gets one. */
export function repeated<In, Out>(serde: Serde<In, Out>): RepeatedHeader<In, Out> {
  return { repeated: serde };
}

/** The serde of a header, and how often a record has it. */
export function headerSerde(header: AnyHeaderSerde): {
  readonly serde: AnySerde;
  readonly occurs: "once" | "at most once" | "any times";
} {
  if ("optional" in header) return { serde: header.optional, occurs: "at most once" };
  return "repeated" in header ? { serde: header.repeated, occurs: "any times" } : { serde: header, occurs: "once" };
}

type NamesOf<H, Kind> = { [N in keyof H]: H[N] extends Kind ? N : never }[keyof H];
type OptionalNames<H> = NamesOf<H, OptionalHeader<unknown, unknown>>;
type RepeatedNames<H> = NamesOf<H, RepeatedHeader<unknown, unknown>>;

// Through `infer`, so that the compiler's messages show `{ readonly trace: string }` and not the formula.
type Flat<T> = T extends infer U ? { [N in keyof U]: U[N] } : never;

/** What a writer gives for the headers `H` of a contract. */
export type HeadersIn<H> = Flat<
  { readonly [N in Exclude<keyof H, OptionalNames<H> | RepeatedNames<H>>]: InputOf<H[N]> } & {
    readonly [N in OptionalNames<H>]?: H[N] extends OptionalHeader<infer In, unknown> ? In | undefined : never;
  } & {
    readonly [N in RepeatedNames<H>]?: H[N] extends RepeatedHeader<infer In, unknown>
      ? readonly In[] | undefined
      : never;
  }
>;

/** What a reader gets for the headers `H` of a contract. */
export type HeadersOut<H> = Flat<
  { readonly [N in Exclude<keyof H, OptionalNames<H> | RepeatedNames<H>>]: OutputOf<H[N]> } & {
    readonly [N in OptionalNames<H>]?: H[N] extends OptionalHeader<unknown, infer Out> ? Out : never;
  } & {
    readonly [N in RepeatedNames<H>]: H[N] extends RepeatedHeader<unknown, infer Out> ? readonly Out[] : never;
  }
>;
