import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern } from "./pattern-matcher.js";

const matchesPattern = (pattern: string, text: string) => compilePattern(pattern).matches(text);

describe("a compiled pattern", () => {
  const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
    pattern: fc.oneof(
      { depthSize: "small" },
      tie("part"),
      fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => a + b),
      fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(?:${a}|${b})`),
      fc
        .tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2}", "{1,}", "{0,2}", "*?"))
        .map(([a, q]) => `(${a})${q}`),
    ),
    part: fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\w", "\\d", "^", "$", "\\b", "\\x61", "", "\\-"),
  }));

  it("agrees with JavaScript's engine", () => {
    fc.assert(
      fc.property(
        pattern,
        fc.string({ unit: fc.constantFrom("a", "b", "1", "-", "\n"), maxLength: 6 }),
        (source, text) => {
          expect(matchesPattern(source, text)).toBe(new RegExp(source).test(text));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each([
    { title: "properties of Unicode", source: "^\\p{Lu}+$", text: "ÄÖ", matches: true },
    { title: "characters beyond 16 bits", source: "^.$", text: "🙂", matches: true },
    { title: "named groups", source: "(?<year>\\d{4})", text: "in 2026", matches: true },
    { title: "braces that count nothing", source: "a{b}", text: "a{b}", matches: true },
    { title: "classes with brackets in them", source: "[\\]x]y", text: "]y", matches: true },
    { title: "alternatives at the top", source: "^a|b$", text: "cb", matches: true },
  ])("knows $title", ({ source, text, matches }) => {
    expect(matchesPattern(source, text)).toBe(matches);
  });

  it.each([
    { title: "look-around", source: "(?=a)a" },
    { title: "back-references", source: "(a)\\1" },
    { title: "what unrolls into millions of steps", source: "(((a{100}){100}){100}){100}" },
    { title: "what repeats nothing very often", source: `${"(".repeat(50)}${"){1000000}".repeat(50)}x` },
    { title: "deep nesting", source: `${"(".repeat(5_000)}a${")".repeat(5_000)}` },
    { title: "great length", source: `[${"a".repeat(1_000_000)}]` },
  ])("takes $title to match nothing, at once", ({ source }) => {
    expect(matchesPattern(source, "aa")).toBe(false);
  });

  it.each(["(a+)+$", "(a|aa)+$", "(.*a){20}$", "(?:a?){30}a{30}$"])("does not go back and forth over %s", (source) => {
    expect(matchesPattern(source, `${"a".repeat(200)}b`)).toBe(false);
  });
});
