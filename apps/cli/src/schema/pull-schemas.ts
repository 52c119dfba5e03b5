import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import type { RegisteredSchema, SchemaRegistry } from "@ottla/schema-registry";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import type { Terminal } from "../terminal/terminal.js";
import { type RegistryOptions, registryOf } from "./with-registry.js";

interface PullOptions extends RegistryOptions {
  readonly all?: true;
  readonly folder: string;
  readonly manifest: string;
  readonly history?: string;
}

const endings: Readonly<Record<string, string>> = { AVRO: "avsc", PROTOBUF: "proto", JSON: "json" };

/**
 * `ottla schema pull`: writes subjects of a registry as files, and the manifest that names them with their levels and references;
 * with `--history` every version as well, which `schema check --versions` compares with.
 */
export async function pullSchemas(terminal: Terminal, named: readonly string[], options: PullOptions): Promise<void> {
  const { signal } = terminal;
  if ((named.length === 0) === (options.all !== true)) {
    throw new CommandError("name the subjects to pull, or --all", { exitCode: exitCodes.usage });
  }
  if (existsSync(options.manifest)) {
    throw new CommandError(`${options.manifest} is there already`, {
      hint: "--manifest names another file; what is in both is yours to decide.",
      exitCode: exitCodes.usage,
    });
  }
  const registry = registryOf(options);
  const subjects = await withReferred(registry, options.all ? await registry.subjects({}, signal) : named, signal);
  const entries: Record<string, object> = {};
  for (const [subject, latest] of [...subjects].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const file = posix.join(options.folder, `${fileName(subject)}.${endingOf(latest)}`);
    write(resolve(dirname(options.manifest), file), latest.schema);
    const references = Object.fromEntries((latest.references ?? []).map(({ name, subject: used }) => [name, used]));
    entries[subject] = {
      file,
      compatibility: await registry.compatibility(subject, signal),
      ...(Object.keys(references).length > 0 && { references }),
    };
    if (options.history !== undefined) await pullHistory(registry, subject, options.history, signal);
    await terminal.write(`  ✓ ${subject}  ${file}\n`);
  }
  write(options.manifest, JSON.stringify({ subjects: entries }));
}

/** The latest versions of these subjects, and of all that they refer to. */
async function withReferred(
  registry: SchemaRegistry,
  named: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, RegisteredSchema>> {
  const found = new Map<string, RegisteredSchema>();
  const waiting = [...named];
  for (let subject = waiting.pop(); subject !== undefined; subject = waiting.pop()) {
    if (found.has(subject)) continue;
    const latest = await registry.version(subject, "latest", signal);
    found.set(subject, latest);
    waiting.push(...(latest.references ?? []).map((reference) => reference.subject));
  }
  return found;
}

async function pullHistory(
  registry: SchemaRegistry,
  subject: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  for (const version of await registry.versions(subject, signal)) {
    const schema = await registry.version(subject, version, signal);
    write(join(folder, fileName(subject), `${version}.${endingOf(schema)}`), schema.schema);
  }
}

const endingOf = ({ schemaType = "AVRO" }: RegisteredSchema): string => endings[schemaType] ?? "txt";

/** A subject may hold what a file's name may not. */
const fileName = (subject: string): string => encodeURIComponent(subject);

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, withLines(text));
}

/** JSON with line breaks, which a pull request shows change by change. Protobuf has its own. */
function withLines(text: string): string {
  try {
    return `${JSON.stringify(JSON.parse(text), undefined, 2)}\n`;
  } catch {
    return text;
  }
}
