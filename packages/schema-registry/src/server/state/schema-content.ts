import { createHash } from "node:crypto";
import type { RuleSet } from "./rule-set.js";
import type { SchemaMetadata } from "./schema-metadata.js";
import type { StoredReference, StoredSchema } from "./stored-record.js";

/** What an id stands for. */
export interface SchemaContent {
  readonly schema: string;
  readonly schemaType: string;
  readonly references: readonly StoredReference[];
  readonly metadata?: SchemaMetadata;
  readonly ruleSet?: RuleSet;
}

/** The text by which two schemas are the same: one id for both, in whatever subjects of a context they are. */
export function contentKey({ schema, schemaType, references, metadata, ruleSet }: SchemaContent): string {
  const named = references.map(({ name, subject, version }) => [name, subject, version]);
  const parts = [schemaType, schema, named, metadata ?? null, ruleSet ?? null];
  // A digest: the texts themselves are kept once, with the versions.
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64");
}

export const contentOf = ({ schema, schemaType, references, metadata, ruleSet }: StoredSchema): SchemaContent => ({
  schema,
  schemaType: schemaType ?? "AVRO",
  references: references ?? [],
  ...(metadata !== undefined && { metadata }),
  ...(ruleSet !== undefined && { ruleSet }),
});

/**
 * A name for a content that is the same in every registry: the MD5 of it, in the shape of a UUID. One byte says that there
 * are metadata or rules at all.
 */
export function guidOf({ schema, references, metadata, ruleSet }: SchemaContent): string {
  const hash = createHash("md5").update(schema, "utf8");
  for (const { name, subject, version } of references) {
    const number = Buffer.alloc(4);
    number.writeInt32BE(version);
    hash.update(name, "utf8").update(subject, "utf8").update(number);
  }
  if (metadata !== undefined) {
    hash.update(present);
    for (const [path, tags] of Object.entries(metadata.tags ?? {})) {
      for (const text of [path, ...tags]) hash.update(text, "utf8");
    }
    for (const [name, value] of Object.entries(metadata.properties ?? {})) {
      hash.update(name, "utf8").update(value, "utf8");
    }
    for (const name of metadata.sensitive ?? []) hash.update(name, "utf8");
  }
  if (ruleSet !== undefined) {
    hash.update(present);
    const { migrationRules = [], domainRules = [], encodingRules = [], enableAt } = ruleSet;
    for (const rule of [...migrationRules, ...domainRules, ...encodingRules]) {
      const { name, doc, kind, mode, type, tags = [], params = {}, expr, onSuccess, onFailure, disabled } = rule;
      const before = [name, doc, kind, mode, type, ...tags, ...Object.entries(params).flat(), expr];
      for (const text of [...before, onSuccess, onFailure]) if (text !== undefined) hash.update(text, "utf8");
      if (disabled) hash.update(present);
    }
    if (enableAt !== undefined) hash.update(enableAt, "utf8");
  }
  return hash.digest("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const present = Buffer.of(1);
