export type { SubjectStrategy } from "../serde/subject.js";
export { type AvroOptions, type AvroSerde, avro } from "./avro.js";
export { avroJson } from "./avro-json.js";
export { AvroJsonReader } from "./avro-json-reader.js";
export type { AvroIn, AvroLiteral, AvroOut, CannotInfer, LongForm } from "./infer.js";
