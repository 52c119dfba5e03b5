import type { CheckReport, Finding, SubjectReport } from "../check/finding.js";

/** How many versions a finding names before it only counts them. */
const mostNamed = 3;

/** The report to read: what is wrong, what is waived, and how many of each. */
export function textReport(report: CheckReport): string {
  const told = report.subjects.filter(({ findings }) => findings.length > 0);
  return [...told.flatMap(subjectLines), summary(report)].map((line) => `${line}\n`).join("");
}

function subjectLines({ subject, level, policy, versions, file, owner, findings }: SubjectReport): readonly string[] {
  const under = policy === "STRICT" ? level : `${level} ${policy}`;
  return [
    `${subject}  ${under}, against ${count(versions, "version")} of ${file}${owner === undefined ? "" : `  owner: ${owner}`}`,
    ...findings.flatMap(findingLines),
  ];
}

function findingLines(finding: Finding): readonly string[] {
  const { type, path, message, breaks, advice, against, passesUnder, waiver, waiverRefused } = finding;
  const lines = [`${message}${/[.!?]$/.test(message) ? "" : "."}`];
  if (breaks !== undefined) lines.push(breaks);
  if (advice !== undefined) lines.push(advice);
  if (passesUnder !== undefined) lines.push(`It passes under ${passesUnder}.`);
  if (against.length > 0) lines.push(`Found against ${named(against)}.`);
  if (waiver !== undefined) lines.push(`Waived by ${waiver.approver} until ${waiver.expires}: ${waiver.reason}`);
  if (waiverRefused !== undefined) lines.push(`Not waived: ${waiverRefused}.`);
  return [`  ${waiver === undefined ? "✗" : "~"} ${path}  ${type}`, ...lines.map((line) => `    ${line}`)];
}

const named = (against: readonly string[]): string => {
  const some = against.slice(0, mostNamed).join(", ");
  return against.length <= mostNamed ? some : `${some} and ${against.length - mostNamed} more`;
};

/** `1 incompatible, 41 compatible, 3 new; 312 versions compared with origin/main (4f2c1d9)`. */
export function summary({ subjects, against }: CheckReport): string {
  const kinds = ["incompatible", "compatible", "unchanged", "new"] as const;
  const counts = kinds
    .map((kind) => [kind, subjects.filter(({ verdict }) => verdict === kind).length] as const)
    .filter(([kind, number]) => number > 0 || kind === "incompatible");
  const versions = subjects.reduce((sum, subject) => sum + subject.versions, 0);
  const parts = counts.map(([kind, number]) => `${number} ${kind}`).join(", ");
  return `${parts}; ${count(versions, "earlier version")} in ${against}`;
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
