import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type DeclaredSubject, type Manifest, parseManifest } from "@ottla/schema-check";
import type { Schema, SchemaReference, SchemaRegistry, SchemaType } from "@ottla/schema-registry";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";

/** The manifest, and its subjects in an order in which each refers only to those before it. */
export function declaredSubjects(manifestFile: string): readonly DeclaredSubject[] {
  const { subjects } = manifestIn(manifestFile);
  const ordered = new Set<DeclaredSubject>();
  const add = (subject: DeclaredSubject): void => {
    for (const used of Object.values(subject.references)) add(subjects.get(used) as DeclaredSubject);
    ordered.add(subject);
  };
  for (const subject of subjects.values()) add(subject);
  return [...ordered];
}

/** @throws {@link CommandError} where it is missing. What it says wrongly is the manifest's own error. */
export function manifestIn(file: string): Manifest {
  return parseManifest(textIn(file), file);
}

/** A subject's file as a registry takes it, its references at the versions that they have there. */
export async function declaredSchema(
  manifestFile: string,
  subject: DeclaredSubject,
  versionOf: (subject: string) => Promise<number> | number,
): Promise<Schema> {
  const references: SchemaReference[] = [];
  for (const [name, used] of Object.entries(subject.references)) {
    references.push({ name, subject: used, version: await versionOf(used) });
  }
  return {
    schema: textIn(resolve(dirname(manifestFile), subject.file)),
    schemaType: subject.format as SchemaType,
    ...(references.length > 0 && { references }),
  };
}

/** The version that a registry has of a schema in a subject; `undefined` where it has none. */
export async function registeredVersion(
  registry: SchemaRegistry,
  subject: string,
  schema: Schema,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    return (await registry.lookup(subject, schema, signal)).version;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === "SUBJECT_NOT_FOUND" || code === "SCHEMA_NOT_FOUND") return undefined;
    throw error;
  }
}

function textIn(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new CommandError(`${file}: ${(cause as Error).message}`, { exitCode: exitCodes.usage, cause });
  }
}
