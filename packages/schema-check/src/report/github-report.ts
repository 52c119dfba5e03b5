import type { CheckReport } from "../check/finding.js";
import { failuresOf, failureText } from "./finding-text.js";
import { summary } from "./text-report.js";

/** Workflow commands of GitHub Actions: an annotation at the file for each failure. */
export function githubReport(report: CheckReport): string {
  const lines = failuresOf(report).map((failure) => {
    const title = `${failure.report.subject}: ${failure.finding.type}`;
    return `::error file=${property(failure.report.file)},title=${property(title)}::${data(failureText(failure))}`;
  });
  return [...lines, summary(report)].map((line) => `${line}\n`).join("");
}

const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
