import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { checkSchemas } from "./check/check-schemas.js";
import type { CheckReport } from "./check/finding.js";
import { SchemaCheckError } from "./check-error.js";
import { Git } from "./git/git.js";
import { folderPast } from "./history/folder-history.js";
import { gitPast, type Past } from "./history/git-history.js";
import { registryPast, type VersionedRegistry } from "./history/registry-history.js";
import type { Manifest } from "./manifest/manifest.js";
import { parseManifest } from "./manifest/parse-manifest.js";

/** What to check, and against what. */
export interface SchemaCheckOptions {
  /** The manifest. Default `ottla.schemas.json`. What it names is relative to its folder. */
  readonly manifest?: string;
  /** A commit or a branch. By default what the CI system merges into, else the remote's default branch. */
  readonly against?: string;
  /** In place of git: a folder with `<subject>/<version>.avsc`, or a registry with its URL. */
  readonly versions?:
    | { readonly folder: string }
    | { readonly registry: VersionedRegistry; readonly url: string }
    | undefined;
  /** What a contract (`module#export`) says the schema of a subject is; contracts are not looked at without. */
  readonly contractText?: (contract: string, subject: string) => string | undefined;
  /** The day it is, for waivers: `2026-01-31`. */
  readonly today: string;
  /** What the CI system says. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/**
 * Judges the schemas that a manifest names, as they lie in their files, against what they were before. No network, unless a
 * registry is asked for.
 *
 * @throws {@link SchemaCheckError} where nothing could be decided: that is never a pass.
 */
export async function runSchemaCheck(options: SchemaCheckOptions): Promise<CheckReport> {
  const { manifest: file = "ottla.schemas.json", today, contractText } = options;
  const folder = dirname(resolve(file));
  const text = read(resolve(file));
  const head: Manifest = text === undefined ? await deletedManifest(options, folder, file) : parseManifest(text, file);
  const texts = new Map<string, string | undefined>();
  const textOf = (name: string): string | undefined => {
    if (!texts.has(name)) texts.set(name, read(resolve(folder, name)));
    return texts.get(name);
  };
  const past = await pastOf(options, head, folder, basename(file), textOf);
  return checkSchemas({ head, ...past, textOf, contractText, today });
}

async function pastOf(
  { versions, against, env = process.env, signal }: SchemaCheckOptions,
  head: Manifest,
  folder: string,
  manifestFile: string,
  textOf: (file: string) => string | undefined,
): Promise<Past> {
  if (versions === undefined) {
    return gitPast({ git: new Git(folder, signal), head, manifestFile, against, env, textOf });
  }
  if ("folder" in versions) return folderPast(versions.folder, head);
  return registryPast(versions.registry, versions.url, head, signal);
}

/** A manifest that is gone names nothing, and so deletes all that the base has: if git knows it. */
async function deletedManifest(
  { signal, versions }: SchemaCheckOptions,
  folder: string,
  file: string,
): Promise<Manifest> {
  const known = versions === undefined && (await new Git(folder, signal).line("ls-files", "--", basename(file)));
  if (known) return { subjects: new Map(), waivers: [] };
  throw new SchemaCheckError("INVALID_MANIFEST", `${file} is not there`, {
    hint: '{ "subjects": { "orders-value": { "file": "schemas/order.avsc" } } }',
  });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new SchemaCheckError("UNREADABLE", `${path}: ${(cause as Error).message}`, { cause });
  }
}
