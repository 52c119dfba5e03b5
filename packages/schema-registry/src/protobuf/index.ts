export type { SubjectStrategy } from "../serde/subject.js";
export { type ProtobufOptions, type ProtobufSerde, protobuf } from "./protobuf.js";
export type { ImportedSchema } from "./registry-view.js";
export type { LongForm } from "./scalar-codecs.js";
