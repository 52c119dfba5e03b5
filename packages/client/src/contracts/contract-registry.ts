import type { SubjectSchema } from "../serde/serde.js";

/** A schema as a registry is given it: the subject stands beside it. */
type BareSchema = Omit<SubjectSchema, "subject" | "schemaType"> & Partial<Pick<SubjectSchema, "schemaType">>;

/**
 * What contracts need of a schema registry; `SchemaRegistry` of `@ottla/schema-registry` has it. Calls reject with errors that
 * have a `code`.
 */
export interface ContractRegistry {
  /** Rejects with `SUBJECT_NOT_FOUND` or `SCHEMA_NOT_FOUND` where a subject does not have a schema. */
  lookup(subject: string, schema: BareSchema, signal?: AbortSignal): Promise<unknown>;
  checkCompatibility(
    subject: string,
    schema: BareSchema,
    against: "all",
    signal?: AbortSignal,
  ): Promise<{ readonly isCompatible: boolean; readonly messages: readonly string[] }>;
  register(subject: string, schema: BareSchema, signal?: AbortSignal): Promise<unknown>;
  /** The level of a subject, its own or inherited. */
  compatibility(subject: string, signal?: AbortSignal): Promise<string>;
  setCompatibility(level: string, subject: string, signal?: AbortSignal): Promise<void>;
}

/** `registry`, where it is one; by shape, as an application may hold two copies of a package. */
export function contractRegistry(registry: unknown): ContractRegistry | undefined {
  const isOne =
    typeof registry === "object" &&
    registry !== null &&
    "lookup" in registry &&
    "register" in registry &&
    "setCompatibility" in registry;
  return isOne ? (registry as ContractRegistry) : undefined;
}

/** What is sent of a schema. Registries before 5.5 know Avro only, and no `schemaType`. */
export function bareSchema({ schemaType, schema, references }: SubjectSchema): BareSchema {
  return { schema, ...(schemaType !== "AVRO" && { schemaType }), ...(references && { references }) };
}

/** The code of a registry's refusal, if it is one. */
export function refusalCode(error: unknown): string | undefined {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === "string" ? code : undefined;
}
