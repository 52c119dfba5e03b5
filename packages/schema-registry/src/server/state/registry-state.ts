import type { CompatibilityLevel } from "../../compatibility/level.js";
import type { Mode, StoredRecord, StoredReference, StoredSchema } from "./stored-record.js";

/** What an id stands for. */
export interface SchemaContent {
  readonly schema: string;
  readonly schemaType: string;
  readonly references: readonly StoredReference[];
}

/** The text by which two schemas are the same: one id for both, in whatever subjects they are. */
export const contentKey = ({ schema, schemaType, references }: SchemaContent): string =>
  JSON.stringify([schemaType, schema, references.map(({ name, subject, version }) => [name, subject, version])]);

export const contentOf = ({ schema, schemaType, references }: StoredSchema): SchemaContent => ({
  schema,
  schemaType: schemaType ?? "AVRO",
  references: references ?? [],
});

/** What the records of `_schemas` add up to. The live path and the replay at start both go through {@link RegistryState.apply}. */
export class RegistryState {
  readonly #subjects = new Map<string, Map<number, StoredSchema>>();
  readonly #contents = new Map<number, SchemaContent>();
  readonly #ids = new Map<string, number>();
  /** How many versions stand for each id. */
  readonly #uses = new Map<number, number>();
  readonly #levels = new Map<string | null, CompatibilityLevel>();
  readonly #modes = new Map<string | null, Mode>();
  #highestId = 0;

  /** The highest id ever given; ids are not used again. */
  get highestId(): number {
    return this.#highestId;
  }

  apply(record: StoredRecord): void {
    switch (record.keytype) {
      case "NOOP":
        return;
      case "SCHEMA":
        if (record.value === null) this.#drop(record.subject, record.version);
        else this.#put(record.value);
        return;
      case "DELETE_SUBJECT":
        if (record.value !== null) this.#softDelete(record.subject, record.value.version);
        return;
      case "CLEAR_SUBJECT":
        if (record.value === null) return;
        for (const { version, deleted } of this.all(record.subject)) if (deleted) this.#drop(record.subject, version);
        return;
      case "CONFIG":
        setOrDelete(this.#levels, record.subject, record.value?.compatibilityLevel);
        return;
      case "MODE":
        setOrDelete(this.#modes, record.subject, record.value?.mode);
        return;
    }
  }

  #put(stored: StoredSchema): void {
    const content = contentOf(stored);
    const known = this.#contents.get(stored.id);
    // Two writers that both believed they led may have given one id twice: the first one keeps it.
    if (known !== undefined && contentKey(known) !== contentKey(content)) return;
    this.#contents.set(stored.id, content);
    const key = contentKey(content);
    // The same goes for one content under two ids.
    if (!this.#ids.has(key)) this.#ids.set(key, stored.id);
    this.#highestId = Math.max(this.#highestId, stored.id);
    const versions = this.#subjects.get(stored.subject) ?? new Map<number, StoredSchema>();
    const replaced = versions.get(stored.version);
    this.#subjects.set(stored.subject, versions.set(stored.version, stored));
    this.#uses.set(stored.id, (this.#uses.get(stored.id) ?? 0) + 1);
    if (replaced !== undefined) this.#release(replaced);
  }

  #drop(subject: string, version: number): void {
    const versions = this.#subjects.get(subject);
    const dropped = versions?.get(version);
    if (versions === undefined || dropped === undefined) return;
    versions.delete(version);
    if (versions.size === 0) this.#subjects.delete(subject);
    this.#release(dropped);
  }

  /** A version no longer stands for its schema: the last one to do so takes it along. */
  #release(stored: StoredSchema): void {
    const left = (this.#uses.get(stored.id) ?? 0) - 1;
    if (left > 0) {
      this.#uses.set(stored.id, left);
      return;
    }
    this.#uses.delete(stored.id);
    this.#contents.delete(stored.id);
    const key = contentKey(contentOf(stored));
    if (this.#ids.get(key) === stored.id) this.#ids.delete(key);
  }

  #softDelete(subject: string, upTo: number): void {
    const versions = this.#subjects.get(subject);
    for (const stored of this.all(subject)) {
      if (stored.version <= upTo) versions?.set(stored.version, { ...stored, deleted: true });
    }
  }

  /** Every version of a subject that has a record, soft-deleted ones included, ascending. */
  all(subject: string): readonly StoredSchema[] {
    return [...(this.#subjects.get(subject)?.values() ?? [])].sort((a, b) => a.version - b.version);
  }

  /** The versions of a subject that count, ascending. */
  live(subject: string): readonly StoredSchema[] {
    return this.all(subject).filter(({ deleted }) => !deleted);
  }

  /** Names of subjects, sorted: those with live versions, or all. */
  subjects({ deleted }: { readonly deleted: boolean }): readonly string[] {
    return [...this.#subjects.keys()].filter((subject) => deleted || this.live(subject).length > 0).sort();
  }

  content(id: number): SchemaContent | undefined {
    return this.#contents.get(id);
  }

  idOf(content: SchemaContent): number | undefined {
    return this.#ids.get(contentKey(content));
  }

  /** Where an id is registered, by subject and version. */
  usesOf(id: number, { deleted }: { readonly deleted: boolean }): readonly StoredSchema[] {
    return [...this.#subjects.keys()]
      .sort()
      .flatMap((subject) => (deleted ? this.all(subject) : this.live(subject)))
      .filter((stored) => stored.id === id);
  }

  /** Schemas that refer to a version. */
  referrers(subject: string, version: number, { deleted }: { readonly deleted: boolean }): readonly StoredSchema[] {
    return [...this.#subjects.keys()]
      .flatMap((name) => (deleted ? this.all(name) : this.live(name)))
      .filter(({ references }) => references?.some((one) => one.subject === subject && one.version === version));
  }

  /** A subject's own level; `null` asks for the global one. */
  level(subject: string | null): CompatibilityLevel | undefined {
    return this.#levels.get(subject);
  }

  mode(subject: string | null): Mode | undefined {
    return this.#modes.get(subject);
  }
}

function setOrDelete<V>(map: Map<string | null, V>, key: string | null, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
