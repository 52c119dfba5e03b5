/**
 * A validator of any library that follows the Standard Schema specification, version 1 (zod, valibot, arktype and others):
 * the part of it that is used here, declared anew so that no package is needed.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<In = unknown, Out = In> {
  readonly "~standard": {
    readonly version: 1;
    /** The library. */
    readonly vendor: string;
    validate(value: unknown): ValidationResult<Out> | Promise<ValidationResult<Out>>;
    /** Types only. */
    readonly types?: { readonly input: In; readonly output: Out } | undefined;
  };
}

/** What a validator answers: a value, or what is wrong. */
export type ValidationResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly ReportedIssue[] };

/** One thing that is wrong, as validators report it. */
export interface ReportedIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a value is before the validator `S` has seen it. */
export type SchemaInput<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["input"];
/** What the validator `S` makes of a value. */
export type SchemaOutput<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["output"];

/** One thing that is wrong with a value, and where in it: `items[2].price`, empty for the whole. */
export interface ValidationIssue {
  readonly path: string;
  readonly message: string;
}

/** A value that its validator refuses: the `cause` of a `SerializationError` or a `DeserializationError`. */
export class ValidationError extends Error {
  override readonly name = "ValidationError";
  readonly code = "VALIDATION_FAILED";
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;
  readonly issues: readonly ValidationIssue[];

  constructor(issues: readonly ValidationIssue[]) {
    super(issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; "));
    this.issues = issues;
  }
}

/** Whether `value` is a validator. Some libraries' are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  return ((typeof value === "object" && value !== null) || typeof value === "function") && "~standard" in value;
}

/**
 * What the validator makes of `value`.
 *
 * @throws {@link ValidationError}; TypeError when the validator is asynchronous.
 */
export function validated<Out>(schema: StandardSchema<unknown, Out>, value: unknown): Out {
  const result = schema["~standard"].validate(value);
  if ("then" in result) {
    // Nobody waits for its verdict.
    result.then(undefined, () => {});
    throw new TypeError(
      `the ${schema["~standard"].vendor} validator is asynchronous: records are written and read without waiting`,
    );
  }
  if (result.issues === undefined) return result.value;
  throw new ValidationError(result.issues.map(({ message, path }) => ({ message, path: pathText(path ?? []) })));
}

function pathText(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  let text = "";
  for (const segment of path) {
    const key = typeof segment === "object" ? segment.key : segment;
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text;
}
