import type { NamedSchema } from "@ottla/schema-registry/compatibility";
import type { DeclaredSubject, Manifest } from "../manifest/manifest.js";
import type { SubjectVersion } from "./subject-version.js";

/** A file's content from a position in its history on; `undefined` while it was away. */
export interface Content {
  readonly position: number;
  readonly text: string | undefined;
  readonly origin: string;
}

/**
 * The versions that a subject had in effect: a change of a schema that it uses is one, too. Each text once in a row, the
 * oldest first.
 *
 * @param contents - What each file held, the oldest first.
 */
export function effectiveVersions(
  manifest: Manifest,
  subject: DeclaredSubject,
  contents: (file: string) => readonly Content[],
): readonly SubjectVersion[] {
  const files = usedFiles(manifest, subject);
  const positions = new Set([...files].flatMap((file) => contents(file).map(({ position }) => position)));
  const versions: SubjectVersion[] = [];
  let last = "";
  for (const position of [...positions].sort((one, other) => one - other)) {
    const at = (file: string) => contents(file).findLast((content) => content.position <= position);
    const own = at(subject.file);
    if (own?.text === undefined) continue;
    const references = referencesOf(manifest, subject, (file) => at(file)?.text);
    // What it uses was not there yet: so nobody could write with it.
    if (references === undefined) continue;
    const key = JSON.stringify([own.text, references]);
    if (key === last) continue;
    last = key;
    versions.push({ text: { schema: own.text, references }, origin: own.origin });
  }
  return versions;
}

/** All that a subject's schema uses, what that uses before it; `undefined` where a text is missing. */
export function referencesOf(
  manifest: Manifest,
  subject: DeclaredSubject,
  textOf: (file: string) => string | undefined,
  seen: Set<string> = new Set(),
): readonly NamedSchema[] | undefined {
  const found: NamedSchema[] = [];
  for (const [name, used] of Object.entries(subject.references)) {
    const declared = manifest.subjects.get(used);
    if (declared === undefined) return undefined;
    if (seen.has(used)) continue;
    seen.add(used);
    const schema = textOf(declared.file);
    const below = referencesOf(manifest, declared, textOf, seen);
    if (schema === undefined || below === undefined) return undefined;
    found.push(...below, { name, schema });
  }
  return found;
}

/** The files of a subject and of all that it uses. */
export function usedFiles(
  manifest: Manifest,
  subject: DeclaredSubject,
  files: Set<string> = new Set(),
): ReadonlySet<string> {
  files.add(subject.file);
  for (const used of Object.values(subject.references)) {
    const declared = manifest.subjects.get(used);
    if (declared !== undefined && !files.has(declared.file)) usedFiles(manifest, declared, files);
  }
  return files;
}
