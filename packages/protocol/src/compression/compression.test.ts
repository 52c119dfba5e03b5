import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedMessageError } from "../errors/malformed-message.js";
import { compress, compressions, decompress } from "./compression.js";

const codecs = compressions.filter((codec) => codec !== "none");

/** Bytes with much, some or no repetition in them. */
const content = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc
    .tuple(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 5 }),
      fc.nat(),
      fc.nat(3_000),
    )
    .map(([words, seed, count]) =>
      Buffer.concat(
        Array.from({ length: count }, (_, index) => words[(seed * index * index) % words.length] ?? Buffer.of()),
      ),
    ),
  fc.tuple(fc.nat(255), fc.nat(200_000)).map(([byte, length]) => Buffer.alloc(length, byte)),
);

describe.each(codecs)("%s", (codec) => {
  it("unpacks what it packed", () => {
    fc.assert(
      fc.property(content, (bytes) => {
        expect(decompress(codec, compress(codec, bytes), bytes.length).equals(bytes)).toBe(true);
      }),
    );
  });

  it("unpacks to the limit and no further", () => {
    const packed = compress(codec, Buffer.alloc(1_000_000, "ab"));
    expect(decompress(codec, packed, 1_000_000)).toHaveLength(1_000_000);
    expect(() => decompress(codec, packed, 999_999)).toThrow(MalformedMessageError);
    expect(() => decompress(codec, packed, 0)).toThrow(MalformedMessageError);
  });

  it("refuses hostile bytes with its own error, or unpacks them within the limit", () => {
    const tryTo = (bytes: Uint8Array): void => {
      try {
        expect(decompress(codec, bytes, 10_000).length).toBeLessThanOrEqual(10_000);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessageError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), tryTo));
    fc.assert(
      fc.property(
        content,
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        (bytes, cut, changes) => {
          const packed = Buffer.from(compress(codec, bytes.subarray(0, 9_000)));
          for (const [at, byte] of changes) packed[at % packed.length] = byte;
          tryTo(packed);
          tryTo(packed.subarray(0, cut % packed.length));
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe("none", () => {
  it("is the bytes themselves, up to the limit", () => {
    const bytes = Buffer.from("abc");
    expect(compress("none", bytes)).toBe(bytes);
    expect(decompress("none", bytes, 3)).toBe(bytes);
    expect(() => decompress("none", bytes, 2)).toThrow(MalformedMessageError);
  });
});
