import type { FreshWrites } from "./fresh-writes.js";
import { RegistryRefusal, referenceExists, subjectNotFound } from "./registry-refusal.js";
import type { RegistryState } from "./state/registry-state.js";
import type { StoredRecord, StoredSchema } from "./state/stored-record.js";
import type { SchemaStore } from "./store/schema-store.js";
import type { SubjectModes } from "./subject-modes.js";

/** What {@link Deletions} decides on and writes to. */
interface DeletionParts {
  readonly state: RegistryState;
  readonly store: SchemaStore;
  readonly writes: FreshWrites;
  readonly modes: SubjectModes;
}

/** Forgets versions and subjects: softly first, which hides them, then for good. */
export class Deletions {
  readonly #state: RegistryState;
  readonly #store: SchemaStore;
  readonly #writes: FreshWrites;
  readonly #modes: SubjectModes;

  constructor({ state, store, writes, modes }: DeletionParts) {
    this.#state = state;
    this.#store = store;
    this.#writes = writes;
    this.#modes = modes;
  }

  /** Answers the versions that are gone. */
  deleteSubject(subject: string, { permanent }: { readonly permanent: boolean }): Promise<readonly number[]> {
    return this.#writes.write(async (signal) => {
      const all = this.#state.all(subject);
      const live = this.#state.live(subject);
      if (all.length === 0) throw subjectNotFound(subject);
      if (!permanent && live.length === 0) {
        throw new RegistryRefusal(
          40404,
          `Subject '${subject}' was soft deleted.Set permanent=true to delete permanently`,
        );
      }
      this.#modes.checkWritable(subject);
      if (permanent && live.length > 0) {
        throw new RegistryRefusal(40405, `Subject '${subject}' was not deleted first before being permanently deleted`);
      }
      const doomed = permanent ? all : live;
      for (const { version } of doomed) this.#checkUnreferred(subject, version, { permanent, outside: true });
      await this.#store.write(
        permanent
          ? // The last first: versions may refer to earlier ones.
            [...doomed.map(({ version }) => tombstone(subject, version)).reverse(), ...this.#settings(subject)]
          : [{ keytype: "DELETE_SUBJECT", subject, value: { subject, version: live.at(-1)?.version ?? 0 } }],
        signal,
      );
      return doomed.map(({ version }) => version);
    });
  }

  /** Answers the version's number. `find` names it, when it is the write's turn. */
  deleteVersion(
    subject: string,
    find: () => StoredSchema,
    { permanent }: { readonly permanent: boolean },
  ): Promise<number> {
    return this.#writes.write(async (signal) => {
      const stored = find();
      const { version } = stored;
      if (!permanent && stored.deleted) {
        throw new RegistryRefusal(
          40406,
          `Subject '${subject}' Version ${version} was soft deleted.Set permanent=true to delete permanently`,
        );
      }
      this.#modes.checkWritable(subject);
      this.#checkUnreferred(subject, version, { permanent, outside: false });
      if (permanent && !stored.deleted) {
        throw new RegistryRefusal(
          40407,
          `Subject '${subject}' Version ${version} was not deleted first before being permanently deleted`,
        );
      }
      const isLast = this.#state.all(subject).length === 1;
      const { timestampMs: _, ...value } = stored;
      await this.#store.write(
        permanent
          ? [tombstone(subject, version), ...(isLast ? this.#settings(subject) : [])]
          : [{ keytype: "SCHEMA", subject, version, value: { ...value, deleted: true } }],
        signal,
      );
      return version;
    });
  }

  /** Forgets a context. @throws RegistryRefusal 42211 while there is a subject in it, a soft-deleted one too. */
  deleteContext(context: string, prefix: string): Promise<void> {
    return this.#writes.write(async (signal) => {
      if (this.#state.subjects(prefix, "all").length > 0) {
        throw new RegistryRefusal(42211, `The specified context '${prefix}' is not empty.`);
      }
      await this.#store.write([{ keytype: "CONTEXT", context, value: null }], signal);
    });
  }

  /** What forgets a subject's own settings. */
  #settings(subject: string): readonly StoredRecord[] {
    const records: StoredRecord[] = [];
    if (this.#state.mode(subject) !== undefined) records.push({ keytype: "MODE", subject, value: null });
    if (this.#state.config(subject) !== undefined) records.push({ keytype: "CONFIG", subject, value: null });
    return records;
  }

  #checkUnreferred(
    subject: string,
    version: number,
    { permanent, outside }: { readonly permanent: boolean; readonly outside: boolean },
  ): void {
    const referrer = this.#state
      .referrers(subject, version, permanent ? "all" : "live")
      .find((stored) => !outside || stored.subject !== subject);
    if (referrer !== undefined) throw referenceExists(subject, version, referrer);
  }
}

const tombstone = (subject: string, version: number): StoredRecord => ({
  keytype: "SCHEMA",
  subject,
  version,
  value: null,
});
