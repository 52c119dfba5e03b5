import type { RuleSet } from "./rule-set.js";
import type { SchemaMetadata } from "./schema-metadata.js";
import type { SubjectConfig } from "./subject-config.js";

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
  readonly schemaType?: string;
  readonly references?: readonly StoredReference[];
  readonly metadata?: SchemaMetadata;
  readonly ruleSet?: RuleSet;
  readonly schema: string;
  readonly deleted: boolean;
  /** When its record was written, by the log; it is not in the record itself. */
  readonly timestampMs?: number;
}

/**
 * Whether a subject takes writes. IMPORT takes ids and versions as they are given, from another registry; FORWARD is the same
 * for all of a registry that has not taken over yet.
 */
export const modes = ["READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT", "FORWARD"] as const;

export type Mode = (typeof modes)[number];

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
  | {
      readonly keytype: "CLEAR_SUBJECT";
      /** `null` stands for the default context. */
      readonly subject: string | null;
      readonly value: { readonly subject: string | null } | null;
    }
  | { readonly keytype: "CONFIG"; readonly subject: string | null; readonly value: SubjectConfig | null }
  | { readonly keytype: "MODE"; readonly subject: string | null; readonly value: { readonly mode: Mode } | null }
  | { readonly keytype: "CONTEXT"; readonly context: string; readonly value: { readonly context: string } | null }
  | { readonly keytype: "NOOP" };

/** A record as the log knows it: with the time at which it was written. */
export const writtenAt = (record: StoredRecord, timestampMs: number): StoredRecord =>
  record.keytype === "SCHEMA" && record.value !== null
    ? { ...record, value: { ...record.value, timestampMs } }
    : record;
