import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedMessageError } from "../errors/malformed-message.js";
import { ByteReader } from "./reader.js";
import { ByteWriter } from "./writer.js";

/** Something to write, how to write it and how to read it. */
type Step = readonly [write: (writer: ByteWriter) => void, read: (reader: ByteReader) => unknown, value: unknown];

const step = <T>(
  values: fc.Arbitrary<T>,
  write: (writer: ByteWriter, value: T) => void,
  read: (reader: ByteReader, value: T) => T,
): fc.Arbitrary<Step> =>
  values.map((value): Step => [(writer) => write(writer, value), (reader) => read(reader, value), value]);

const steps = fc.array(
  fc.oneof(
    step(
      fc.integer({ min: -128, max: 127 }),
      (w, v) => w.int8(v),
      (r) => r.int8(),
    ),
    step(
      fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
      (w, v) => w.int16(v),
      (r) => r.int16(),
    ),
    step(
      fc.nat(0xffff),
      (w, v) => w.uint16(v),
      (r) => r.uint16(),
    ),
    step(
      fc.integer(),
      (w, v) => w.int32(v),
      (r) => r.int32(),
    ),
    step(
      fc.nat(0xffff_ffff),
      (w, v) => w.uint32(v),
      (r) => r.uint32(),
    ),
    step(
      fc.maxSafeInteger(),
      (w, v) => w.int64(v),
      (r) => r.int64(),
    ),
    step(
      fc.double({ noNaN: true }),
      (w, v) => w.float64(v),
      (r) => r.float64(),
    ),
    step(
      fc.boolean(),
      (w, v) => w.boolean(v),
      (r) => r.boolean(),
    ),
    step(
      fc.nat(0xffff_ffff),
      (w, v) => w.uvarint(v),
      (r) => r.uvarint(),
    ),
    step(
      fc.string({ unit: "grapheme" }),
      (w, v) => w.utf8(v, Buffer.byteLength(v)),
      (r, v) => r.utf8(Buffer.byteLength(v)),
    ),
    step(
      fc.uint8Array({ maxLength: 3_000 }).map((v): Buffer => Buffer.from(v)),
      (w, v) => w.raw(v),
      (r, v) => r.slice(v.length),
    ),
  ),
  { maxLength: 300 },
);

describe("byte writer and reader", () => {
  it("agree on every type, across the edges of the writer's blocks", () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const writer = new ByteWriter();
        for (const [write] of sequence) write(writer);
        const { length } = writer;
        const bytes = Buffer.concat(writer.finish());
        expect(bytes).toHaveLength(length);
        const reader = new ByteReader(bytes);
        for (const [, read, value] of sequence) expect(read(reader)).toEqual(value);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  it("hold int64 in safe integers, the greatest of which is Kafka's greatest", () => {
    const write = (value: number): string => {
      const writer = new ByteWriter();
      writer.int64(value);
      return Buffer.concat(writer.finish()).toString("hex");
    };
    const read = (hex: string): number => new ByteReader(Buffer.from(hex, "hex")).int64();
    expect(write(Number.MAX_SAFE_INTEGER)).toBe("7fffffffffffffff");
    expect(read("7fffffffffffffff")).toBe(Number.MAX_SAFE_INTEGER);
    expect(read("001fffffffffffff")).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => read("0020000000000000")).toThrow(MalformedMessageError);
    expect(() => read("8000000000000000")).toThrow("int64 -9223372036854775808 at byte 0 is beyond 2^53");
    expect(() => write(2 ** 53)).toThrow(RangeError);
    expect(() => write(0.5)).toThrow(RangeError);
  });

  it("refuse varints that are too long and lengths beyond the end", () => {
    const reader = (hex: string): ByteReader => new ByteReader(Buffer.from(hex, "hex"));
    expect(reader("ffffffff0f").uvarint()).toBe(0xffff_ffff);
    expect(() => reader("ffffffff1f").uvarint()).toThrow("longer than 32 bits");
    expect(() => reader("808080808000").uvarint()).toThrow(MalformedMessageError);
    expect(() => reader("80").uvarint()).toThrow(MalformedMessageError);
    expect(() => reader("0000").int32()).toThrow("4 bytes wanted at byte 0, 2 left");
    expect(() => reader("00").slice(-1)).toThrow(MalformedMessageError);
  });

  it("count array elements against a limit, of all arrays together", () => {
    const reader = new ByteReader(Buffer.alloc(8), 0, 8, 5);
    reader.takeElements(3);
    reader.takeElements(2);
    expect(() => reader.takeElements(1)).toThrow("array of 1 elements at byte 0, over the limit of one message");
    new ByteReader(Buffer.alloc(8)).takeElements(2 ** 31);
  });
});
