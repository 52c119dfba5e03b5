export type SchemaSerdeErrorCode =
  | "SCHEMA_NOT_PREPARED"
  | "SCHEMA_NOT_REGISTERED"
  | "INCOMPATIBLE_WRITER_SCHEMA"
  | "INVALID_VALUE"
  | "INVALID_PAYLOAD";

/** A value or a payload that a schema serde cannot handle. The text names the topic, the schema and what to do. */
export class SchemaSerdeError extends Error {
  override readonly name = "SchemaSerdeError";
  readonly code: SchemaSerdeErrorCode;
  readonly retriable = false;

  constructor(code: SchemaSerdeErrorCode, context: string, options?: ErrorOptions) {
    super(`[${code}] ${context}`, options);
    this.code = code;
  }
}
