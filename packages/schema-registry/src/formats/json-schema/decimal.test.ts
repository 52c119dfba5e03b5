import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareDecimals, Decimal, isMultipleOf } from "./decimal.js";

describe("decimals", () => {
  it.each([
    ["0.50", "0.50", "5e-1"],
    ["5e-1", "0.5", "5e-1"],
    ["-0", "0", "0e0"],
    ["-0.00", "0.00", "0e0"],
    ["100", "100", "1e2"],
    ["1e3", "1E+3", "1e3"],
    ["12.5E4", "1.25E+5", "125e3"],
    ["1e-7", "1E-7", "1e-7"],
    ["0.000001", "0.000001", "1e-6"],
    ["-12345678901234567890.1", "-12345678901234567890.1", "-123456789012345678901e-1"],
  ])("%s is written %s", (text, written, key) => {
    const decimal = new Decimal(text);
    expect([decimal.toString(), decimal.key]).toEqual([written, key]);
  });

  const scaled = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 20 }));
  const textOf = ([digits, exponent]: readonly [bigint, number]) => `${digits}e${exponent}`;

  it("compare as the integers that they are", () => {
    fc.assert(
      fc.property(scaled, scaled, (a, b) => {
        const difference = a[0] * 10n ** BigInt(a[1]) - b[0] * 10n ** BigInt(b[1]);
        const compared = compareDecimals(new Decimal(textOf(a)), new Decimal(textOf(b)));
        expect(Math.sign(compared)).toBe(difference > 0n ? 1 : difference < 0n ? -1 : 0);
      }),
    );
  });

  it("are multiples as the integers that they are", () => {
    const small = fc.tuple(fc.bigInt({ min: 1n, max: 40n }), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(small, small, (a, b) => {
        const isMultiple = (a[0] * 10n ** BigInt(a[1])) % (b[0] * 10n ** BigInt(b[1])) === 0n;
        expect(isMultipleOf(new Decimal(textOf(a)), new Decimal(textOf(b)))).toBe(isMultiple);
      }),
      { numRuns: 500 },
    );
  });

  it("of a billion digits are compared without being written out", () => {
    const [large, small] = [new Decimal("7e1000000000"), new Decimal("7e-1000000000")];
    expect(compareDecimals(large, small)).toBeGreaterThan(0);
    expect(isMultipleOf(large, small)).toBe(true);
    expect(isMultipleOf(small, large)).toBe(false);
    expect(isMultipleOf(large, new Decimal("3"))).toBe(false);
  });
});
