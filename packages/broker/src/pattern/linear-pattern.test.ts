import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LinearPattern } from "./linear-pattern.js";
import { InvalidPatternError } from "./pattern-node.js";

describe("a linear pattern", () => {
  it.each([
    ["orders", ["orders"], ["order", "orders-1", "xorders", ""]],
    ["orders.*", ["orders", "orders-1"], ["my-orders", "orders\n"]],
    ["(?s)a.b", ["a\nb"], ["ab"]],
    ["a|b|", ["a", "b", ""], ["ab", "c"]],
    ["(ab)+c?", ["ab", "ababc"], ["c", "aba"]],
    ["[a-c_]{2,3}", ["ab", "c_a"], ["a", "abca", "ad"]],
    ["[^0-9]", ["x", "-"], ["7", ""]],
    ["[]a-]+", ["]a-"], ["b"]],
    ["\\d\\w\\s\\.\\D", ["1a .x"], ["aa .x", "1a .1"]],
    ["(?i)Tx-[A-B]", ["tX-a", "TX-B"], ["tx-c"]],
    ["a(?i:b)c", ["abc", "aBc"], ["Abc", "abC"]],
    ["^a$", ["a"], ["aa"]],
    ["a^b", [], ["ab", "a^b"]],
    ["\\Qa.b\\E.", ["a.bc"], ["axbc"]],
    ["[[:alpha:]]\\x41\\x{1F600}", ["zA\u{1F600}"], ["1A\u{1F600}"]],
    ["(?P<name>x)*", ["", "xxx"], ["y"]],
    ["a{3}", ["aaa"], ["aa", "aaaa"]],
    ["a{,3}", ["a{,3}"], ["a"]],
  ])("%s matches as in RE2", (source, matching, others) => {
    const pattern = new LinearPattern(source);
    for (const text of matching) expect(pattern.matches(text), text).toBe(true);
    for (const text of others) expect(pattern.matches(text), text).toBe(false);
  });

  it.each([
    "[",
    "(",
    ")",
    "*",
    "a**",
    "(?=a)",
    "(?!a)",
    "(?<=a)b",
    "(.)\\1",
    "[b-a]",
    "a{2,1}",
    "a{1001}",
    "(a{100}){100}",
    "\\",
    "[[:nope:]]",
    "\\p",
    "x".repeat(10_001),
    "(".repeat(200),
  ])("refuses %s", (source) => {
    expect(() => new LinearPattern(source)).toThrow(InvalidPatternError);
  });

  it("takes time in proportion to the text where others do not end", () => {
    const pattern = new LinearPattern("(a*)*(a|a)*b");
    expect(pattern.matches("a".repeat(20_000))).toBe(false);
  });

  it("agrees with JavaScript's on what both take", () => {
    const piece = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "(a|b)", "(?:ab)", "a*", "b+", "(ab)?", "a{1,2}", "|");
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }),
        fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 }),
        (pieces, text) => {
          const source = pieces.join("");
          expect(new LinearPattern(source).matches(text)).toBe(new RegExp(`^(?:${source})$`).test(text));
        },
      ),
    );
  });
});
