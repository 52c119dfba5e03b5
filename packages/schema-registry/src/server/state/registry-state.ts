import { ContextIds } from "./context-ids.js";
import { contextOf, defaultContext, globalContext, nameWithin, qualifiedSubject } from "./qualified-subject.js";
import type { SchemaContent } from "./schema-content.js";
import type { Mode, StoredRecord, StoredSchema } from "./stored-record.js";
import type { SubjectConfig } from "./subject-config.js";

/** Which versions are meant: those that count, the soft-deleted ones too, or only those. */
export type Included = "live" | "all" | "deleted";

export const isIncluded = ({ deleted }: { readonly deleted: boolean }, included: Included): boolean =>
  included === "all" || deleted === (included === "deleted");

/** What the records of `_schemas` add up to. The live path and the replay at start both go through {@link RegistryState.apply}. */
export class RegistryState {
  /** The versions of each subject, ascending. */
  readonly #subjects = new Map<string, readonly StoredSchema[]>();
  readonly #ids = new Map<string, ContextIds>();
  /** By what is referred to. */
  readonly #referrers = new Map<string, Map<string, StoredSchema>>();
  readonly #contexts = new Set<string>();
  readonly #configs = new Map<string | null, SubjectConfig>();
  readonly #modes = new Map<string | null, Mode>();

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
        if (record.value !== null) this.#clear(record.subject);
        return;
      case "CONTEXT":
        if (record.value === null) this.#contexts.delete(record.context);
        else if (record.context !== defaultContext) this.#contexts.add(record.context);
        return;
      case "CONFIG":
        setOrDelete(this.#configs, record.subject, record.value ?? undefined);
        return;
      case "MODE":
        setOrDelete(this.#modes, record.subject, record.value?.mode);
        return;
    }
  }

  #put(stored: StoredSchema): void {
    const ids = this.#idsOf(stored.subject);
    if (!ids.accepts(stored)) return;
    const replaced = this.#versionOf(stored.subject, stored.version);
    ids.add(stored);
    if (replaced !== undefined) {
      if (replaced.id !== stored.id) ids.remove(replaced);
      this.#forgetReferences(replaced);
    }
    const others = this.all(stored.subject).filter(({ version }) => version !== stored.version);
    const after = others.findIndex(({ version }) => version > stored.version);
    this.#subjects.set(stored.subject, after < 0 ? [...others, stored] : others.toSpliced(after, 0, stored));
    for (const place of referredPlaces(stored)) {
      const referrers = this.#referrers.get(place) ?? new Map<string, StoredSchema>();
      this.#referrers.set(place, referrers.set(placeOf(stored.subject, stored.version), stored));
    }
    // Registries of old wrote no record for a context.
    const context = contextOf(stored.subject);
    if (context !== defaultContext) this.#contexts.add(context);
  }

  #drop(subject: string, version: number): void {
    const dropped = this.#versionOf(subject, version);
    if (dropped === undefined) return;
    const left = this.all(subject).filter((stored) => stored !== dropped);
    if (left.length === 0) this.#subjects.delete(subject);
    else this.#subjects.set(subject, left);
    this.#idsOf(subject).remove(dropped);
    this.#forgetReferences(dropped);
  }

  #forgetReferences(stored: StoredSchema): void {
    for (const place of referredPlaces(stored)) {
      const referrers = this.#referrers.get(place);
      referrers?.delete(placeOf(stored.subject, stored.version));
      if (referrers?.size === 0) this.#referrers.delete(place);
    }
  }

  #softDelete(subject: string, upTo: number): void {
    for (const stored of this.all(subject)) {
      if (stored.version <= upTo && !stored.deleted) this.#put({ ...stored, deleted: true });
    }
  }

  /** Drops what is soft-deleted of a subject, of a context, or with `null` of the default one. */
  #clear(scope: string | null): void {
    for (const subject of this.#within(scope)) {
      for (const { version, deleted } of this.all(subject)) if (deleted) this.#drop(subject, version);
    }
  }

  #within(scope: string | null): readonly string[] {
    const { context, subject } = qualifiedSubject(scope ?? "");
    if (subject !== "") return [scope ?? ""];
    return [...this.#subjects.keys()].filter((name) => context === globalContext || contextOf(name) === context);
  }

  #versionOf(subject: string, version: number): StoredSchema | undefined {
    return this.all(subject).find((stored) => stored.version === version);
  }

  #idsOf(subject: string): ContextIds {
    const context = contextOf(subject);
    const ids = this.#ids.get(context) ?? new ContextIds();
    this.#ids.set(context, ids);
    return ids;
  }

  /** Every version of a subject that has a record, soft-deleted ones included, ascending. */
  all(subject: string): readonly StoredSchema[] {
    return this.#subjects.get(subject) ?? [];
  }

  /** The versions of a subject that count, ascending. */
  live(subject: string): readonly StoredSchema[] {
    return this.all(subject).filter(({ deleted }) => !deleted);
  }

  versions(subject: string, included: Included): readonly StoredSchema[] {
    return this.all(subject).filter((stored) => isIncluded(stored, included));
  }

  /**
   * Names of subjects in a scope (a subject, a context, or `null` for the default context), sorted. A subject counts as deleted
   * when all of its versions are.
   */
  subjects(scope: string | null, included: Included): readonly string[] {
    const isDeleted = (subject: string) => this.all(subject).every(({ deleted }) => deleted);
    return this.#within(scope)
      .filter((subject) => this.all(subject).length > 0 && isIncluded({ deleted: isDeleted(subject) }, included))
      .sort();
  }

  /** All contexts that are known, sorted; the default one is first. */
  contexts(): readonly string[] {
    return [defaultContext, ...[...this.#contexts].sort()];
  }

  /** The ids of a context. */
  ids(context: string): Pick<ContextIds, "highest" | "content" | "idOf" | "idOfGuid"> {
    return this.#ids.get(context) ?? new ContextIds();
  }

  /** Whether a record would count, or its id stands for another content. */
  accepts(stored: StoredSchema): boolean {
    return this.#idsOf(stored.subject).accepts(stored);
  }

  content(id: number, context: string): SchemaContent | undefined {
    return this.ids(context).content(id);
  }

  /** A version that stands for an id, whichever. */
  useOf(id: number, context: string): StoredSchema | undefined {
    for (const stored of this.#ids.get(context)?.usesOf(id) ?? []) return stored;
    return undefined;
  }

  /** Where an id is registered, by subject and version. */
  usesOf(id: number, context: string, included: Included): readonly StoredSchema[] {
    return [...(this.#ids.get(context)?.usesOf(id) ?? [])]
      .filter((stored) => isIncluded(stored, included))
      .sort((a, b) => compareNames(a.subject, b.subject) || a.version - b.version);
  }

  /** Versions that refer to a version. */
  referrers(subject: string, version: number, included: Included): readonly StoredSchema[] {
    return [...(this.#referrers.get(placeOf(subject, version))?.values() ?? [])].filter((stored) =>
      isIncluded(stored, included),
    );
  }

  /** What is configured for a subject or context itself; `null` asks for the default context, which stands for all. */
  config(subject: string | null): SubjectConfig | undefined {
    return this.#configs.get(subject);
  }

  /** Subjects and contexts with a configuration of their own. */
  configured(): Iterable<readonly [string | null, SubjectConfig]> {
    return this.#configs;
  }

  mode(subject: string | null): Mode | undefined {
    return this.#modes.get(subject);
  }

  /** Subjects of a context that have a mode of their own, the context itself left out. */
  moded(context: string): readonly string[] {
    return [...this.#modes.keys()].filter((name): name is string => {
      if (name === null) return false;
      const { context: own, subject } = qualifiedSubject(name);
      return own === context && subject !== "";
    });
  }
}

const placeOf = (subject: string, version: number): string => `${version} ${subject}`;

const referredPlaces = ({ subject, references = [] }: StoredSchema): readonly string[] =>
  references.map((reference) => placeOf(nameWithin(subject, reference.subject), reference.version));

const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function setOrDelete<V>(map: Map<string | null, V>, key: string | null, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
