import type { CheckReport } from "../check/finding.js";
import { githubReport } from "./github-report.js";
import { jsonReport } from "./json-report.js";
import { junitReport } from "./junit-report.js";
import { sarifReport } from "./sarif-report.js";
import { textReport } from "./text-report.js";

/** The ways to write a report. */
export const reportFormats = ["text", "json", "github", "sarif", "junit"] as const;

export type ReportFormat = (typeof reportFormats)[number];

const writers: Readonly<Record<ReportFormat, (report: CheckReport) => string>> = {
  text: textReport,
  json: jsonReport,
  github: githubReport,
  sarif: sarifReport,
  junit: junitReport,
};

/** A report in a format, with its last line ended. */
export const writeReport = (report: CheckReport, format: ReportFormat): string => writers[format](report);
