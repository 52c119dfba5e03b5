import { CommandError } from "../command-error.js";
import { jsonLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { declaredSchema, declaredSubjects, registeredVersion } from "./declared-schemas.js";
import { explained, incompatibilityIn } from "./incompatibility.js";
import { type RegistryOptions, registryOf } from "./with-registry.js";

interface RegisterDeclaredOptions extends RegistryOptions {
  readonly manifest: string;
  readonly dryRun?: true;
}

/**
 * `ottla schema register` for all that a manifest names, what is referred to before what refers to it. One that does not fit is
 * told, and those that use it are left; the others go on. With `--dry-run` nothing is registered.
 */
export async function registerDeclared(terminal: Terminal, options: RegisterDeclaredOptions): Promise<void> {
  const { manifest, dryRun = false, json } = options;
  const { signal } = terminal;
  const registry = registryOf(options);
  const versions = new Map<string, number>();
  const refused = new Set<string>();
  const tell = async (subject: string, outcome: string, text: string, more: object = {}): Promise<void> => {
    const marks: Readonly<Record<string, string>> = { there: "=", registered: "✓", wouldRegister: "+" };
    if (json) await terminal.write(jsonLine({ subject, outcome, ...more }));
    else await terminal.write(`  ${marks[outcome] ?? "✗"} ${subject}  ${text}\n`);
  };
  for (const declared of declaredSubjects(manifest)) {
    const { subject, file } = declared;
    const missing = Object.values(declared.references).find((used) => refused.has(used));
    if (missing !== undefined) {
      refused.add(subject);
      await tell(subject, "left", `${file}: it refers to ${missing}`);
      continue;
    }
    const schema = await declaredSchema(manifest, declared, (used) => versions.get(used) ?? 0);
    const isReferred = Object.values(declared.references).some((used) => versions.get(used) === undefined);
    const known = isReferred ? undefined : await registeredVersion(registry, subject, schema, signal);
    if (known !== undefined) {
      versions.set(subject, known);
      await tell(subject, "there", `version ${known}`, { version: known });
      continue;
    }
    // What it refers to is not there yet, so a registry cannot judge it.
    const verdict = isReferred ? undefined : await registry.checkCompatibility(subject, schema, "all", signal);
    if (verdict?.isCompatible === false) {
      refused.add(subject);
      await tell(subject, "incompatible", file, { messages: verdict.messages });
      if (!json)
        await terminal.write(
          explained(incompatibilityIn(verdict.messages))
            .map((line) => `  ${line}\n`)
            .join(""),
        );
      continue;
    }
    if (dryRun) {
      await tell(subject, "wouldRegister", `${file}: a new version`);
      continue;
    }
    const id = await registry.register(subject, schema, signal);
    const { version } = await registry.lookup(subject, schema, signal);
    versions.set(subject, version);
    await tell(subject, "registered", `version ${version}, id ${id}`, { version, id });
  }
  if (refused.size > 0) throw new CommandError(`${refused.size} not registered: ${[...refused].join(", ")}`);
}
