import type { Reader, Writer } from "protobufjs/minimal.js";
import {
  type FieldCodec,
  type Fields,
  faultIn,
  narrow,
  notA,
  put,
  type ValueCodec,
  ValueFault,
} from "./value-codec.js";

/** Deeper messages are refused, as Protobuf's own readers do. */
const deepest = 100;
const smallNumbers = 64;

/** Writes and reads a message: an object with its fields under the names they have in the text. */
export class MessageCodec implements ValueCodec {
  readonly wireType: 2 | 3;
  readonly isMerged = true;
  readonly #name: string;
  /** By number, the order they are written in. Filled later: messages may hold themselves. */
  #fields: readonly FieldCodec[] = [];
  /** By number: small ones, which nearly all are, in a list, as looking into a map costs more than reading a number. */
  readonly #small: (FieldCodec | undefined)[] = new Array(smallNumbers).fill(undefined);
  readonly #large = new Map<number, FieldCodec>();
  #required: readonly FieldCodec[] = [];
  #collections: readonly FieldCodec[] = [];
  /** What is there in every message, collections empty: a copy of it costs less than setting each. */
  #empty: Fields = {};

  /** @param wireType - 3 for a message between two tags. */
  constructor(name: string, wireType: 2 | 3 = 2) {
    this.#name = name;
    this.wireType = wireType;
  }

  setFields(fields: readonly FieldCodec[]): void {
    this.#fields = fields.toSorted((a, b) => a.number - b.number);
    this.#required = this.#fields.filter(({ isRequired }) => isRequired);
    this.#collections = this.#fields.filter(({ isCollection }) => isCollection);
    for (const field of this.#fields) {
      if (field.number < smallNumbers) this.#small[field.number] = field;
      else this.#large.set(field.number, field);
      if (field.isAlwaysThere) put(this.#empty, field.name, field.empty());
    }
  }

  zero(): Fields {
    const value = { ...this.#empty };
    for (const field of this.#collections) put(value, field.name, field.empty());
    return value;
  }

  isZero(): boolean {
    return false;
  }

  write(writer: Writer, value: unknown, depth: number): void {
    if (this.wireType === 3) {
      this.writeFields(writer, value, depth);
      return;
    }
    writer.fork();
    this.writeFields(writer, value, depth);
    writer.ldelim();
  }

  writeFields(writer: Writer, value: unknown, depth: number): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw notA(value, `a message ${this.#name}`);
    }
    if (depth > deepest) throw new ValueFault(`is nested deeper than ${deepest} messages, which no reader takes`);
    const fields = value as Readonly<Fields>;
    for (const field of this.#fields) {
      // Every object has a `constructor`, which is no field.
      const own = field.isInherited && !Object.hasOwn(fields, field.name) ? undefined : fields[field.name];
      try {
        field.write(writer, own, fields, depth);
      } catch (cause) {
        throw faultIn(field.name, cause);
      }
    }
  }

  read(reader: Reader, depth: number, into: unknown = this.zero()): unknown {
    const value = into as Fields;
    if (this.wireType === 3) {
      this.#readUntilEnd(reader, value, depth);
    } else {
      const outer = narrow(reader);
      this.readFields(reader, value, depth);
      reader.len = outer;
    }
    return value;
  }

  /** Reads up to the end of what the reader may read. */
  readFields(reader: Reader, value: Fields, depth: number): void {
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      if ((tag & 7) === 4) throw new ValueFault("a group ends that has not begun");
      this.#readField(reader, tag, value, depth);
    }
    this.#check(value);
  }

  /** Up to the tag that ends a group, which is left to the field: that one knows the group's number. */
  #readUntilEnd(reader: Reader, value: Fields, depth: number): void {
    for (;;) {
      const start = reader.pos;
      const tag = reader.tag();
      if ((tag & 7) === 4) {
        reader.pos = start;
        break;
      }
      this.#readField(reader, tag, value, depth);
    }
    this.#check(value);
  }

  #readField(reader: Reader, tag: number, value: Fields, depth: number): void {
    if (depth > deepest) throw new ValueFault(`messages are nested deeper than ${deepest}`);
    const number = tag >>> 3;
    const field = number < smallNumbers ? this.#small[number] : this.#large.get(number);
    if (field === undefined) {
      reader.skipType(tag & 7, depth, number);
      return;
    }
    try {
      field.read(reader, tag & 7, value, depth);
    } catch (cause) {
      throw faultIn(field.name, cause);
    }
  }

  #check(value: Fields): void {
    for (const { name } of this.#required) {
      if (!Object.hasOwn(value, name)) throw new ValueFault("is required, and missing").inside(name);
    }
  }
}
