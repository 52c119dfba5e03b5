import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { NamedSchema } from "@ottla/schema-registry/compatibility";
import { SchemaCheckError } from "../check-error.js";
import type { DeclaredSubject, Manifest } from "../manifest/manifest.js";
import type { Past } from "./git-history.js";
import { listedPast } from "./listed-history.js";
import type { SubjectVersion } from "./subject-version.js";

/**
 * Subjects with their versions as files: `<folder>/<subject>/<version>.avsc`, as `ottla schema pull` writes them. What a
 * schema uses is taken from the latest version in the folder of each subject that it names.
 */
export function folderPast(folder: string, head: Manifest): Past {
  const files = new Map<string, readonly string[]>();
  for (const subject of head.subjects.keys()) files.set(subject, versionFiles(folder, subject));
  const latest = (subject: string): string | undefined => {
    const file = files.get(subject)?.at(-1);
    return file === undefined ? undefined : readFileSync(file, "utf8");
  };
  const versions = new Map<string, readonly SubjectVersion[]>();
  for (const subject of head.subjects.values()) {
    const references = usedBy(subject, head, latest, new Set());
    const own = files.get(subject.subject) ?? [];
    versions.set(
      subject.subject,
      own.map((file) => ({ text: { schema: readFileSync(file, "utf8"), references }, origin: file })),
    );
  }
  return listedPast(folder, versions);
}

function versionFiles(folder: string, subject: string): readonly string[] {
  const own = join(folder, encodeURIComponent(subject));
  try {
    const numberOf = (name: string) => Number(name.slice(0, -extname(name).length));
    return readdirSync(own)
      .filter((name) => Number.isInteger(numberOf(name)))
      .sort((one, other) => numberOf(one) - numberOf(other))
      .map((name) => join(own, name));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT" && isFolder(folder)) return [];
    throw new SchemaCheckError("UNREADABLE", `${own}: ${(cause as Error).message}`, { cause });
  }
}

function isFolder(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

function usedBy(
  subject: DeclaredSubject,
  manifest: Manifest,
  latest: (subject: string) => string | undefined,
  seen: Set<string>,
): readonly NamedSchema[] {
  return Object.entries(subject.references).flatMap(([name, used]) => {
    const declared = manifest.subjects.get(used);
    const schema = latest(used);
    if (declared === undefined || schema === undefined || seen.has(used)) return [];
    seen.add(used);
    return [...usedBy(declared, manifest, latest, seen), { name, schema }];
  });
}
