import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeFully } from "./write-fully.js";

describe("writing all of several buffers", () => {
  it("leaves the same bytes however short the single writes are", () => {
    const buffers = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 8 });
    fc.assert(
      fc.property(buffers, fc.infiniteStream(fc.integer({ min: 1, max: 12 })), fc.nat(5), (given, limits, position) => {
        const written: number[] = [];
        const writev = (pending: readonly Uint8Array[], at: number): number => {
          expect(at).toBe(position + written.length);
          const all = Buffer.concat(pending);
          const taken = all.subarray(0, limits.next().value);
          written.push(...taken);
          return taken.byteLength;
        };
        writeFully(writev, given, position);
        expect(Buffer.from(written)).toEqual(Buffer.concat(given));
      }),
    );
  });

  it("hands over at most 1,024 buffers a call", () => {
    const counts: number[] = [];
    const one = new Uint8Array(1);
    writeFully(
      (pending) => {
        counts.push(pending.length);
        return pending.length;
      },
      Array.from({ length: 2_500 }, () => one),
      0,
    );
    expect(counts).toEqual([1024, 1024, 452]);
  });

  it("fails instead of spinning when a write takes nothing", () => {
    expect(() => writeFully(() => 0, [new Uint8Array(1)], 0)).toThrow("EIO");
  });
});
