import type { CheckReport } from "../check/finding.js";
import { failuresOf, failureText } from "./finding-text.js";

/** Static Analysis Results Interchange Format 2.1.0, which code scanning reads. */
export function sarifReport(report: CheckReport): string {
  const failures = failuresOf(report);
  const types = [...new Set(failures.map(({ finding }) => finding.type))];
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "ottla schema check", rules: types.map((id) => ({ id, shortDescription: { text: id } })) },
        },
        results: failures.map((failure) => ({
          ruleId: failure.finding.type,
          level: "error",
          message: { text: failureText(failure) },
          locations: [
            {
              physicalLocation: { artifactLocation: { uri: encodeURI(failure.report.file) } },
              logicalLocations: [{ fullyQualifiedName: `${failure.report.subject}${failure.finding.path}` }],
            },
          ],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}
