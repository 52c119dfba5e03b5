/** A regular expression as a tree, as far as it can be followed without going back. */
export type PatternNode =
  | { readonly kind: "one"; readonly test: (character: string) => boolean }
  /** A condition on the characters before and after a place; `""` is the text's end. */
  | { readonly kind: "assert"; readonly test: (before: string, after: string) => boolean }
  | { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly options: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly part: PatternNode; readonly least: number; readonly most: number };

const longestPattern = 10_000;
const deepestNesting = 200;

/** Reads an ECMAScript regular expression; `undefined` for one with look-around or back-references, or beyond all reason. */
export function parsePattern(pattern: string): PatternNode | undefined {
  if (pattern.length > longestPattern) return undefined;
  try {
    return new PatternParser(pattern).parse();
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

class Unsupported extends Error {}

const isWord = (character: string): boolean => /^\w$/.test(character);
const asserts: ReadonlyMap<string, (before: string, after: string) => boolean> = new Map([
  ["^", (before: string) => before === ""],
  ["$", (_: string, after: string) => after === ""],
  ["\\b", (before: string, after: string) => isWord(before) !== isWord(after)],
  ["\\B", (before: string, after: string) => isWord(before) === isWord(after)],
]);
const groupStart = /\((?:\?:|\?<[^=!>][^>]*>|(?!\?))/y;
const quantifier = /(?:([*+?])|\{(\d+)(,(\d*))?\})\??/y;
const assertion = /\^|\$|\\[bB]/y;
// One character, by itself, by an escape or by a class.
const atom =
  /\[(?:\\[\s\S]|[^\\\]])*\]|\\u\{[0-9a-fA-F]+\}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\c[A-Za-z]|\\[pP]\{[^}]*\}|\\[^1-9kbB]|[^\\()|*+?]/uy;

class PatternParser {
  readonly #pattern: string;
  readonly #flags: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#flags = isValid(pattern, "su") ? "su" : "s";
  }

  parse(): PatternNode {
    const node = this.#choice(0);
    if (this.#at < this.#pattern.length) throw new Unsupported();
    return node;
  }

  #choice(depth: number): PatternNode {
    if (depth > deepestNesting) throw new Unsupported();
    const options: PatternNode[] = [];
    do options.push(this.#sequence(depth));
    while (this.#took(/\|/y));
    const [only] = options;
    return only !== undefined && options.length === 1 ? only : { kind: "choice", options };
  }

  #sequence(depth: number): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#pattern.length && !/[|)]/.test(this.#pattern[this.#at] ?? "")) {
      parts.push(this.#quantified(this.#part(depth)));
    }
    return { kind: "sequence", parts };
  }

  #part(depth: number): PatternNode {
    const asserted = asserts.get(this.#took(assertion)?.[0] ?? "");
    if (asserted !== undefined) return { kind: "assert", test: asserted };
    if (this.#took(groupStart)) {
      const inner = this.#choice(depth + 1);
      if (!this.#took(/\)/y)) throw new Unsupported();
      return inner;
    }
    const [source] = this.#took(atom) ?? [];
    if (source === undefined) throw new Unsupported();
    // On a single character the engine of JavaScript has nothing to try twice.
    const single = new RegExp(source === "." ? "^[^\\n\\r\\u2028\\u2029]$" : `^(?:${source})$`, this.#flags);
    return { kind: "one", test: (character) => single.test(character) };
  }

  #quantified(part: PatternNode): PatternNode {
    const [quantity, sign, least, range, most] = this.#took(quantifier) ?? [];
    if (quantity === undefined) return part;
    if (sign !== undefined) {
      return {
        kind: "repeat",
        part,
        least: sign === "+" ? 1 : 0,
        most: sign === "?" ? 1 : Number.POSITIVE_INFINITY,
      };
    }
    const end = range === undefined ? least : most === "" ? Number.POSITIVE_INFINITY : most;
    return { kind: "repeat", part, least: Number(least), most: Number(end) };
  }

  #took(expected: RegExp): RegExpExecArray | undefined {
    expected.lastIndex = this.#at;
    const match = expected.exec(this.#pattern) ?? undefined;
    if (match !== undefined) this.#at += match[0].length;
    return match;
  }
}

function isValid(pattern: string, flags: string): boolean {
  try {
    return new RegExp(pattern, flags) instanceof RegExp;
  } catch {
    return false;
  }
}
