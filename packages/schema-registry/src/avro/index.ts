export { type AvroOptions, type AvroSerde, avro } from "./avro.js";
export type { AvroIn, AvroLiteral, AvroOut, CannotInfer, LongForm } from "./infer.js";
export type { SubjectStrategy } from "./registry-view.js";
