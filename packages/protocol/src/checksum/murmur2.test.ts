import { describe, expect, it } from "vitest";
import { murmur2 } from "./murmur2.js";

describe("murmur2", () => {
  it.each([
    ["21", -973932308],
    ["foobar", -790332482],
    ["abc", 479470107],
    ["a-little-bit-long-string", -985981536],
  ])("hashes %j as Kafka's partitioner does", (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });
});
