export type { SubjectStrategy } from "../serde/subject.js";
export { type JsonSchemaOptions, type JsonSchemaSerde, jsonSchema, type ReferredSchema } from "./json-schema.js";
