import type { Reader, Writer } from "protobufjs/minimal.js";

/** How a value stands in a payload: a varint, eight bytes, bytes with their length, between two tags, four bytes. */
export type WireType = 0 | 1 | 2 | 3 | 5;

/** Writes and reads the values of one type. */
export interface ValueCodec {
  readonly wireType: WireType;
  /** It has a value for null, which stands for nothing elsewhere. */
  readonly takesNull?: true;
  /** A value may come in parts, which are read into the first. */
  readonly isMerged?: boolean;
  /** What is read where nothing was written. */
  zero(): unknown;
  /** Whether a value need not be written where its absence says the same. */
  isZero(value: unknown): boolean;
  /** @throws {@link ValueFault} on a value that is not of this type. */
  write(writer: Writer, value: unknown, depth: number): void;
  /** @param into - What an earlier part of the same message was read into. */
  read(reader: Reader, depth: number, into?: unknown): unknown;
}

export type Fields = Record<string, unknown>;

/** Writes and reads a field of a message. */
export interface FieldCodec {
  readonly name: string;
  readonly number: number;
  readonly isRequired: boolean;
  /** Whether every message that is read has a value here. */
  readonly isAlwaysThere: boolean;
  /** Whether each message has a list or an object of its own here. */
  readonly isCollection: boolean;
  /** Whether objects have something of this name that is no field. */
  readonly isInherited: boolean;
  /** What is there when nothing was written. */
  empty(): unknown;
  /** @param siblings - The whole message. */
  write(writer: Writer, value: unknown, siblings: Readonly<Fields>, depth: number): void;
  read(reader: Reader, wireType: number, into: Fields, depth: number): void;
}

/** A value that cannot be written, or bytes that cannot be read, and where. */
export class ValueFault extends Error {
  override readonly name = "ValueFault";
  /** From the outermost message: `items[2].cents`. */
  path = "";

  inside(part: string): this {
    this.path = this.path === "" || this.path.startsWith("[") ? `${part}${this.path}` : `${part}.${this.path}`;
    return this;
  }
}

/** What went wrong in `part` of a value. */
export function faultIn(part: string, cause: unknown): ValueFault {
  if (cause instanceof ValueFault) return cause.inside(part);
  return new ValueFault((cause as Error).message, { cause }).inside(part);
}

const longestText = 60;

/** Says that a value is not what a type takes. */
export const notA = (value: unknown, wanted: string): ValueFault =>
  new ValueFault(`is ${described(value)}, not ${wanted}`);

function described(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "bigint") return `the bigint ${value}`.slice(0, longestText);
  if (typeof value === "string") return JSON.stringify(value.slice(0, longestText));
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return `an object (${value.constructor?.name ?? "without class"})`;
  return typeof value === "function" ? "a function" : String(value);
}

/** Confines a reader to the bytes whose length comes next, and answers where its bytes ended before. */
export function narrow(reader: Reader): number {
  const outer = reader.len;
  const end = reader.size() + reader.pos;
  if (end > outer) throw new ValueFault(`${end - reader.pos} bytes are announced, and ${outer - reader.pos} are there`);
  reader.len = end;
  return outer;
}

/** Sets an own property, whatever it is called. */
export function put(target: object, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  } else {
    (target as Fields)[name] = value;
  }
}
