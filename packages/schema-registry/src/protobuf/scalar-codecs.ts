import protobufjs, { type Reader, type Writer } from "protobufjs/minimal.js";
import type { EnumDefinition } from "../formats/protobuf/definitions.js";
import type { ScalarName } from "../formats/protobuf/proto-file.js";
import { isClosed } from "./features.js";
import { notA, type ValueCodec, type WireType } from "./value-codec.js";

/** How 64-bit integers stand in JavaScript. */
export type LongForm = "bigint" | "number";

const noBytes = Buffer.alloc(0);

/** The codec of a scalar type. */
export function scalarCodec(name: ScalarName, long: LongForm): ValueCodec {
  switch (name) {
    case "double":
      return real(name, 1, () => true);
    case "float":
      return real(name, 5, (value) => !Number.isFinite(value) || Number.isFinite(Math.fround(value)));
    case "int32":
    case "sint32":
      return integer(name, 0, -0x8000_0000, 0x7fff_ffff);
    case "sfixed32":
      return integer(name, 5, -0x8000_0000, 0x7fff_ffff);
    case "uint32":
      return integer(name, 0, 0, 0xffff_ffff);
    case "fixed32":
      return integer(name, 5, 0, 0xffff_ffff);
    case "int64":
    case "uint64":
    case "sint64":
      return longInteger(name, 0, long);
    case "fixed64":
    case "sfixed64":
      return longInteger(name, 1, long);
    case "bool":
      return boolCodec;
    case "string":
      return stringCodec;
    case "bytes":
      return bytesCodec;
  }
}

const real = (name: "double" | "float", wireType: WireType, isInRange: (value: number) => boolean): ValueCodec => ({
  wireType,
  zero: () => 0,
  // Minus zero is another value.
  isZero: (value) => Object.is(value, 0),
  write(writer, value) {
    if (typeof value !== "number" || !isInRange(value)) throw notA(value, `a ${name}`);
    writer[name](value);
  },
  read: (reader) => reader[name](),
});

type Integer = "int32" | "sint32" | "sfixed32" | "uint32" | "fixed32";

const integer = (name: Integer, wireType: WireType, min: number, max: number): ValueCodec => ({
  wireType,
  zero: () => 0,
  isZero: (value) => value === 0,
  write(writer, value) {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
      throw notA(value, `an ${name} (an integer from ${min} to ${max})`);
    }
    writer[name](value as number);
  },
  read: (reader) => reader[name](),
});

type LongInteger = "int64" | "uint64" | "sint64" | "fixed64" | "sfixed64";

function longInteger(name: LongInteger, wireType: WireType, form: LongForm): ValueCodec {
  const isUnsigned = name === "uint64" || name === "fixed64";
  const [min, max] = isUnsigned ? [0n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n];
  const wanted =
    form === "bigint" ? `an ${name} (a bigint from ${min} to ${max})` : `an ${name} (an integer up to 2^53)`;
  const zero = form === "bigint" ? 0n : 0;
  const fromLong = form === "bigint" ? bigintOf : numberOf;
  return {
    wireType,
    zero: () => zero,
    isZero: (value) => value === 0n || value === 0,
    write(writer, value) {
      const number = typeof value === "bigint" ? Number(value) : value;
      // Small ones go as numbers, which costs less.
      if (Number.isSafeInteger(number)) {
        if (isUnsigned && (number as number) < 0) throw notA(value, wanted);
        writer[name](number as number);
        return;
      }
      if (form !== "bigint" || typeof value !== "bigint" || value < min || value > max) throw notA(value, wanted);
      writer[name](longOf(value, isUnsigned));
    },
    read: (reader) => fromLong(reader[name](), isUnsigned),
  };
}

type Long = ReturnType<Reader["int64"]>;

const longOf = (value: bigint, isUnsigned: boolean): Long =>
  new protobufjs.util.LongBits(Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n))).toLong(
    isUnsigned,
  );

const largestHigh = 2 ** 20;

function bigintOf({ low, high }: Long, isUnsigned: boolean): bigint {
  const upper = isUnsigned ? high >>> 0 : high;
  if (upper > -largestHigh && upper < largestHigh) return BigInt(upper * 0x1_0000_0000 + (low >>> 0));
  return (BigInt(upper) << 32n) | BigInt(low >>> 0);
}

function numberOf(long: Long, isUnsigned: boolean): number {
  const value = (isUnsigned ? long.high >>> 0 : long.high) * 0x1_0000_0000 + (long.low >>> 0);
  if (Number.isSafeInteger(value)) return value;
  throw notA(bigintOf(long, isUnsigned), 'an integer up to 2^53, as { long: "number" } asks');
}

const boolCodec: ValueCodec = {
  wireType: 0,
  zero: () => false,
  isZero: (value) => value === false,
  write(writer, value) {
    if (typeof value !== "boolean") throw notA(value, "a bool");
    writer.bool(value);
  },
  read: (reader) => reader.bool(),
};

const loneSurrogate = /\p{Surrogate}/u;
// Shorter texts are looked through at less cost than a pattern is started.
const longForLooking = 64;

function hasHalfCharacter(text: string): boolean {
  if (text.length > longForLooking) return loneSurrogate.test(text);
  for (let at = 0; at < text.length; at += 1) {
    if ((text.charCodeAt(at) & 0xf800) === 0xd800) return loneSurrogate.test(text);
  }
  return false;
}

const stringCodec: ValueCodec = {
  wireType: 2,
  zero: () => "",
  isZero: (value) => value === "",
  write(writer, value) {
    if (typeof value !== "string") throw notA(value, "a string");
    if (hasHalfCharacter(value)) throw notA(value, "a string of Unicode: it has half a character");
    writer.string(value);
  },
  read: (reader) => reader.stringVerify(),
};

const bytesCodec: ValueCodec = {
  wireType: 2,
  zero: () => noBytes,
  isZero: (value) => value instanceof Uint8Array && value.length === 0,
  write(writer, value) {
    if (!(value instanceof Uint8Array)) throw notA(value, "bytes (a Uint8Array)");
    writer.bytes(value);
  },
  // A copy: what is read may outlive the batch that it stands in.
  read: (reader) => Buffer.from(reader.bytes()),
};

/** The codec of an enum: its names, and numbers where an open enum has no name for them. */
export class EnumCodec implements ValueCodec {
  readonly wireType = 0;
  readonly #name: string;
  readonly #isClosed: boolean;
  readonly #numbers = new Map<string, number>();
  readonly #names = new Map<number, string>();
  readonly #zero: string | undefined;

  constructor(definition: EnumDefinition) {
    this.#name = definition.name;
    this.#isClosed = isClosed(definition);
    for (const { name, number } of definition.enum.values) {
      this.#numbers.set(name, number);
      // Of names with one number the first stands for it.
      if (!this.#names.has(number)) this.#names.set(number, name);
    }
    this.#zero = definition.enum.values[0]?.name;
  }

  zero(): unknown {
    return this.#zero;
  }

  isZero(value: unknown): boolean {
    return value === 0 || (typeof value === "string" && this.#numbers.get(value) === 0);
  }

  write(writer: Writer, value: unknown): void {
    writer.int32(this.#numberOf(value));
  }

  #numberOf(value: unknown): number {
    const number = typeof value === "string" ? this.#numbers.get(value) : value;
    const isKnown =
      typeof number === "number" && (this.#names.has(number) || (!this.#isClosed && (number | 0) === number));
    if (isKnown) return number;
    const names = [...this.#numbers.keys()];
    const listed = names.slice(0, 8).join(", ") + (names.length > 8 ? ", …" : "");
    throw notA(value, `a ${this.#name} (${listed})`);
  }

  /** Undefined for what is no value of a closed enum. */
  read(reader: Reader): unknown {
    const number = reader.int32();
    return this.#names.get(number) ?? (this.#isClosed ? undefined : number);
  }
}
