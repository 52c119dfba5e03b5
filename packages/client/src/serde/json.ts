import type { Serde } from "./serde.js";
import { decodeUtf8 } from "./string.js";

/**
 * JSON in UTF-8, as Kafka's `JsonSerializer` writes it.
 *
 * `T` is a promise of the writer that nothing checks, unless `parse` does: it turns what was read into the type, or throws,
 * and then the record counts as one that cannot be decoded.
 *
 * @typeParam T - What a reader gets.
 * @typeParam In - What a writer gives; the same, unless `parse` fills in defaults.
 */
export function json<T, In = T>(options: { readonly parse?: (value: unknown) => T } = {}): Serde<In, T> {
  const { parse } = options;
  return {
    serialize(value: In): Uint8Array {
      // undefined for undefined, a function or a symbol, whatever the declared type says.
      const text: string | undefined = JSON.stringify(value);
      if (text === undefined) throw new TypeError(`a ${typeof value} has no JSON form`);
      return Buffer.from(text, "utf8");
    },
    deserialize(content: Uint8Array): T {
      const value: unknown = JSON.parse(decodeUtf8(content));
      return parse === undefined ? (value as T) : parse(value);
    },
  };
}
