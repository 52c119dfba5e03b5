import type { NamedSchema } from "@ottla/schema-registry/compatibility";
import type { Manifest } from "../manifest/manifest.js";
import type { Past } from "./git-history.js";
import { listedPast } from "./listed-history.js";
import type { SubjectVersion } from "./subject-version.js";

/** A version as a registry answers it. */
interface AnsweredVersion {
  readonly schema: string;
  readonly references?:
    | readonly { readonly name: string; readonly subject: string; readonly version: number }[]
    | undefined;
}

/** What is asked of a registry: `SchemaRegistry` of `@ottla/schema-registry` fits. */
export interface VersionedRegistry {
  versions(subject: string, signal?: AbortSignal): Promise<readonly number[]>;
  version(subject: string, version: number, signal?: AbortSignal): Promise<AnsweredVersion>;
}

/** As many versions are asked for at a time. */
const mostAtOnce = 16;

/** Subjects with the versions that a registry has of them. */
export async function registryPast(
  registry: VersionedRegistry,
  url: string,
  head: Manifest,
  signal: AbortSignal | undefined,
): Promise<Past> {
  const versions = new Map<string, readonly SubjectVersion[]>();
  for (const subject of head.subjects.keys()) {
    const numbers = await numbersOf(registry, subject, signal);
    const found: SubjectVersion[] = [];
    for (let at = 0; at < numbers.length; at += mostAtOnce) {
      const some = numbers.slice(at, at + mostAtOnce);
      found.push(...(await Promise.all(some.map((version) => versionOf(registry, subject, version, signal)))));
    }
    versions.set(subject, found);
  }
  return listedPast(url, versions);
}

async function numbersOf(
  registry: VersionedRegistry,
  subject: string,
  signal: AbortSignal | undefined,
): Promise<readonly number[]> {
  try {
    return await registry.versions(subject, signal);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "SUBJECT_NOT_FOUND") return [];
    throw error;
  }
}

async function versionOf(
  registry: VersionedRegistry,
  subject: string,
  version: number,
  signal: AbortSignal | undefined,
): Promise<SubjectVersion> {
  const answered = await registry.version(subject, version, signal);
  const references = await used(registry, answered, signal, new Set());
  return { text: { schema: answered.schema, references }, origin: `${subject} version ${version}` };
}

async function used(
  registry: VersionedRegistry,
  { references = [] }: AnsweredVersion,
  signal: AbortSignal | undefined,
  seen: Set<string>,
): Promise<readonly NamedSchema[]> {
  const found: NamedSchema[] = [];
  for (const { name, subject, version } of references) {
    const place = `${subject}/${version}`;
    if (seen.has(place)) continue;
    seen.add(place);
    const answered = await registry.version(subject, version, signal);
    found.push(...(await used(registry, answered, signal, seen)), { name, schema: answered.schema });
  }
  return found;
}
