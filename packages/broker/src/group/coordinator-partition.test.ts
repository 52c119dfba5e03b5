import { describe, expect, it } from "vitest";
import { javaHashCode, partitionOf } from "./coordinator-partition.js";

describe("the coordinator's partition", () => {
  // Values of Java's String.hashCode.
  it.each([
    ["", 0],
    ["a", 97],
    ["hello", 99_162_322],
    ["polygenelubricants", -2_147_483_648],
    ["grüße", 98_768_023],
    ["😀", 1_772_899],
  ])("hashes %j as Java does", (text, hash) => {
    expect(javaHashCode(text)).toBe(hash);
  });
  it("is the absolute value's remainder, and 0 for the lowest number of all", () => {
    expect(partitionOf("hello", 50)).toBe(99_162_322 % 50);
    expect(partitionOf("polygenelubricants", 50)).toBe(0);
    for (const id of ["billing", "x-1", "Ω"]) expect(partitionOf(id, 4)).toBe(Math.abs(javaHashCode(id)) % 4);
  });
});
