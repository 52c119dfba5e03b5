import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedMessageError } from "../errors/malformed-message.js";
import { compress, compressions, decompress } from "./compression.js";
import { decompressZstdInScript } from "./zstd/zstd-decoder.js";
import { compressZstdInScript } from "./zstd/zstd-encoder.js";

interface Codec {
  readonly name: string;
  readonly pack: (bytes: Uint8Array) => Buffer;
  readonly unpack: (bytes: Uint8Array, maxBytes: number) => Buffer;
}

const codecs: Codec[] = compressions
  .filter((name) => name !== "none")
  .map((name) => ({
    name,
    pack: (bytes) => compress(name, bytes),
    unpack: (bytes, maxBytes) => decompress(name, bytes, maxBytes),
  }));
// Where Node has a codec of its own, nothing but this test uses ours.
codecs.push({ name: "zstd in script", pack: compressZstdInScript, unpack: decompressZstdInScript });

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

describe.each(codecs)("$name", ({ pack, unpack }) => {
  it("unpacks what it packed", () => {
    fc.assert(
      fc.property(content, (bytes) => {
        expect(unpack(pack(bytes), bytes.length).equals(bytes)).toBe(true);
      }),
    );
  });

  it("unpacks to the limit and no further", () => {
    const packed = pack(Buffer.alloc(1_000_000, "ab"));
    expect(unpack(packed, 1_000_000)).toHaveLength(1_000_000);
    expect(() => unpack(packed, 999_999)).toThrow(MalformedMessageError);
    expect(() => unpack(packed, 0)).toThrow(MalformedMessageError);
  });

  it("takes bytes that are no Buffer, from within a larger array", () => {
    const bytes = new Uint8Array(2_000).fill(7).subarray(500, 1_000);
    expect(unpack(new Uint8Array(pack(bytes)), 500).equals(bytes)).toBe(true);
  });

  it("refuses hostile bytes with its own error, or unpacks them within the limit", () => {
    const tryTo = (bytes: Uint8Array): void => {
      try {
        expect(unpack(bytes, 10_000).length).toBeLessThanOrEqual(10_000);
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
          const packed = Buffer.from(pack(bytes.subarray(0, 9_000)));
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
