import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type Draft, defaultDraft, draftOf } from "../formats/json-schema/draft.js";

/** Says where a value does not fit a schema, and why; nothing where it does. */
export type Validator = (value: unknown) => string | undefined;

interface NamedDocument {
  readonly name: string;
  readonly document: unknown;
}

/**
 * Makes a validator of a schema that `parseJsonSchema` has read. Formats are not checked: the rules of compatibility do not look at them.
 *
 * @throws TypeError for draft 4, which the validator does not know.
 */
export function validatorOf(document: unknown, references: readonly NamedDocument[]): Validator {
  const draft = draftIn(document);
  if (draft === "4") throw new TypeError("values cannot be validated by a schema of draft 4; write it in draft 7");
  const Validating = draft === "2020-12" ? Ajv2020 : draft === "2019-09" ? Ajv2019 : Ajv;
  const ajv = new Validating({ strict: false, validateFormats: false, validateSchema: false, logger: false });
  for (const { name, document: referred } of references) ajv.addSchema(withoutDraft(referred), name);
  const validate: ValidateFunction = ajv.compile(withoutDraft(document));
  return (value) => {
    if (validate(value)) return undefined;
    const [first] = validate.errors ?? [];
    return `${first?.instancePath || "/"} ${first?.message ?? "does not fit"}`;
  };
}

function draftIn(document: unknown): Draft {
  const { $schema } = Object(document) as { readonly $schema?: unknown };
  return (typeof $schema === "string" ? draftOf($schema) : undefined) ?? defaultDraft;
}

/** The schema without `$schema`: which draft it is has been seen, and the validator does not have the schemas of all. */
function withoutDraft(document: unknown): object | boolean {
  if (typeof document === "boolean") return document;
  const { $schema: _, ...rest } = document as Readonly<Record<string, unknown>>;
  return rest;
}
