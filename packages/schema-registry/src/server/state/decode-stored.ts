import { readRuleSet } from "./rule-set.js";
import { readMetadata } from "./schema-metadata.js";
import { modes, type StoredRecord, type StoredReference, type StoredSchema } from "./stored-record.js";
import { readConfig } from "./subject-config.js";

type Members = Readonly<Record<string, unknown>>;

/**
 * Reads a record of `_schemas`, in any member order and of any release. `undefined` for kinds this registry does not keep
 * (associations) and for what does not have the members it must have: those stay in the topic as they are.
 */
export function decodeStored(keyBytes: Uint8Array, valueBytes: Uint8Array | null): StoredRecord | undefined {
  const key = objectOf(keyBytes);
  const value = valueBytes === null ? null : objectOf(valueBytes);
  if (key === undefined || value === undefined) return undefined;
  const { keytype, subject = null, version, context } = key;
  if (subject !== null && typeof subject !== "string") return undefined;
  switch (keytype) {
    case "NOOP":
      return { keytype };
    case "CONFIG":
      return { keytype, subject, value: value && readConfig(value) };
    case "MODE": {
      const mode = modes.find((one) => one === value?.mode);
      return { keytype, subject, value: mode === undefined ? null : { mode } };
    }
    case "CLEAR_SUBJECT":
      return { keytype, subject, value: value && { subject } };
    case "CONTEXT":
      return typeof context === "string" ? { keytype, context, value: value && { context } } : undefined;
    case "DELETE_SUBJECT":
      if (subject === null) return undefined;
      if (value === null) return { keytype, subject, value };
      return isCount(value.version) ? { keytype, subject, value: { subject, version: value.version } } : undefined;
    case "SCHEMA": {
      if (subject === null || !isCount(version)) return undefined;
      if (value === null) return { keytype, subject, version, value };
      const stored = schemaOf(subject, version, value);
      return stored && { keytype, subject, version, value: stored };
    }
    default:
      return undefined;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

function schemaOf(subject: string, version: number, value: Members): StoredSchema | undefined {
  const { id, schema, schemaType = null, references = null, deleted } = value;
  // An imported schema may have the id 0.
  if (!(isCount(id) || id === 0) || typeof schema !== "string") return undefined;
  if (schemaType !== null && typeof schemaType !== "string") return undefined;
  if (references !== null && !(Array.isArray(references) && references.every(isReference))) return undefined;
  const metadata = readMetadata(value.metadata);
  const ruleSet = readRuleSet(value.ruleSet);
  return {
    subject,
    version,
    id,
    ...(schemaType !== null && { schemaType }),
    ...(references !== null && {
      references: references.map(({ name, subject, version }) => ({ name, subject, version })),
    }),
    ...(metadata !== undefined && { metadata }),
    ...(ruleSet !== undefined && { ruleSet }),
    schema,
    deleted: deleted === true,
  };
}

const isReference = (one: unknown): one is StoredReference =>
  typeof one === "object" &&
  one !== null &&
  "name" in one &&
  "subject" in one &&
  "version" in one &&
  typeof one.name === "string" &&
  typeof one.subject === "string" &&
  isCount(one.version);

function objectOf(bytes: Uint8Array): Members | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Members) : undefined;
  } catch {
    return undefined;
  }
}
