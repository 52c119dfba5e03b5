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

interface Named {
  readonly name: string;
  readonly number: number;
}

abstract class NamedField {
  readonly name: string;
  readonly number: number;
  readonly isInherited: boolean;

  constructor({ name, number }: Named) {
    this.name = name;
    this.number = number;
    this.isInherited = name in Object.prototype;
  }
}

const tagOf = (number: number, wireType: number): number => ((number << 3) | wireType) >>> 0;

function writeOne(writer: Writer, number: number, codec: ValueCodec, value: unknown, depth: number): void {
  writer.uint32(tagOf(number, codec.wireType));
  codec.write(writer, value, depth + 1);
  if (codec.wireType === 3) writer.uint32(tagOf(number, 4));
}

/** The value behind a tag that has been read, with the tag that ends a group. */
function readOne(reader: Reader, number: number, codec: ValueCodec, depth: number, into?: unknown): unknown {
  const value = codec.read(reader, depth + 1, into);
  if (codec.wireType === 3 && reader.tag() !== tagOf(number, 4)) {
    throw new ValueFault("is a group that ends with the number of another");
  }
  return value;
}

/** A field with one value, or none. */
export class SingleField extends NamedField implements FieldCodec {
  readonly isRequired: boolean;
  readonly isCollection = false;
  readonly isAlwaysThere: boolean;
  readonly #codec: ValueCodec;
  readonly #rivals: readonly string[];

  /** @param rivals - The other fields of its oneof. */
  constructor(
    field: Named,
    codec: ValueCodec,
    presence: "implicit" | "explicit" | "required",
    rivals: readonly string[],
  ) {
    super(field);
    this.#codec = codec;
    this.isRequired = presence === "required";
    this.isAlwaysThere = presence === "implicit";
    this.#rivals = rivals;
  }

  empty(): unknown {
    return this.#codec.zero();
  }

  write(writer: Writer, value: unknown, siblings: Readonly<Fields>, depth: number): void {
    if (value === undefined || value === null) {
      if (this.isRequired) throw new ValueFault("is required, and missing");
      return;
    }
    for (const rival of this.#rivals) {
      if (siblings[rival] !== undefined && siblings[rival] !== null && Object.hasOwn(siblings, rival)) {
        throw new ValueFault(`and ${rival} are both set, and are of one oneof`);
      }
    }
    if (!(this.isAlwaysThere && this.#codec.isZero(value))) writeOne(writer, this.number, this.#codec, value, depth);
  }

  read(reader: Reader, wireType: number, into: Fields, depth: number): void {
    if (wireType !== this.#codec.wireType) {
      reader.skipType(wireType, depth, this.number);
      return;
    }
    // A message that comes in parts is put together.
    const before = this.#codec.isMerged && Object.hasOwn(into, this.name) ? into[this.name] : undefined;
    const value = readOne(reader, this.number, this.#codec, depth, before);
    if (value === undefined) return;
    for (const rival of this.#rivals) delete into[rival];
    put(into, this.name, value);
  }
}

/** A field with a list of values. */
export class RepeatedField extends NamedField implements FieldCodec {
  readonly isRequired = false;
  readonly isAlwaysThere = true;
  readonly isCollection = true;
  readonly #codec: ValueCodec;
  readonly #isPacked: boolean;

  constructor(field: Named, codec: ValueCodec, isPacked: boolean, isPackable: boolean) {
    super(field);
    this.#codec = codec;
    this.#isPacked = isPacked && isPackable;
  }

  empty(): unknown[] {
    return [];
  }

  write(writer: Writer, values: unknown, _siblings: Readonly<Fields>, depth: number): void {
    if (values === undefined || values === null) return;
    if (!Array.isArray(values)) throw notA(values, "a list");
    if (values.length === 0) return;
    if (this.#isPacked) writer.uint32(tagOf(this.number, 2)).fork();
    let index = 0;
    try {
      for (const value of values) {
        if (value === null && !this.#codec.takesNull) throw new ValueFault("is null, which a list cannot hold");
        if (this.#isPacked) this.#codec.write(writer, value, depth + 1);
        else writeOne(writer, this.number, this.#codec, value, depth);
        index += 1;
      }
    } catch (cause) {
      throw faultIn(`[${index}]`, cause);
    }
    if (this.#isPacked) writer.ldelim();
  }

  read(reader: Reader, wireType: number, into: Fields, depth: number): void {
    const values = into[this.name] as unknown[];
    const own = this.#codec.wireType;
    try {
      if (wireType === own) this.#readOne(reader, values, depth);
      else if (wireType === 2 && own !== 3) {
        // Numbers may come packed whatever the schema says.
        const outer = narrow(reader);
        while (reader.pos < reader.len) this.#readOne(reader, values, depth);
        reader.len = outer;
      } else reader.skipType(wireType, depth, this.number);
    } catch (cause) {
      throw faultIn(`[${values.length}]`, cause);
    }
  }

  #readOne(reader: Reader, values: unknown[], depth: number): void {
    const value = readOne(reader, this.number, this.#codec, depth);
    if (value !== undefined) values.push(value);
  }
}

/** What stands for a map's key in an object. */
export interface KeyForm {
  readonly codec: ValueCodec;
  /** The key that a property's name is; undefined where it is none. */
  keyOf(name: string): unknown;
}

/** A map: an object whose properties are its keys, as text. */
export class MapField extends NamedField implements FieldCodec {
  readonly isRequired = false;
  readonly isAlwaysThere = true;
  readonly isCollection = true;
  readonly #key: KeyForm;
  readonly #value: ValueCodec;

  constructor(field: Named, key: KeyForm, value: ValueCodec) {
    super(field);
    this.#key = key;
    this.#value = value;
  }

  empty(): Fields {
    return {};
  }

  write(writer: Writer, map: unknown, _siblings: Readonly<Fields>, depth: number): void {
    if (map === undefined || map === null) return;
    if (typeof map !== "object" || Array.isArray(map)) throw notA(map, "an object with a map's entries");
    const entries: Iterable<readonly [unknown, unknown]> = map instanceof Map ? map : Object.entries(map);
    for (const [name, value] of entries) {
      try {
        const key = typeof name === "string" ? this.#key.keyOf(name) : name;
        if (key === undefined) throw new ValueFault("is no key of this map");
        if (value === undefined || (value === null && !this.#value.takesNull)) {
          throw new ValueFault(`is ${value}, which a map cannot hold`);
        }
        writer.uint32(tagOf(this.number, 2)).fork();
        writer.uint32(tagOf(1, this.#key.codec.wireType));
        this.#key.codec.write(writer, key, depth + 1);
        writeOne(writer, 2, this.#value, value, depth);
        writer.ldelim();
      } catch (cause) {
        throw faultIn(`[${typeof name === "string" ? JSON.stringify(name) : String(name)}]`, cause);
      }
    }
  }

  read(reader: Reader, wireType: number, into: Fields, depth: number): void {
    if (wireType !== 2) {
      reader.skipType(wireType, depth, this.number);
      return;
    }
    const outer = narrow(reader);
    let key: unknown = this.#key.codec.zero();
    let value: unknown;
    let isValueUnknown = false;
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      if (tag === tagOf(1, this.#key.codec.wireType)) key = this.#key.codec.read(reader, depth + 1);
      else if (tag === tagOf(2, this.#value.wireType)) {
        value = readOne(reader, 2, this.#value, depth, value);
        isValueUnknown = value === undefined;
      } else reader.skipType(tag & 7, depth, tag >>> 3);
    }
    reader.len = outer;
    // An entry whose value is none of a closed enum is as unknown as a field.
    if (!isValueUnknown) put(into[this.name] as Fields, String(key), value === undefined ? this.#value.zero() : value);
  }
}
