export { type RegistryErrorCode, SchemaRegistryError } from "./client/registry-error.js";
export type { RegistryAuth } from "./client/registry-http.js";
export {
  type RegisteredSchema,
  type Schema,
  type SchemaReference,
  SchemaRegistry,
  type SchemaRegistryOptions,
  type SchemaType,
} from "./client/schema-registry.js";
export type { AvroEnum, AvroField, AvroFixed, AvroPrimitive, AvroRecord, AvroType } from "./formats/avro/avro-type.js";
export { type AvroDifference, type AvroDifferenceType, compareAvro } from "./formats/avro/compare-avro.js";
export { parseAvro } from "./formats/avro/parse-avro.js";
export { InvalidSchemaError } from "./formats/invalid-schema-error.js";
export { SchemaSerdeError, type SchemaSerdeErrorCode } from "./serde/serde-errors.js";
