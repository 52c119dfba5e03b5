import { InvalidSchemaError } from "../invalid-schema-error.js";
import { textOfBytes } from "./text-bytes.js";

export type TokenKind = "identifier" | "integer" | "float" | "text" | "symbol" | "end";

const tab = 0x09;
const newline = 0x0a;
const space = 0x20;
const slash = 0x2f;
const star = 0x2a;
const backslash = 0x5c;
// Longer ones mean nothing, and cost more than their length.
const longestNumber = 1000;
const numberToken = /0[xX][0-9a-fA-F]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
const integerText = /^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;

/** Names in a message may be as long as the schema is. */
export const longestMessage = 1000;

/** Reads a `.proto` text token by token: the one it stands at is in `kind`, `text` and `at`. */
export class ProtoLexer {
  readonly source: string;
  readonly #path: string;
  kind: TokenKind = "end";
  /** As written; the content of a text, its escapes resolved. */
  text = "";
  /** Where the token begins. */
  at = 0;
  #position: number;

  /** @param path - The import path that errors name; empty for the schema itself. */
  constructor(source: string, path: string) {
    this.source = source;
    this.#path = path;
    this.#position = source.charCodeAt(0) === 0xfeff ? 1 : 0;
    this.advance();
  }

  /** Goes on to the next token. */
  advance(): void {
    this.#skipSpace();
    this.at = this.#position;
    const code = this.source.charCodeAt(this.#position);
    if (Number.isNaN(code)) {
      this.kind = "end";
      this.text = "";
    } else if (isLetter(code)) {
      this.kind = "identifier";
      let end = this.#position + 1;
      for (
        let next = this.source.charCodeAt(end);
        isLetter(next) || isDigit(next);
        next = this.source.charCodeAt(end)
      ) {
        end += 1;
      }
      this.text = this.source.slice(this.#position, end);
      this.#position = end;
    } else if (isDigit(code) || (code === 0x2e && isDigit(this.source.charCodeAt(this.#position + 1)))) {
      this.#number();
    } else if (code === 0x22 || code === 0x27) {
      this.kind = "text";
      this.text = this.#text(code);
    } else {
      this.kind = "symbol";
      this.text = String.fromCodePoint(this.source.codePointAt(this.#position) ?? 0);
      this.#position += this.text.length;
    }
  }

  /** Whether the token is this symbol or word. */
  is(text: string): boolean {
    return this.text === text && (this.kind === "symbol" || this.kind === "identifier");
  }

  /** Steps over the token if it is this symbol or word. */
  takes(text: string): boolean {
    if (!this.is(text)) return false;
    this.advance();
    return true;
  }

  expect(symbol: string): void {
    if (!this.takes(symbol)) this.fail(`expected "${symbol}"`);
  }

  identifier(what: string): string {
    return this.#expected("identifier", what);
  }

  /** A text, the adjacent ones added to it. */
  textLiteral(what: string): string {
    const parts = [this.#expected("text", what)];
    while (this.kind === "text") parts.push(this.#expected("text", what));
    return parts.join("");
  }

  /** A whole number in these bounds. */
  integer(what: string, least: number, most: number): number {
    const at = this.at;
    const isNegative = least < 0 && this.takes("-");
    const text = this.#expected("integer", what);
    const value = Number(/^0[0-7]+$/.test(text) ? `0o${text}` : text) * (isNegative ? -1 : 1);
    if (value < least || value > most) this.failAt(at, `${what} must be from ${least} to ${most}, it is ${value}`);
    return value;
  }

  #expected(kind: TokenKind, what: string): string {
    if (this.kind !== kind) this.fail(`expected ${what}`);
    const { text } = this;
    this.advance();
    return text;
  }

  /** Refuses the token the lexer stands at. */
  fail(expected: string): never {
    const found = this.kind === "end" ? "the end" : JSON.stringify(this.text.slice(0, 50));
    this.failAt(this.at, `${expected}, found ${found}`);
  }

  failAt(at: number, message: string): never {
    throw new InvalidSchemaError(message.slice(0, longestMessage), placeOf(this.source, at, this.#path));
  }

  #number(): void {
    this.kind = "float";
    numberToken.lastIndex = this.#position;
    this.text = numberToken.exec(this.source)?.[0] ?? "";
    this.#position += this.text.length;
    if (this.text.length > longestNumber) this.failAt(this.at, `a number of ${this.text.length} characters`);
    if (integerText.test(this.text)) this.kind = "integer";
    else if (/^0[0-9]+$/.test(this.text)) this.failAt(this.at, `${this.text.slice(0, 50)} is not an octal number`);
    if (isLetter(this.source.charCodeAt(this.#position))) {
      this.failAt(this.#position, "expected something between a number and a word");
    }
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.source.charCodeAt(this.#position);
      if (code === space || (code >= tab && code <= 0x0d)) {
        this.#position += 1;
        continue;
      }
      if (code !== slash) return;
      const next = this.source.charCodeAt(this.#position + 1);
      if (next !== slash && next !== star) return;
      const start = this.#position;
      const end = this.source.indexOf(next === slash ? "\n" : "*/", start + 2);
      if (end < 0 && next === star) this.failAt(start, "this comment has no end");
      this.#position = end < 0 ? this.source.length : end + (next === slash ? 1 : 2);
    }
  }

  #text(quote: number): string {
    const start = this.#position;
    const end = this.#endOfText(quote);
    this.#position = end + 1;
    const raw = this.source.slice(start + 1, end);
    return raw.includes("\\") ? this.#unescaped(raw, start + 1) : raw;
  }

  #endOfText(quote: number): number {
    for (let position = this.#position + 1; position < this.source.length; position += 1) {
      const code = this.source.charCodeAt(position);
      if (code === quote) return position;
      if (code === newline) break;
      if (code === backslash) position += 1;
    }
    return this.failAt(this.#position, "this text has no end on its line");
  }

  #unescaped(raw: string, start: number): string {
    const bytes = raw.replace(escaped, (whole, ...found) => {
      const [octal, hex, short, long, simple] = found as (string | undefined)[];
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      const point = short ?? long;
      if (point !== undefined) {
        const code = Number.parseInt(point, 16);
        if (code <= 0x10ffff) return Buffer.from(String.fromCodePoint(code)).toString("latin1");
      }
      const known = simple === undefined ? undefined : simpleEscapes[simple];
      if (known !== undefined) return known;
      if (whole.startsWith("\\")) this.failAt(start + (found[5] as number), `${whole} is not an escape`);
      return Buffer.from(whole).toString("latin1");
    });
    return textOfBytes(Buffer.from(bytes, "latin1"));
  }
}

// An escape, or what is none: each becomes the bytes it stands for, one character each.
const escaped = /\\([0-7]{1,3})|\\[xX]([0-9a-fA-F]{1,2})|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\([\s\S])|[^\\]+/g;
const simpleEscapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "?": "?",
};

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isLetter = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;

/** `line 3, column 5`, with the file in front where it is not the schema itself. */
export function placeOf(source: string, at: number, path: string): string {
  const before = path === "" ? "" : `${path}, `;
  if (source === "") return `${before}descriptor`;
  let line = 1;
  let start = 0;
  for (let end = source.indexOf("\n"); end >= 0 && end < at; end = source.indexOf("\n", start)) {
    line += 1;
    start = end + 1;
  }
  return `${before}line ${line}, column ${at - start + 1}`;
}
