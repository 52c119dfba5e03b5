export type { AvroEnum, AvroField, AvroFixed, AvroPrimitive, AvroRecord, AvroType } from "./formats/avro/avro-type.js";
export { type AvroDifference, type AvroDifferenceType, compareAvro } from "./formats/avro/compare-avro.js";
export { parseAvro } from "./formats/avro/parse-avro.js";
export { InvalidSchemaError } from "./formats/invalid-schema-error.js";
