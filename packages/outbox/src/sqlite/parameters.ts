import { OutboxError } from "../errors.js";
import type { SqlValue } from "../sql/sql.js";

// Strings, quoted names and comments are skipped whole; then "?", "?12", or the start of a named parameter.
const tokens =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|\?(\d*)|([:@$][A-Za-z_]\w*)/g;

/**
 * How many values a statement takes. Drivers differ in what they make of a missing one (an error, or NULL), so it is
 * counted here. Named parameters are refused.
 */
export function countParameters(text: string): number {
  let count = 0;
  for (const [token, position, name] of text.matchAll(tokens)) {
    if (name !== undefined) throw new OutboxError("BAD_PARAMETER", `named parameter ${name}: use "?" in order`);
    if (!token.startsWith("?")) continue;
    count = position ? Math.max(count, Number(position)) : count + 1;
  }
  return count;
}

/**
 * Checks values against the number of parameters and makes them what every driver binds the same way: integers as
 * bigints (a number would be stored as REAL by some), nothing that is not one of SQLite's types (some end the process).
 */
export function bindable(values: readonly SqlValue[], count: number, text: string, allowsNul: boolean): SqlValue[] {
  if (values.length !== count) {
    throw new OutboxError("BAD_PARAMETER", `${values.length} values for ${count} parameters in: ${text}`);
  }
  return values.map((value: unknown, index) => {
    if (value === null || typeof value === "bigint") return value;
    if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
    if (typeof value === "string") {
      if (allowsNul || !value.includes("\0")) return value;
      throw new OutboxError("BAD_PARAMETER", `parameter ${index + 1} has a NUL character, where this driver cuts text`);
    }
    if (value instanceof Uint8Array) return value;
    const type = value instanceof Object ? value.constructor.name : typeof value;
    throw new OutboxError(
      "BAD_PARAMETER",
      `parameter ${index + 1} is of type ${type}; SQLite stores strings, numbers, bigints, bytes and null: ${text}`,
    );
  });
}
