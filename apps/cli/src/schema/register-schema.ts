import { jsonLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { refusalShown } from "./incompatibility.js";
import { referenceOf, schemaFrom } from "./schema-file.js";
import { type RegistryOptions, registryOf } from "./with-registry.js";

/** `ottla schema register`: a file becomes a subject's next version; one that is there already keeps its number. */
export async function registerSchema(
  terminal: Terminal,
  subject: string,
  file: string,
  options: RegistryOptions & { readonly reference: readonly string[] },
): Promise<void> {
  const schema = schemaFrom(file, options.reference.map(referenceOf));
  const registry = registryOf(options);
  const id = await registry.register(subject, schema, terminal.signal).catch((error) => {
    throw refusalShown(error, subject, file);
  });
  const { version } = await registry.lookup(subject, schema, terminal.signal);
  if (options.json) await terminal.write(jsonLine({ subject, version, id }));
  else await terminal.write(`${subject} version ${version}, id ${id}\n`);
}
