import type { Serde } from "./serde.js";
import {
  isStandardSchema,
  type SchemaInput,
  type SchemaOutput,
  type StandardSchema,
  validated,
} from "./standard-schema.js";
import { decodeUtf8 } from "./string.js";

/** The two ways to call {@link json}: with a validator, which brings the types, or with the types named. */
interface JsonFactory {
  <S extends StandardSchema>(schema: S): Serde<SchemaInput<S>, SchemaOutput<S>>;
  <T, In = T>(options?: { readonly parse?: (value: unknown) => T }): Serde<In, T>;
}

/**
 * JSON in UTF-8, as Kafka's `JsonSerializer` writes it.
 *
 * With a validator that follows Standard Schema (zod, valibot, arktype …), values are checked when they are written and when
 * they are read. Written is what was given, not what the validator made of it; a reader gets what the validator makes of it:
 * so a writer may leave away fields with defaults, and gives text where a transform makes a `Date` of it. Validation is
 * synchronous; a validator that wants to wait is an error at its first value.
 *
 * Without one, `json<T>()` is a promise of the writer that nothing checks, unless `parse` does: it turns what was read into the
 * type, or throws, and then the record counts as one that cannot be decoded.
 *
 * ```ts
 * json(z.object({ id: z.string(), coupon: z.string().nullable().default(null) }))
 * json<Order>()
 * ```
 */
export const json = ((
  given: StandardSchema | { readonly parse?: (value: unknown) => unknown } = {},
): Serde<unknown> => {
  if (isStandardSchema(given)) {
    return {
      serialize(value: unknown): Uint8Array {
        validated(given, value);
        return encodeJson(value);
      },
      deserialize: (content: Uint8Array) => validated(given, decodeJson(content)),
    };
  }
  const { parse } = given;
  return {
    serialize: encodeJson,
    deserialize: parse === undefined ? decodeJson : (content: Uint8Array) => parse(decodeJson(content)),
  };
}) as unknown as JsonFactory;

function encodeJson(value: unknown): Uint8Array {
  // undefined for undefined, a function or a symbol, whatever the declared type says.
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`a ${typeof value} has no JSON form`);
  return Buffer.from(text, "utf8");
}

const decodeJson = (content: Uint8Array): unknown => JSON.parse(decodeUtf8(content));
