import { crc32c as native } from "@node-rs/crc32";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c, crc32cInScript } from "./crc32c.js";

/** One bit at a time, from the polynomial. */
function slowly(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (0x82f63b78 & -(crc & 1));
  }
  return ~crc >>> 0;
}

describe("crc32c", () => {
  it.each([
    { title: "nothing", bytes: Buffer.alloc(0), crc: 0 },
    { title: "the check value of the polynomial", bytes: Buffer.from("123456789"), crc: 0xe3069283 },
    { title: "32 zeros (RFC 3720)", bytes: Buffer.alloc(32), crc: 0x8a9136aa },
    { title: "32 ones (RFC 3720)", bytes: Buffer.alloc(32, 0xff), crc: 0x62a8ab43 },
    {
      title: "32 ascending bytes (RFC 3720)",
      bytes: Buffer.from(Array.from({ length: 32 }, (_, i) => i)),
      crc: 0x46dd794e,
    },
  ])("$title", ({ bytes, crc }) => {
    expect(crc32c(bytes)).toBe(crc);
  });

  it("is what the optional peer computes", () => {
    const bytes = Buffer.alloc(100_000, "some bytes");
    expect(crc32cInScript(bytes)).toBe(native(bytes));
    expect(crc32c(bytes)).toBe(native(bytes));
  });

  it("agrees, native or not, with the polynomial taken bit by bit, whatever the length and alignment", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), fc.nat(20), (content, skip) => {
        const bytes = content.subarray(Math.min(skip, content.length));
        expect(crc32cInScript(bytes)).toBe(slowly(bytes));
        expect(crc32c(bytes)).toBe(slowly(bytes));
      }),
    );
  });
});
