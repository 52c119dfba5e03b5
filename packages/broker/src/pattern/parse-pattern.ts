import { type CharacterTest, InvalidPatternError, type PatternNode } from "./pattern-node.js";

// As RE2: a repetition of more than this, or repetitions within repetitions that multiply to it, are refused.
const mostRepetitions = 1000;
const mostNesting = 100;
const longestPattern = 10_000;

const digits: CharacterTest = (character) => character >= "0" && character <= "9";
const letters: CharacterTest = (character) => /^[A-Za-z]$/.test(character);
const words: CharacterTest = (character) => /^[0-9A-Za-z_]$/.test(character);
const spaces: CharacterTest = (character) => " \t\n\r\f".includes(character);
const not =
  (test: CharacterTest): CharacterTest =>
  (character) =>
    !test(character);
const any: CharacterTest = () => true;

const escapedClasses: ReadonlyMap<string, CharacterTest> = new Map([
  ["d", digits],
  ["D", not(digits)],
  ["w", words],
  ["W", not(words)],
  ["s", spaces],
  ["S", not(spaces)],
]);
const escapedCharacters: ReadonlyMap<string, string> = new Map([
  ["t", "\t"],
  ["n", "\n"],
  ["r", "\r"],
  ["f", "\f"],
  ["v", "\v"],
  ["a", "\u0007"],
]);
const namedClasses: ReadonlyMap<string, CharacterTest> = new Map([
  ["alnum", (character) => letters(character) || digits(character)],
  ["alpha", letters],
  ["digit", digits],
  ["lower", (character) => character >= "a" && character <= "z"],
  ["punct", (character) => /^[!-/:-@[-`{-~]$/.test(character)],
  ["space", (character) => spaces(character) || character === "\v"],
  ["upper", (character) => character >= "A" && character <= "Z"],
  ["word", words],
  ["xdigit", (character) => /^[0-9A-Fa-f]$/.test(character)],
]);

interface Flags {
  readonly ignoresCase: boolean;
  readonly dotTakesNewline: boolean;
}

/** @throws {@link InvalidPatternError} */
export function parsePattern(source: string): PatternNode {
  if (source.length > longestPattern) throw new InvalidPatternError(`A pattern of ${source.length} characters`);
  return new Parser(source).parse();
}

class Parser {
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;
  #flags: Flags = { ignoresCase: false, dotTakesNewline: false };

  constructor(source: string) {
    this.#characters = [...source];
  }

  parse(): PatternNode {
    const node = this.#choice();
    if (this.#at < this.#characters.length) throw this.#invalid("unexpected )");
    if (weight(node) > longestPattern) throw this.#invalid("too large");
    return node;
  }

  #choice(): PatternNode {
    this.#depth += 1;
    if (this.#depth > mostNesting) throw this.#invalid("nested too deeply");
    const outer = this.#flags;
    const nodes = [this.#sequence()];
    while (this.#skip("|")) nodes.push(this.#sequence());
    this.#flags = outer;
    this.#depth -= 1;
    const [only] = nodes;
    return only !== undefined && nodes.length === 1 ? only : { kind: "choice", nodes };
  }

  #sequence(): PatternNode {
    const nodes: PatternNode[] = [];
    for (let next = this.#peek(); next !== undefined && next !== "|" && next !== ")"; next = this.#peek()) {
      const atom = this.#atom();
      if (atom !== undefined) nodes.push(this.#repeated(atom));
    }
    return { kind: "sequence", nodes };
  }

  #repeated(node: PatternNode): PatternNode {
    const bounds = this.#bounds();
    if (bounds === undefined) return node;
    // Lazy or not, the same texts match as a whole.
    this.#skip("?");
    const { min, max } = bounds;
    if (min > mostRepetitions || (max !== undefined && (max > mostRepetitions || max < min))) {
      throw this.#invalid(`repetition {${min},${max ?? ""}}`);
    }
    const repeat: PatternNode = { kind: "repeat", node, min, max };
    if (repetitions(repeat) > mostRepetitions) throw this.#invalid("repetitions that multiply");
    if (this.#bounds() !== undefined) throw this.#invalid("a repetition of a repetition");
    return repeat;
  }

  #bounds(): { readonly min: number; readonly max: number | undefined } | undefined {
    if (this.#skip("*")) return { min: 0, max: undefined };
    if (this.#skip("+")) return { min: 1, max: undefined };
    if (this.#skip("?")) return { min: 0, max: 1 };
    const counted = /^\{(\d{1,5})(,(\d{0,5}))?\}/.exec(this.#characters.slice(this.#at, this.#at + 14).join(""));
    if (counted === null) return undefined;
    const [whole, least, comma, most] = counted;
    this.#at += whole.length;
    const min = Number(least);
    if (comma === undefined) return { min, max: min };
    return { min, max: most === undefined || most === "" ? undefined : Number(most) };
  }

  #atom(): PatternNode | undefined {
    const character = this.#take();
    switch (character) {
      case "(":
        return this.#group();
      case "[":
        return { kind: "character", test: this.#class() };
      case ".":
        return { kind: "character", test: this.#flags.dotTakesNewline ? any : (each) => each !== "\n" };
      case "^":
        return { kind: "start" };
      case "$":
        return { kind: "end" };
      case "*":
      case "+":
      case "?":
        throw this.#invalid(`nothing to repeat with ${character}`);
      case "\\":
        return this.#escape();
      default:
        return this.#literal(character);
    }
  }

  #group(): PatternNode | undefined {
    if (this.#skip("?")) {
      const ahead = this.#characters.slice(this.#at, this.#at + 120).join("");
      const named = /^P?<[A-Za-z_][0-9A-Za-z_]*>/.exec(ahead);
      const flagged = /^([is]*)(?:-([is]+))?([:)])/.exec(ahead);
      if (named !== null) this.#at += named[0].length;
      else if (flagged !== null) {
        const [whole, on = "", off = "", end] = flagged;
        this.#at += whole.length;
        const inner = this.#flagged(on, off);
        // (?i) holds to the end of the group around it.
        if (end === ")") {
          this.#flags = inner;
          return undefined;
        }
        const outer = this.#flags;
        this.#flags = inner;
        const node = this.#closed();
        this.#flags = outer;
        return node;
      } else throw this.#invalid("a group of a kind that is not taken");
    }
    return this.#closed();
  }

  #flagged(on: string, off: string): Flags {
    const is = (flag: string, before: boolean) => (before || on.includes(flag)) && !off.includes(flag);
    return {
      ignoresCase: is("i", this.#flags.ignoresCase),
      dotTakesNewline: is("s", this.#flags.dotTakesNewline),
    };
  }

  #closed(): PatternNode {
    const node = this.#choice();
    if (!this.#skip(")")) throw this.#invalid("missing )");
    return node;
  }

  #escape(): PatternNode {
    const character = this.#take();
    const test = escapedClasses.get(character);
    if (test !== undefined) return { kind: "character", test };
    if (character === "A") return { kind: "start" };
    if (character === "z") return { kind: "end" };
    if (character === "Q") return this.#quoted();
    return this.#literal(this.#escaped(character));
  }

  #quoted(): PatternNode {
    const nodes: PatternNode[] = [];
    while (this.#peek() !== undefined) {
      if (this.#peek() === "\\" && this.#characters[this.#at + 1] === "E") {
        this.#at += 2;
        break;
      }
      nodes.push(this.#literal(this.#take()));
    }
    return { kind: "sequence", nodes };
  }

  /** The character that an escape stands for. */
  #escaped(character: string): string {
    const known = escapedCharacters.get(character);
    if (known !== undefined) return known;
    if (character === "x") {
      const hex = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(
        this.#characters.slice(this.#at, this.#at + 8).join(""),
      );
      const code = Number.parseInt(hex?.[1] ?? hex?.[2] ?? "", 16);
      if (hex === null || code > 0x10ffff) throw this.#invalid("escape \\x");
      this.#at += hex[0].length;
      return String.fromCodePoint(code);
    }
    if (/^[0-9A-Za-z]$/.test(character)) throw this.#invalid(`escape \\${character}`);
    return character;
  }

  #literal(character: string): PatternNode {
    return { kind: "character", test: this.#ignoringCase((each) => each === character) };
  }

  #ignoringCase(test: CharacterTest): CharacterTest {
    if (!this.#flags.ignoresCase) return test;
    return (each) => test(each) || test(each.toLowerCase()) || test(each.toUpperCase());
  }

  #class(): CharacterTest {
    const isNegated = this.#skip("^");
    const tests: CharacterTest[] = [];
    for (let isFirst = true; isFirst || this.#peek() !== "]"; isFirst = false) tests.push(this.#classItem());
    this.#take();
    const test = this.#ignoringCase((character) => tests.some((each) => each(character)));
    return isNegated ? not(test) : test;
  }

  #classItem(): CharacterTest {
    const named = /^\[:(\^?)([a-z]+):\]/.exec(this.#characters.slice(this.#at, this.#at + 14).join(""));
    if (named !== null) {
      const test = namedClasses.get(named[2] ?? "");
      if (test === undefined) throw this.#invalid(`class ${named[0]}`);
      this.#at += named[0].length;
      return named[1] === "^" ? not(test) : test;
    }
    const first = this.#classCharacter();
    if (typeof first !== "string") return first;
    const isRange = this.#peek() === "-" && this.#characters[this.#at + 1] !== "]";
    if (!isRange) return (character) => character === first;
    this.#take();
    const last = this.#classCharacter();
    const [from, to] = [codeOf(first), typeof last === "string" ? codeOf(last) : -1];
    if (to < from) throw this.#invalid("a range that ends before it begins");
    return (character) => codeOf(character) >= from && codeOf(character) <= to;
  }

  #classCharacter(): string | CharacterTest {
    const character = this.#take();
    if (character !== "\\") return character;
    const escaped = this.#take();
    return escapedClasses.get(escaped) ?? this.#escaped(escaped);
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(): string {
    const character = this.#peek();
    if (character === undefined) throw this.#invalid("it ends too early");
    this.#at += 1;
    return character;
  }

  #skip(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #invalid(what: string): InvalidPatternError {
    return new InvalidPatternError(`Invalid pattern, at ${this.#at}: ${what}`);
  }
}

const codeOf = (character: string): number => character.codePointAt(0) ?? -1;

const mostOf = (nodes: readonly PatternNode[], measure: (node: PatternNode) => number): number =>
  nodes.reduce((most, node) => Math.max(most, measure(node)), 1);

/** How often the innermost part of counted repetitions is written out. */
function repetitions(node: PatternNode): number {
  switch (node.kind) {
    case "repeat":
      return Math.max(1, node.max ?? node.min) * repetitions(node.node);
    case "sequence":
    case "choice":
      return mostOf(node.nodes, repetitions);
    default:
      return 1;
  }
}

/** How many instructions it takes, or a little less. */
function weight(node: PatternNode): number {
  switch (node.kind) {
    case "repeat":
      return Math.max(1, node.max ?? node.min) * weight(node.node);
    case "sequence":
    case "choice":
      return node.nodes.reduce((sum, each) => sum + weight(each), 1);
    default:
      return 1;
  }
}
