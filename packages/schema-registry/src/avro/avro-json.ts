import { SchemaSerdeError } from "../serde/serde-errors.js";
import type { SubjectStrategy } from "../serde/subject.js";
import { type AvroSerde, avro } from "./avro.js";
import { avroType } from "./avro-codec.js";
import { fromJson, toJson } from "./json-form.js";

/**
 * As `avro`, with values as JSON has them: for tools, and wherever nobody knows the types. Longs are numbers, or text
 * beyond 2^53; bytes are `{"base64": "…"}`, dates ISO text, decimals text. A field that the schema does not have is an error.
 *
 * @throws TypeError when the text is not an Avro schema.
 */
export function avroJson(
  schema: object | string,
  options: { readonly subject?: SubjectStrategy } = {},
): AvroSerde<unknown, unknown> {
  const serde = avro<unknown>(schema, { ...options, long: "bigint" });
  const type = avroType(JSON.parse(serde.schema), "bigint");
  return {
    schemaType: "AVRO",
    schema: serde.schema,
    prepare: async (context) => serde.prepare?.(context),
    prepareBatch: (payloads, context) => serde.prepareBatch?.(payloads, context),
    serialize(value, context) {
      let converted: unknown;
      try {
        converted = fromJson(type, value);
      } catch (cause) {
        const { topic, part } = context;
        throw new SchemaSerdeError("INVALID_VALUE", `topic ${topic}, ${part}: ${(cause as Error).message}`, { cause });
      }
      return serde.serialize(converted, context);
    },
    deserialize: (bytes, context) => toJson(serde.deserialize(bytes, context)),
  };
}
