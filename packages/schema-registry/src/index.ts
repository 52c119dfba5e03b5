export type { ClientCredentials, RegistryAuth } from "./client/registry-auth.js";
export type {
  RegistryConfig,
  RegistryMode,
  SchemaMetadata,
  SchemaRule,
  SchemaRuleSet,
} from "./client/registry-config.js";
export { type RegistryErrorCode, SchemaRegistryError } from "./client/registry-error.js";
export type { RegistryTls } from "./client/registry-transport.js";
export {
  type ListOptions,
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
export { compareProtobuf } from "./formats/protobuf/compare-protobuf.js";
export { parseProtobuf } from "./formats/protobuf/parse-protobuf.js";
export { type PrintOptions, printProtobuf } from "./formats/protobuf/print-protobuf.js";
export type { ProtobufDifference, ProtobufDifferenceType } from "./formats/protobuf/protobuf-difference.js";
export type { ProtobufSchema } from "./formats/protobuf/protobuf-schema.js";
export { SchemaSerdeError, type SchemaSerdeErrorCode } from "./serde/serde-errors.js";
