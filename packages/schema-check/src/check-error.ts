/** Why nothing could be decided: `ottla schema check` ends with 2. */
export type SchemaCheckErrorCode =
  /** `ottla.schemas.json` is missing or says something it must not. */
  | "INVALID_MANIFEST"
  /** git is missing, or this is no repository. */
  | "NO_GIT"
  /** The commit to compare with is not there. */
  | "UNKNOWN_BASE"
  /** The history is cut off: what was not fetched cannot be compared with. */
  | "SHALLOW_HISTORY"
  /** A file, a folder or a registry could not be read. */
  | "UNREADABLE";

/** The check could not decide. `hint` is what mends it, where that is known: a command, or a line to change. */
export class SchemaCheckError extends Error {
  override readonly name = "SchemaCheckError";
  readonly code: SchemaCheckErrorCode;
  readonly hint: string | undefined;

  constructor(code: SchemaCheckErrorCode, message: string, options?: ErrorOptions & { readonly hint?: string }) {
    super(message, options);
    this.code = code;
    this.hint = options?.hint;
  }
}
