import { InvalidSchemaError } from "../invalid-schema-error.js";
import { Decimal } from "./decimal.js";

/**
 * JSON as it was written: members in their order (JavaScript's objects put names like `"1"` first), numbers exact. Of members
 * of the same name the last one counts, as in Confluent's registry.
 */
export type JsonValue = null | boolean | string | Decimal | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

export const isJsonObject = (value: JsonValue | undefined): value is JsonObject => value instanceof Map;
export const isJsonArray = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);

// The limits of the parser in Confluent's registry.
const deepestNesting = 1000;
const longestNumber = 1000;
/** Beyond this a number has no place in Java's `BigDecimal` either. */
const largestExponent = 1_000_000_000;

/** @throws {@link InvalidSchemaError} with the offset of what is no JSON. */
export function parseJson(text: string): JsonValue {
  const parser = new JsonParser(text);
  return parser.document();
}

/** The text without white space; numbers as Confluent's registry writes them. */
export function printJson(value: JsonValue, sortNames = false): string {
  const parts: string[] = [];
  const print = (part: JsonValue): void => {
    if (isJsonArray(part)) {
      parts.push("[");
      for (const [index, item] of part.entries()) {
        if (index > 0) parts.push(",");
        print(item);
      }
      parts.push("]");
    } else if (isJsonObject(part)) {
      parts.push("{");
      // By UTF-16 code units, as Java sorts strings too.
      const names = sortNames ? [...part.keys()].sort() : part.keys();
      let isFirst = true;
      for (const name of names) {
        parts.push(isFirst ? "" : ",", JSON.stringify(name), ":");
        isFirst = false;
        print(part.get(name) ?? null);
      }
      parts.push("}");
    } else {
      parts.push(part instanceof Decimal ? part.toString() : JSON.stringify(part));
    }
  };
  print(value);
  return parts.join("");
}

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const words: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

class JsonParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    // A byte order mark is no JSON, but editors put it there.
    if (this.#text.startsWith("\ufeff")) this.#at = 1;
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#error("something follows the schema");
    return value;
  }

  #value(depth: number): JsonValue {
    if (depth > deepestNesting) throw this.#error(`nested deeper than ${deepestNesting}`);
    this.#skipSpace();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      default:
        return this.#wordOrNumber();
    }
  }

  #object(depth: number): JsonObject {
    const members = new Map<string, JsonValue>();
    this.#at += 1;
    if (this.#took("}")) return members;
    do {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') throw this.#error("a name in quotes is missing");
      const name = this.#string();
      if (!this.#took(":")) throw this.#error(`a colon is missing after ${JSON.stringify(name)}`);
      members.set(name, this.#value(depth + 1));
    } while (this.#took(","));
    if (!this.#took("}")) throw this.#error("a comma or } is missing");
    return members;
  }

  #array(depth: number): readonly JsonValue[] {
    const items: JsonValue[] = [];
    this.#at += 1;
    if (this.#took("]")) return items;
    do items.push(this.#value(depth + 1));
    while (this.#took(","));
    if (!this.#took("]")) throw this.#error("a comma or ] is missing");
    return items;
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    let isPlain = true;
    for (; ; end += 1) {
      const code = this.#text.charCodeAt(end);
      if (code === 0x22) break;
      // NaN at the end of the text; a control character must be escaped.
      if (!(code >= 0x20)) throw this.#error(end < this.#text.length ? "a control character" : "a string has no end");
      if (code === 0x5c) {
        isPlain = false;
        end += 1;
      }
    }
    this.#at = end + 1;
    if (isPlain) return this.#text.slice(start + 1, end);
    try {
      return JSON.parse(this.#text.slice(start, end + 1));
    } catch (cause) {
      this.#at = start;
      throw this.#error("an escape that JSON does not have", cause);
    }
  }

  #wordOrNumber(): JsonValue {
    for (const [word, value] of words) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return this.#number();
  }

  #number(): Decimal {
    number.lastIndex = this.#at;
    const [written] = number.exec(this.#text) ?? [];
    if (written === undefined) throw this.#error(this.#at < this.#text.length ? "not a value" : "the text ends");
    if (written.length > longestNumber) throw this.#error(`a number of more than ${longestNumber} characters`);
    const exponent = /e(.*)/i.exec(written)?.[1] ?? "0";
    if (Math.abs(Number(exponent)) > largestExponent) throw this.#error(`the exponent ${exponent}`);
    this.#at += written.length;
    return new Decimal(written);
  }

  #took(mark: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    // Mostly there is none, and asking a character is cheaper than a search.
    if (this.#text.charCodeAt(this.#at) > 0x20) return;
    space.lastIndex = this.#at;
    space.exec(this.#text);
    this.#at = space.lastIndex;
  }

  #error(what: string, cause?: unknown): InvalidSchemaError {
    return new InvalidSchemaError(`not JSON: ${what}, at character ${this.#at}`, "", { cause });
  }
}
