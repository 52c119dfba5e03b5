import type { CheckReport, Finding, SubjectReport } from "../check/finding.js";

/** A finding that fails the check, with its subject. */
export interface Failure {
  readonly report: SubjectReport;
  readonly finding: Finding;
}

/** All that fails the check. */
export const failuresOf = ({ subjects }: CheckReport): readonly Failure[] =>
  subjects.flatMap((report) =>
    report.findings.filter(({ waiver }) => waiver === undefined).map((finding) => ({ report, finding })),
  );

/** A finding in one line. */
export function failureText({ report, finding }: Failure): string {
  const { path, message, breaks, advice, passesUnder, waiverRefused } = finding;
  const sentences = [
    `${report.subject} (${report.level}) at ${path}: ${message}.`,
    breaks,
    advice,
    passesUnder && `It passes under ${passesUnder}.`,
    waiverRefused && `Not waived: ${waiverRefused}.`,
  ];
  return sentences
    .filter((sentence) => sentence !== undefined)
    .join(" ")
    .replaceAll("..", ".");
}
