/** A text that is not a schema of its format. `path` is a JSON pointer to the part that is wrong. */
export class InvalidSchemaError extends Error {
  override readonly name = "InvalidSchemaError";
  readonly code = "INVALID_SCHEMA";
  readonly path: string;

  constructor(message: string, path: string, options?: ErrorOptions) {
    super(`${path === "" ? "/" : path}: ${message}`, options);
    this.path = path === "" ? "/" : path;
  }
}
