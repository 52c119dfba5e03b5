export type { CheckReport, Finding, SubjectReport } from "./check/finding.js";
export { SchemaCheckError, type SchemaCheckErrorCode } from "./check-error.js";
export type { VersionedRegistry } from "./history/registry-history.js";
export type { DeclaredSubject, Manifest, Waiver } from "./manifest/manifest.js";
export { parseManifest } from "./manifest/parse-manifest.js";
export { type ReportFormat, reportFormats, writeReport } from "./report/reports.js";
export { runSchemaCheck, type SchemaCheckOptions } from "./run-schema-check.js";
