import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OffsetMap, slotBytes } from "./offset-map.js";

describe("the offset map", () => {
  it("knows the last offset of every key, as a Map does", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 2 }), { maxLength: 3_000 }), (keys) => {
        const map = new OffsetMap(1024 * 1024, 0.9, keys.length % 50);
        const model = new Map<string, number>();
        for (const [offset, key] of keys.entries()) {
          expect(map.put(Buffer.from(key), offset)).toBe(true);
          model.set(Buffer.from(key).toString("hex"), offset);
        }
        expect(map.size).toBe(model.size);
        for (const [key, offset] of model) expect(map.get(Buffer.from(key, "hex"))).toBe(offset);
        expect(map.get(Buffer.from("none of these"))).toBe(-1);
      }),
      { numRuns: 30 },
    );
  });

  it("says that it is full, and still takes keys that it knows", () => {
    const map = new OffsetMap(16 * slotBytes, 0.5, 1_000);
    for (let key = 0; key < 8; key += 1) expect(map.put(Buffer.from([key]), key)).toBe(true);
    expect(map.put(Buffer.from([8]), 8)).toBe(false);
    expect(map.get(Buffer.from([8]))).toBe(-1);
    expect(map.put(Buffer.from([3]), 9)).toBe(true);
    expect(map.get(Buffer.from([3]))).toBe(9);
  });
});
