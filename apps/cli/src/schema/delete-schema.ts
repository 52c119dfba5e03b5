import { SchemaRegistryError } from "@ottla/schema-registry";
import { CommandError } from "../command-error.js";
import { type Confirmation, confirmed } from "../terminal/confirm.js";
import type { Terminal } from "../terminal/terminal.js";
import { schemaVersionOf } from "./schema-version.js";
import { type RegistryOptions, registryOf } from "./with-registry.js";

interface DeleteOptions extends RegistryOptions, Confirmation {
  readonly permanent?: true;
}

/** `ottla schema delete`: asks first, unless told not to. */
export async function deleteSchema(
  terminal: Terminal,
  subject: string,
  version: string | undefined,
  options: DeleteOptions,
): Promise<void> {
  const { signal } = terminal;
  const registry = registryOf(options);
  const permanent = options.permanent === true;
  const one = version === undefined ? undefined : schemaVersionOf(version);
  const manner = permanent ? "for good" : "softly: its ids stay readable";
  const versions = permanent || one !== undefined ? undefined : await registry.versions(subject, signal);
  const what = one === undefined ? `subject ${subject}` : `subject ${subject}, version ${one}`;
  const which = versions === undefined ? "" : ` with versions ${versions.join(", ")}`;
  if (!(await confirmed(terminal, [`${what}${which}, ${manner}`], options))) return;
  try {
    const deleted =
      one === undefined
        ? await registry.deleteSubject(subject, { permanent }, signal)
        : [await registry.deleteVersion(subject, one, { permanent }, signal)];
    await terminal.write(deleted.map((number) => `deleted ${subject} version ${number}\n`).join(""));
  } catch (cause) {
    throw withHint(cause, subject);
  }
}

function withHint(cause: unknown, subject: string): unknown {
  if (!(cause instanceof SchemaRegistryError)) return cause;
  switch (cause.code) {
    case "SUBJECT_NOT_SOFT_DELETED":
    case "VERSION_NOT_SOFT_DELETED":
      return new CommandError(cause.message, { hint: "Delete it without --permanent first.", cause });
    case "SUBJECT_SOFT_DELETED":
    case "VERSION_SOFT_DELETED":
      return new CommandError(cause.message, { hint: "--permanent takes it away for good.", cause });
    case "REFERENCE_EXISTS":
      return new CommandError(cause.message, { hint: `Other subjects use ${subject}: delete those first.`, cause });
    default:
      return cause;
  }
}
