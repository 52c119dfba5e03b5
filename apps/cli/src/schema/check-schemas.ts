import { writeFileSync } from "node:fs";
import { type ReportFormat, reportFormats, runSchemaCheck, SchemaCheckError, writeReport } from "@ottla/schema-check";
import { CommandError } from "../command-error.js";
import { present } from "../present-error.js";
import type { Terminal } from "../terminal/terminal.js";
import { contractTexts } from "./contract-texts.js";
import { namedRegistry, type RegistryOptions } from "./with-registry.js";

interface CheckOptions extends RegistryOptions {
  readonly manifest: string;
  readonly against?: string;
  readonly versions?: string;
  readonly format: string;
  readonly report: readonly string[];
}

/** As the help of the command says. */
const checkExitCodes = { incompatible: 1, couldNotCheck: 2 } as const;

/** `ottla schema check`: judges the schemas of a manifest. What cannot be decided is never a pass. */
export async function checkSchemas(terminal: Terminal, options: CheckOptions): Promise<void> {
  try {
    const format = formatOf(options.format, "--format");
    const reports = options.report.map(reportOf);
    const contractText = await contractTexts(options.manifest);
    const report = await runSchemaCheck({
      manifest: options.manifest,
      ...(options.against !== undefined && { against: options.against }),
      versions: versionsOf(options),
      contractText,
      today: new Date().toISOString().slice(0, 10),
      signal: terminal.signal,
    });
    for (const { format, file } of reports) writeFileSync(file, writeReport(report, format));
    await terminal.write(writeReport(report, format));
    if (!report.isCompatible) process.exitCode = checkExitCodes.incompatible;
  } catch (cause) {
    if (terminal.signal.aborted) throw cause;
    throw new CommandError(`could not check: ${firstLine(cause)}`, {
      hint: (cause instanceof SchemaCheckError && cause.hint) || "Nothing was decided about the schemas.",
      exitCode: checkExitCodes.couldNotCheck,
      cause,
    });
  }
}

const firstLine = (cause: unknown): string => (present(cause).lines[0] ?? "").replace(/^ottla: /, "");

function versionsOf(options: CheckOptions) {
  if (options.versions !== undefined) return { folder: options.versions };
  if (options.registry === undefined) return undefined;
  const registry = namedRegistry(options);
  return registry === undefined ? undefined : { registry, url: options.registry };
}

/** Reads `--report format=file`. */
function reportOf(text: string): { readonly format: ReportFormat; readonly file: string } {
  const [name = "", ...rest] = text.split("=");
  const file = rest.join("=");
  if (file !== "") return { format: formatOf(name, "--report"), file };
  throw new CommandError(`--report: "${text}" is not format=file, such as sarif=schemas.sarif`);
}

function formatOf(name: string, option: string): ReportFormat {
  const format = reportFormats.find((one) => one === name);
  if (format !== undefined) return format;
  throw new CommandError(`${option}: "${name}" is none of ${reportFormats.join(", ")}`);
}
