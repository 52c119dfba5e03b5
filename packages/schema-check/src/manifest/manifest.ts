import type { CompatibilityLevel, CompatibilityPolicy } from "@ottla/schema-registry/compatibility";

/** A subject as `ottla.schemas.json` declares it, defaults filled in. Paths are relative to the manifest. */
export interface DeclaredSubject {
  readonly subject: string;
  /** The schema's text. Its history is what a change is compared with. */
  readonly file: string;
  /** `module#export` of the contract in TypeScript that the file is written from. */
  readonly contract: string | undefined;
  /** Confluent's `schemaType`; by the file's ending where not given: `.avsc`, `.proto`, `.json`. */
  readonly format: string;
  readonly level: CompatibilityLevel;
  readonly policy: CompatibilityPolicy;
  readonly owner: string | undefined;
  /** Subjects whose schemas this one uses, by the names it uses: Avro's full type name, a `$ref`, an import path. */
  readonly references: Readonly<Record<string, string>>;
  /** Files with the schemas that known consumers read with. */
  readonly readers: readonly string[];
}

/** A difference that was agreed on. It counts from the commit on that the base holds, and until it expires. */
export interface Waiver {
  readonly subject: string;
  /** The difference's type, such as `READER_FIELD_MISSING_DEFAULT_VALUE` or `SUBJECT_DELETED`. */
  readonly difference: string;
  /** Where it is; every place in the subject when not given. */
  readonly path: string | undefined;
  readonly reason: string;
  readonly approver: string;
  /** The last day it counts: `2026-12-31`. */
  readonly expires: string;
}

/** What `ottla.schemas.json` says. */
export interface Manifest {
  readonly subjects: ReadonlyMap<string, DeclaredSubject>;
  readonly waivers: readonly Waiver[];
}

export const emptyManifest: Manifest = Object.freeze({ subjects: new Map(), waivers: [] });
