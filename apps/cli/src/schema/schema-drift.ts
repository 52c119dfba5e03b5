import { jsonLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { declaredSchema, declaredSubjects, registeredVersion } from "./declared-schemas.js";
import { type RegistryOptions, registryOf } from "./with-registry.js";

interface DriftOptions extends RegistryOptions {
  readonly manifest: string;
}

/** One way in which a registry and a manifest differ. */
interface Drift {
  readonly subject: string;
  readonly kind: "notRegistered" | "notLatest" | "level" | "notDeclared";
  readonly text: string;
}

/** As the help of the command says. */
const driftExitCode = 1;

/** `ottla schema drift`: where a registry and the manifest's files say different things. Changes nothing. */
export async function schemaDrift(terminal: Terminal, options: DriftOptions): Promise<void> {
  const { signal } = terminal;
  const registry = registryOf(options);
  const declared = declaredSubjects(options.manifest);
  const versions = new Map<string, number>();
  const drifts: Drift[] = [];
  for (const one of declared) {
    const { subject, file, level } = one;
    const isReferredThere = Object.values(one.references).every((used) => versions.has(used));
    const schema = await declaredSchema(options.manifest, one, (used) => versions.get(used) ?? 0);
    const version = isReferredThere ? await registeredVersion(registry, subject, schema, signal) : undefined;
    if (version === undefined) {
      drifts.push({ subject, kind: "notRegistered", text: `${file} is not registered` });
      continue;
    }
    versions.set(subject, version);
    const latest = (await registry.version(subject, "latest", signal)).version;
    if (version !== latest) {
      drifts.push({ subject, kind: "notLatest", text: `${file} is version ${version}, the latest is ${latest}` });
    }
    const there = await registry.compatibility(subject, signal);
    if (there !== level)
      drifts.push({ subject, kind: "level", text: `its level is ${there}, the manifest says ${level}` });
  }
  const known = new Set(declared.map(({ subject }) => subject));
  for (const subject of await registry.subjects({}, signal)) {
    if (!known.has(subject)) drifts.push({ subject, kind: "notDeclared", text: "the manifest does not name it" });
  }
  for (const drift of drifts) {
    await terminal.write(options.json ? jsonLine(drift) : `  ✗ ${drift.subject}  ${drift.text}\n`);
  }
  if (drifts.length > 0) process.exitCode = driftExitCode;
  else terminal.note(`${declared.length} subjects are as the manifest says`);
}
