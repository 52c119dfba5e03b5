import { type CompatibilityLevel, compatibilityLevels } from "../../compatibility/level.js";

/** A schema another one uses, as stored. */
export interface StoredReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** The value of a `SCHEMA` record: one version of a subject. */
export interface StoredSchema {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly StoredReference[];
  readonly deleted: boolean;
}

/** Whether a subject takes writes. Only the first two can be set here; the others are what another registry may have left. */
export type Mode = "READWRITE" | "READONLY" | "READONLY_OVERRIDE" | "IMPORT" | "FORWARD";

/** What `_schemas` holds, record by record; a null value is a tombstone. */
export type StoredRecord =
  | {
      readonly keytype: "SCHEMA";
      readonly subject: string;
      readonly version: number;
      readonly value: StoredSchema | null;
    }
  | {
      readonly keytype: "DELETE_SUBJECT";
      readonly subject: string;
      readonly value: { readonly subject: string; readonly version: number } | null;
    }
  | { readonly keytype: "CLEAR_SUBJECT"; readonly subject: string; readonly value: { readonly subject: string } | null }
  | {
      readonly keytype: "CONFIG";
      readonly subject: string | null;
      readonly value: { readonly compatibilityLevel?: CompatibilityLevel } | null;
    }
  | { readonly keytype: "MODE"; readonly subject: string | null; readonly value: { readonly mode: Mode } | null }
  | { readonly keytype: "NOOP" };

/**
 * A record's bytes as Confluent's registry writes them: JSON with the members in its order, since compaction compares keys
 * byte for byte.
 */
export function encodeStored(record: StoredRecord): { readonly key: Buffer; readonly value: Buffer | null } {
  const { keytype } = record;
  if (keytype === "NOOP") return { key: json({ keytype, magic: 0 }), value: null };
  const { subject, value } = record;
  const key =
    keytype === "SCHEMA" ? { keytype, subject, version: record.version, magic: 1 } : { keytype, subject, magic: 0 };
  if (value === null) return { key: json(key), value: null };
  if (keytype !== "SCHEMA" || record.value === null) {
    const isSetting = keytype === "CONFIG" || keytype === "MODE";
    return { key: json(key), value: json(isSetting && subject !== null ? { subject, ...value } : value) };
  }
  const { version, id, schema, schemaType, references, deleted } = record.value;
  const stored = {
    subject,
    version,
    id,
    schema,
    ...(schemaType !== undefined && schemaType !== "AVRO" && { schemaType }),
    ...(references !== undefined && references.length > 0 && { references }),
    deleted,
  };
  return { key: json(key), value: json(stored) };
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));

/**
 * Reads a record of `_schemas`, in any member order and of any release. `undefined` for kinds this registry does not keep
 * (contexts, associations) and for what does not have the members it must have: those stay in the topic as they are.
 */
export function decodeStored(keyBytes: Uint8Array, valueBytes: Uint8Array | null): StoredRecord | undefined {
  const key = objectOf(keyBytes);
  const value = valueBytes === null ? null : objectOf(valueBytes);
  if (key === undefined || value === undefined) return undefined;
  const { keytype, subject = null, version } = key;
  if (keytype === "NOOP") return { keytype };
  if (keytype === "CONFIG" || keytype === "MODE") {
    if (subject !== null && typeof subject !== "string") return undefined;
    if (keytype === "CONFIG") return { keytype, subject, value: value && levelOf(value) };
    const mode = modes.find((one) => one === value?.mode);
    return { keytype, subject, value: mode === undefined ? null : { mode } };
  }
  if (typeof subject !== "string") return undefined;
  if (keytype === "CLEAR_SUBJECT") return { keytype, subject, value: value && { subject } };
  if (keytype === "DELETE_SUBJECT") {
    if (value === null) return { keytype, subject, value };
    return isCount(value.version) ? { keytype, subject, value: { subject, version: value.version } } : undefined;
  }
  if (keytype !== "SCHEMA" || !isCount(version)) return undefined;
  if (value === null) return { keytype, subject, version, value };
  const stored = schemaOf(subject, version, value);
  return stored && { keytype, subject, version, value: stored };
}

const modes: readonly Mode[] = ["READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT", "FORWARD"];

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

function levelOf({ compatibilityLevel }: Members): { readonly compatibilityLevel?: CompatibilityLevel } {
  const level = compatibilityLevels.find((one) => one === compatibilityLevel);
  return level === undefined ? {} : { compatibilityLevel: level };
}

function schemaOf(subject: string, version: number, value: Members): StoredSchema | undefined {
  const { id, schema, schemaType = null, references = null, deleted } = value;
  if (!isCount(id) || typeof schema !== "string") return undefined;
  if (schemaType !== null && typeof schemaType !== "string") return undefined;
  if (references !== null && !(Array.isArray(references) && references.every(isReference))) return undefined;
  return {
    subject,
    version,
    id,
    schema,
    ...(schemaType !== null && { schemaType }),
    ...(references !== null && { references }),
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

type Members = Readonly<Record<string, unknown>>;

function objectOf(bytes: Uint8Array): Members | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Members) : undefined;
  } catch {
    return undefined;
  }
}
