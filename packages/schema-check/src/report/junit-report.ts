import type { CheckReport, SubjectReport } from "../check/finding.js";
import { failureText } from "./finding-text.js";

/** JUnit's XML: a test case for each subject. */
export function junitReport({ subjects }: CheckReport): string {
  const failed = subjects.filter(({ verdict }) => verdict === "incompatible").length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites><testsuite name="ottla schema check" tests="${subjects.length}" failures="${failed}">`,
    ...subjects.map(testCase),
    "</testsuite></testsuites>",
    "",
  ].join("\n");
}

function testCase(report: SubjectReport): string {
  const failures = report.findings
    .filter(({ waiver }) => waiver === undefined)
    .map((finding) => {
      const text = failureText({ report, finding });
      return `<failure type="${escaped(finding.type)}" message="${escaped(finding.message)}">${escaped(text)}</failure>`;
    });
  return `<testcase classname="${escaped(report.file)}" name="${escaped(report.subject)}">${failures.join("")}</testcase>`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text for XML. What XML cannot hold at all is left out. */
const escaped = (text: string): string =>
  [...text]
    .filter((letter) => letter >= " " || letter === "\n" || letter === "\t")
    .map((letter) => entities[letter] ?? letter)
    .join("");
