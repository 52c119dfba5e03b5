import type { SchemaRegistry } from "@ottla/schema-registry";
import { CommandError } from "../command-error.js";
import { present } from "../present-error.js";
import { jsonLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { explained, incompatibilityIn } from "./incompatibility.js";
import { referenceOf, schemaFrom } from "./schema-file.js";
import { schemaVersionOf } from "./schema-version.js";
import { type RegistryOptions, registryOf } from "./with-registry.js";

interface CompareOptions extends RegistryOptions {
  readonly reference: readonly string[];
  readonly against?: string;
}

/** As the help of the command says. */
const compareExitCodes = { incompatible: 1, couldNotCheck: 2 } as const;

/** `ottla schema compat`: whether a file may follow in a subject, with reasons. Registers nothing. */
export async function compareSchema(
  terminal: Terminal,
  subject: string,
  file: string,
  options: CompareOptions,
): Promise<void> {
  let isCompatible: boolean;
  try {
    isCompatible = await compare(terminal, subject, file, options);
  } catch (cause) {
    if (terminal.signal.aborted) throw cause;
    const [first = "", ...rest] = present(cause).lines;
    throw new CommandError(`could not check: ${first.replace(/^ottla: /, "")}`, {
      hint: rest.join("\n").trim() || "Nothing was decided about the schema.",
      exitCode: compareExitCodes.couldNotCheck,
      cause,
    });
  }
  if (!isCompatible) process.exitCode = compareExitCodes.incompatible;
}

async function compare(terminal: Terminal, subject: string, file: string, options: CompareOptions): Promise<boolean> {
  const { signal } = terminal;
  const schema = schemaFrom(file, options.reference.map(referenceOf));
  const registry = registryOf(options);
  const against = options.against === undefined ? "all" : schemaVersionOf(options.against);
  const { isCompatible, messages } = await registry.checkCompatibility(subject, schema, against, signal);
  const found = incompatibilityIn(messages);
  const level = await registry.compatibility(subject, signal);
  if (options.json) {
    const { reasons, against: version, others } = found;
    const answer = { subject, file, level, isCompatible, ...(version !== undefined && { against: version }) };
    await terminal.write(jsonLine({ ...answer, reasons, ...(others.length > 0 && { others }) }));
    return isCompatible;
  }
  if (isCompatible) {
    const isNew = !(await exists(registry, subject, signal));
    await terminal.write(`  ✓ ${subject}  ${isNew ? "new: there is nothing to compare with" : level}  ${file}\n`);
  } else {
    const version = found.against === undefined ? "" : `, against version ${found.against}`;
    await terminal.write(`${subject}  ${level}${version}  ${file}\n${explained(found).join("\n")}\n`);
  }
  return isCompatible;
}

async function exists(registry: SchemaRegistry, subject: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await registry.versions(subject, signal)).length > 0;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "SUBJECT_NOT_FOUND") return false;
    throw error;
  }
}
