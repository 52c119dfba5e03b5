import type { World } from "@ottla/world";
import type { CompatibilityLevel } from "../compatibility/level.js";
import type { CompatibilityVerdict } from "./compatibility-verdict.js";
import { FreshWrites } from "./fresh-writes.js";
import { Registrar } from "./registrar.js";
import { RegistryRefusal, schemaNotFound, subjectNotFound, versionNotFound } from "./registry-refusal.js";
import { SchemaContents, type SubmittedSchema } from "./schema-contents.js";
import type { RegistryState, SchemaContent } from "./state/registry-state.js";
import type { StoredRecord, StoredSchema } from "./state/stored-record.js";
import type { SchemaStore } from "./store/schema-store.js";
import { SubjectSettings } from "./subject-settings.js";

export type VersionName = number | "latest";

export interface RegistryOptions {
  /** The level where none is set. */
  readonly level: CompatibilityLevel;
  /** How long a write may take, waiting for those before it included. */
  readonly timeoutMs: number;
}

/**
 * What a registry does, whatever carries the requests: looks schemas up, judges them, registers them, forgets them. Registrations
 * are the {@link Registrar}'s, levels and modes stand in {@link Registry.settings}.
 */
export class Registry {
  /** Compatibility levels and modes. */
  readonly settings: SubjectSettings;
  readonly #state: RegistryState;
  readonly #store: SchemaStore;
  readonly #writes: FreshWrites;
  readonly #contents: SchemaContents;
  readonly #registrar: Registrar;

  constructor(world: Pick<World, "timers">, state: RegistryState, store: SchemaStore, options: RegistryOptions) {
    this.#state = state;
    this.#store = store;
    this.#writes = new FreshWrites(world, store, options.timeoutMs);
    this.#contents = new SchemaContents(state);
    this.settings = new SubjectSettings(state, store, this.#writes, options.level);
    const { settings } = this;
    this.#registrar = new Registrar({ state, store, writes: this.#writes, contents: this.#contents, settings });
  }

  register(subject: string, submitted: SubmittedSchema): Promise<StoredSchema> {
    return this.#registrar.register(subject, submitted);
  }

  lookup(subject: string, submitted: SubmittedSchema, options: { readonly deleted: boolean }): StoredSchema {
    const versions = options.deleted ? this.#state.all(subject) : this.#state.live(subject);
    if (versions.length === 0) throw subjectNotFound(subject);
    const found = this.#contents.find(this.#contents.of(submitted), versions);
    if (found === undefined) throw schemaNotFound();
    return found;
  }

  /** Judges a schema against one version, or against as many as the subject's level asks for. */
  compatibility(subject: string, submitted: SubmittedSchema, against: VersionName | "all"): CompatibilityVerdict {
    const content = this.#contents.of(submitted);
    const versions = this.#state.live(subject);
    if (against === "all") return this.#contents.judge(this.settings.level(subject), content, versions);
    if (versions.length === 0 && against === "latest") return { level: this.settings.level(subject), found: [] };
    return this.#contents.judge(this.settings.level(subject), content, [
      this.version(subject, against, { deleted: false }),
    ]);
  }

  subjects(options: { readonly deleted: boolean; readonly prefix: string }): readonly string[] {
    return this.#state.subjects(options).filter((subject) => subject.startsWith(options.prefix));
  }

  versions(subject: string, options: { readonly deleted: boolean }): readonly StoredSchema[] {
    const versions = options.deleted ? this.#state.all(subject) : this.#state.live(subject);
    if (versions.length === 0) throw subjectNotFound(subject);
    return versions;
  }

  version(subject: string, version: VersionName, options: { readonly deleted: boolean }): StoredSchema {
    const versions = options.deleted ? this.#state.all(subject) : this.#state.live(subject);
    if (this.#state.all(subject).length === 0) throw subjectNotFound(subject);
    const found = version === "latest" ? versions.at(-1) : versions.find((stored) => stored.version === version);
    if (found === undefined) throw version === "latest" ? subjectNotFound(subject) : versionNotFound(version);
    return found;
  }

  schemaById(id: number): SchemaContent {
    const content = this.#state.content(id);
    if (content === undefined) throw schemaNotFound(id);
    return content;
  }

  usesOf(id: number, options: { readonly deleted: boolean }): readonly StoredSchema[] {
    this.schemaById(id);
    return this.#state.usesOf(id, options);
  }

  referrers(subject: string, version: VersionName): readonly number[] {
    const { version: number } = this.version(subject, version, { deleted: false });
    return [...new Set(this.#state.referrers(subject, number, { deleted: false }).map(({ id }) => id))];
  }

  get highestId(): number {
    return this.#state.highestId;
  }

  deleteSubject(subject: string, options: { readonly permanent: boolean }): Promise<readonly number[]> {
    return this.#writes.write(async (signal) => {
      this.settings.checkWritable(subject);
      const all = this.#state.all(subject);
      const live = this.#state.live(subject);
      if (all.length === 0) throw subjectNotFound(subject);
      if (!options.permanent && live.length === 0) {
        throw new RegistryRefusal(
          40404,
          `Subject '${subject}' was soft deleted.Set permanent=true to delete permanently`,
        );
      }
      if (options.permanent && live.length > 0) {
        throw new RegistryRefusal(40405, `Subject '${subject}' was not deleted first before being permanently deleted`);
      }
      const doomed = options.permanent ? all : live;
      for (const { version } of doomed)
        this.#checkUnreferred(subject, version, { deleted: options.permanent, outside: true });
      await this.#store.write(
        options.permanent
          ? [...doomed.map(({ version }) => tombstone(subject, version)), ...this.settings.tombstones(subject)]
          : [{ keytype: "DELETE_SUBJECT", subject, value: { subject, version: live.at(-1)?.version ?? 0 } }],
        signal,
      );
      return doomed.map(({ version }) => version);
    });
  }

  deleteVersion(subject: string, version: VersionName, options: { readonly permanent: boolean }): Promise<number> {
    return this.#writes.write(async (signal) => {
      this.settings.checkWritable(subject);
      const stored = this.version(subject, version, { deleted: true });
      if (!options.permanent && stored.deleted) {
        throw new RegistryRefusal(
          40406,
          `Subject '${subject}' Version ${stored.version} was soft deleted.Set permanent=true to delete permanently`,
        );
      }
      if (options.permanent && !stored.deleted) {
        throw new RegistryRefusal(
          40407,
          `Subject '${subject}' Version ${stored.version} was not deleted first before being permanently deleted`,
        );
      }
      this.#checkUnreferred(subject, stored.version, { deleted: options.permanent, outside: false });
      const isLast = this.#state.all(subject).length === 1;
      await this.#store.write(
        options.permanent
          ? [tombstone(subject, stored.version), ...(isLast ? this.settings.tombstones(subject) : [])]
          : [{ keytype: "SCHEMA", subject, version: stored.version, value: { ...stored, deleted: true } }],
        signal,
      );
      return stored.version;
    });
  }

  #checkUnreferred(
    subject: string,
    version: number,
    { deleted, outside }: { deleted: boolean; outside: boolean },
  ): void {
    const referrer = this.#state
      .referrers(subject, version, { deleted })
      .find((stored) => !outside || stored.subject !== subject);
    if (referrer === undefined) return;
    throw new RegistryRefusal(
      42206,
      `One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=${subject},version=${version}}: ${referrer.subject} version ${referrer.version}.`,
    );
  }
}

const tombstone = (subject: string, version: number): StoredRecord => ({
  keytype: "SCHEMA",
  subject,
  version,
  value: null,
});
