import type { CheckReport } from "../check/finding.js";

/** The report for programs. `version` rises when a member changes its meaning or goes; members are added without. */
export const jsonReport = (report: CheckReport): string =>
  `${JSON.stringify({ version: 1, ...report }, undefined, 2)}\n`;
