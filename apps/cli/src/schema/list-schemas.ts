import type { SchemaRegistry } from "@ottla/schema-registry";
import { jsonLine, type Row, table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { type RegistryOptions, registryOf } from "./with-registry.js";

/** As many subjects are asked about at a time. */
const mostAtOnce = 16;

/** `ottla schema list`: subjects with their versions, the last one's id, and their levels. */
export async function listSchemas(
  terminal: Terminal,
  prefix: string,
  options: RegistryOptions & { readonly deleted?: true },
): Promise<void> {
  const registry = registryOf(options);
  const all = await registry.subjects({ deleted: options.deleted === true }, terminal.signal);
  const subjects = all.filter((subject) => subject.startsWith(prefix)).sort();
  const rows: Row[] = [];
  for (let at = 0; at < subjects.length; at += mostAtOnce) {
    const some = subjects.slice(at, at + mostAtOnce);
    rows.push(...(await Promise.all(some.map((subject) => rowOf(registry, subject, terminal.signal)))));
  }
  if (options.json) for (const row of rows) await terminal.write(jsonLine(row));
  else if (rows.length > 0) await terminal.write(table(rows));
  else terminal.note("no subjects: `ottla schema register <subject> <file>` makes one");
}

async function rowOf(registry: SchemaRegistry, subject: string, signal: AbortSignal): Promise<Row> {
  const level = await registry.compatibility(subject, signal);
  try {
    const versions = await registry.versions(subject, signal);
    const { id, version, schemaType = "AVRO" } = await registry.version(subject, "latest", signal);
    return { subject, versions: versions.length, latest: version, id, type: schemaType, level };
  } catch (error) {
    // It has deleted versions only, or went while we looked.
    if ((error as { readonly code?: unknown }).code !== "SUBJECT_NOT_FOUND") throw error;
    return { subject, versions: 0, latest: null, id: null, type: null, level };
  }
}
