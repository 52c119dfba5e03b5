import type { Serde } from "./serde.js";

/** A 32-bit integer in 4 bytes, big-endian, as Kafka's `IntegerSerializer` writes it. */
export function int32(): Serde<number> {
  return int32Serde;
}

/** A 64-bit integer in 8 bytes, big-endian, as Kafka's `LongSerializer` writes it. */
export function int64(): Serde<bigint> {
  return int64Serde;
}

/** A number in 8 bytes, IEEE 754 big-endian, as Kafka's `DoubleSerializer` writes it. */
export function double(): Serde<number> {
  return doubleSerde;
}

const int32Serde: Serde<number> = Object.freeze({
  serialize(value: number): Uint8Array {
    if (!Number.isInteger(value) || (value | 0) !== value) throw new RangeError(`${value} is not a 32-bit integer`);
    const target = Buffer.allocUnsafe(4);
    target.writeInt32BE(value);
    return target;
  },
  deserialize: (content: Uint8Array) => viewOf(content, 4, "int32").getInt32(0),
});

const int64Serde: Serde<bigint> = Object.freeze({
  serialize(value: bigint): Uint8Array {
    if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} is not a 64-bit integer`);
    const target = Buffer.allocUnsafe(8);
    target.writeBigInt64BE(value);
    return target;
  },
  deserialize: (content: Uint8Array) => viewOf(content, 8, "int64").getBigInt64(0),
});

const doubleSerde: Serde<number> = Object.freeze({
  serialize(value: number): Uint8Array {
    if (typeof value !== "number") throw new TypeError(`expected a number, not ${typeof value}`);
    const target = Buffer.allocUnsafe(8);
    target.writeDoubleBE(value);
    return target;
  },
  deserialize: (content: Uint8Array) => viewOf(content, 8, "double").getFloat64(0),
});

function viewOf(content: Uint8Array, size: number, type: string): DataView {
  if (content.length !== size) throw new RangeError(`a ${type} has ${size} bytes, not ${content.length}`);
  return new DataView(content.buffer, content.byteOffset, size);
}
