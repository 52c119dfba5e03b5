import type { CompatibilityLevel } from "../../compatibility/level.js";

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

export type Mode = "READWRITE" | "READONLY";

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
    return { key: json(key), value: json(keytype === "CONFIG" && subject !== null ? { subject, ...value } : value) };
  }
  const { version, id, schema, schemaType, references, deleted } = record.value;
  const stored = {
    subject,
    version,
    id,
    ...(schemaType !== undefined && schemaType !== "AVRO" && { schemaType }),
    ...(references !== undefined && references.length > 0 && { references }),
    schema,
    deleted,
  };
  return { key: json(key), value: json(stored) };
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));

/**
 * Reads a record of `_schemas`, in any member order and of any release. `undefined` for kinds this registry does not keep
 * (contexts, associations) and for what is not JSON: those stay in the topic as they are.
 */
export function decodeStored(keyBytes: Uint8Array, valueBytes: Uint8Array | null): StoredRecord | undefined {
  const key = objectOf(keyBytes);
  const value = valueBytes === null ? null : objectOf(valueBytes);
  if (key === undefined || value === undefined) return undefined;
  const { keytype, subject = null, version } = key;
  if (keytype === "NOOP") return { keytype };
  if (keytype === "SCHEMA" && typeof subject === "string" && typeof version === "number") {
    return { keytype, subject, version, value: value as StoredSchema | null };
  }
  if ((keytype === "DELETE_SUBJECT" || keytype === "CLEAR_SUBJECT") && typeof subject === "string") {
    return { keytype, subject, value } as StoredRecord;
  }
  if (keytype === "CONFIG" || keytype === "MODE") return { keytype, subject, value } as StoredRecord;
  return undefined;
}

function objectOf(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
