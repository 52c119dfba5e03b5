import { jsonLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { schemaVersionOf } from "./schema-version.js";
import { type RegistryOptions, registryOf } from "./with-registry.js";

/** `ottla schema show`: the schema's text; with `--json` all that the registry has of it, in a line. */
export async function showSchema(
  terminal: Terminal,
  subject: string,
  version: string,
  options: RegistryOptions,
): Promise<void> {
  const found = await registryOf(options).version(subject, schemaVersionOf(version), terminal.signal);
  if (options.json) {
    await terminal.write(jsonLine(found));
    return;
  }
  terminal.note(`${subject} version ${found.version}, id ${found.id}`);
  await terminal.write(`${indented(found.schema)}\n`);
}

/** JSON with line breaks. A Protobuf schema is no JSON and has its own. */
function indented(schema: string): string {
  try {
    return JSON.stringify(JSON.parse(schema), undefined, 2);
  } catch {
    return schema.trimEnd();
  }
}
