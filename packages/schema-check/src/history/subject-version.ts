import type { SchemaText } from "@ottla/schema-registry/compatibility";

/** A schema that a subject had, with all that it used then. */
export interface SubjectVersion {
  readonly text: SchemaText;
  /** Where it comes from, to read: `4f2c1d9 (2026-01-31) schemas/order.avsc`, `version 3`. */
  readonly origin: string;
}

/** What subjects were before: where the manifest stood, and all versions of each subject, the oldest first. */
export interface SubjectHistory {
  /** What was compared with, to read: `origin/main`, `http://127.0.0.1:8081`. */
  readonly against: string;
  versions(subject: string): readonly SubjectVersion[];
}
