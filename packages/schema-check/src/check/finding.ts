import type { CompatibilityLevel, CompatibilityPolicy } from "@ottla/schema-registry/compatibility";
import type { Waiver } from "../manifest/manifest.js";

/** Something that a change must not do, unless it is waived. */
export interface Finding {
  /**
   * Confluent's name of the difference (`READER_FIELD_MISSING_DEFAULT_VALUE`), or `SUBJECT_DELETED`, `SUBJECT_RENAMED`, `SUBJECT_REMAPPED`,
   * `LEVEL_LOWERED`, `POLICY_LOWERED`, `READER_REMOVED`, `READER_BROKEN`, `SCHEMA_FILE_MISSING`, `INVALID_SCHEMA`,
   * `NOT_COMPARED`, `CONTRACT_DRIFT`.
   */
  readonly type: string;
  /** Where in the schema, as the format writes it; `/` for all of it. */
  readonly path: string;
  /** What changed. */
  readonly message: string;
  /** Whom it breaks. */
  readonly breaks?: string | undefined;
  /** What would be allowed. */
  readonly advice?: string | undefined;
  /** The versions it was found against, the newest first. */
  readonly against: readonly string[];
  /** A weaker policy under which it would pass. */
  readonly passesUnder?: CompatibilityPolicy | undefined;
  /** The waiver that lets it pass. */
  readonly waiver?: Waiver | undefined;
  /** Why a waiver that names it does not count. */
  readonly waiverRefused?: string | undefined;
}

/** What was found out about one subject. */
export interface SubjectReport {
  readonly subject: string;
  readonly file: string;
  readonly level: CompatibilityLevel;
  readonly policy: CompatibilityPolicy;
  readonly owner: string | undefined;
  /** `new`: there was nothing to compare with. `unchanged`: as where the change began. */
  readonly verdict: "compatible" | "incompatible" | "new" | "unchanged";
  /** How many earlier versions there were. */
  readonly versions: number;
  readonly findings: readonly Finding[];
}

/** The whole answer. */
export interface CheckReport {
  /** What was compared with: `origin/main (4f2c1d9)`, a folder, a registry's URL. */
  readonly against: string;
  readonly subjects: readonly SubjectReport[];
  readonly isCompatible: boolean;
}
