import type { World } from "@ottla/world";
import type { CompatibilityLevel } from "../compatibility/level.js";
import type { CompatibilityVerdict } from "./compatibility-verdict.js";
import { Deletions } from "./deletions.js";
import { Leadership } from "./election/leadership.js";
import { withSettings } from "./filled-schema.js";
import { FreshWrites } from "./fresh-writes.js";
import { Registrar } from "./registrar.js";
import type { RegistrationOptions } from "./registration-round.js";
import { schemaNotFound, subjectNotFound, versionNotFound } from "./registry-refusal.js";
import { SchemaContents, type SubmittedSchema } from "./schema-contents.js";
import { SchemaIds } from "./schema-ids.js";
import { type TagChange, tagChanged } from "./schema-tags.js";
import {
  contextPrefix,
  defaultContext,
  everyContext,
  hasPrefix,
  nameOf,
  qualifiedSubject,
} from "./state/qualified-subject.js";
import type { Included, RegistryState } from "./state/registry-state.js";
import { contentOf, type SchemaContent } from "./state/schema-content.js";
import type { StoredSchema } from "./state/stored-record.js";
import type { SchemaStore } from "./store/schema-store.js";
import { SubjectConfigs } from "./subject-configs.js";
import { SubjectModes } from "./subject-modes.js";

export type VersionName = number | "latest";

export interface RegistryOptions {
  /** The level where none is set. */
  readonly level: CompatibilityLevel;
  /** How long a write may take, waiting for those before it included. */
  readonly timeoutMs: number;
  /** Who writes; this server alone by default. */
  readonly leadership?: Leadership | undefined;
}

/**
 * What a registry does, whatever carries the requests: looks schemas up, judges them, registers them, forgets them. Registrations
 * are the {@link Registrar}'s, settings stand in {@link Registry.configs} and {@link Registry.modes}.
 */
export class Registry {
  readonly configs: SubjectConfigs;
  readonly modes: SubjectModes;
  readonly ids: SchemaIds;
  readonly deletions: Deletions;
  readonly #state: RegistryState;
  readonly #contents: SchemaContents;
  readonly #registrar: Registrar;

  constructor(world: Pick<World, "timers">, state: RegistryState, store: SchemaStore, options: RegistryOptions) {
    this.#state = state;
    const writes = new FreshWrites(world, store, options.timeoutMs, options.leadership ?? new Leadership());
    const contents = new SchemaContents(state);
    const modes = new SubjectModes(state, store, writes);
    const configs = new SubjectConfigs(state, store, writes, modes, options.level);
    this.#contents = contents;
    this.modes = modes;
    this.configs = configs;
    this.ids = new SchemaIds(state);
    this.deletions = new Deletions({ state, store, writes, modes });
    this.#registrar = new Registrar({ state, store, writes, contents, configs, modes });
  }

  /** A new version, or the one that has this content already: then nothing is written, in whatever mode. */
  async register(subject: string, submitted: SubmittedSchema, options: RegistrationOptions): Promise<StoredSchema> {
    const normalizing = { ...options, normalize: this.#normalizes(subject, options.normalize) };
    return (
      this.#registered(subject, submitted, normalizing.normalize) ??
      (await this.#registrar.register(subject, submitted, normalizing))
    );
  }

  #registered(subject: string, submitted: SubmittedSchema, normalize: boolean): StoredSchema | undefined {
    const { schema, version = 0, id, tagsToAdd = [], tagsToRemove = [], propagateTags } = submitted;
    const config = this.configs.inScope(subject);
    const isFilled =
      config.defaultMetadata ?? config.overrideMetadata ?? config.defaultRuleSet ?? config.overrideRuleSet;
    const isTagged = tagsToAdd.length > 0 || tagsToRemove.length > 0 || propagateTags;
    if (schema.trim() === "" || isFilled !== undefined || isTagged) return undefined;
    const live = this.#state.live(subject);
    if (live.length === 0) return undefined;
    const candidates =
      version > 0 ? live.filter((one) => one.version === version) : version < 0 ? live.slice(-1) : live;
    if (version > 0 && id === undefined) return undefined;
    const found = this.#contents.find(
      subject,
      this.#contents.of(subject, submitted, { normalize, isNew: false }),
      candidates,
    );
    return id === undefined || found?.id === id ? found : undefined;
  }

  #normalizes = (subject: string, asked: boolean): boolean => asked || this.configs.inScope(subject).normalize === true;

  /** The version that has a content. A subject that is not found is looked for in every context. */
  lookup(
    subject: string,
    submitted: SubmittedSchema,
    options: { readonly deleted: boolean; readonly normalize: boolean },
  ): StoredSchema {
    for (const name of this.#namesOf(subject)) {
      const found = this.#lookup(name, submitted, options);
      if (found !== undefined) return found;
    }
    const versions = this.#state.versions(subject, options.deleted ? "all" : "live");
    throw versions.length === 0 ? subjectNotFound(subject) : schemaNotFound();
  }

  #lookup(
    subject: string,
    submitted: SubmittedSchema,
    { deleted, normalize }: { readonly deleted: boolean; readonly normalize: boolean },
  ): StoredSchema | undefined {
    const versions = this.#state.versions(subject, deleted ? "all" : "live");
    const reading = { normalize: this.#normalizes(subject, normalize), isNew: false };
    // A text that is no schema is refused, also where there is nothing to find.
    const content = this.#contents.of(subject, submitted, reading);
    if (versions.length === 0) return undefined;
    const found = this.#contents.find(subject, content, versions);
    if (found !== undefined) return found;
    // As it would have been registered: with what it leaves out.
    const filled = withSettings(submitted, this.configs.inScope(subject), this.#state.live(subject).at(-1), undefined);
    return this.#contents.find(subject, { ...content, ...pick(filled) }, versions);
  }

  /** Judges a schema against one version, or against as many as the subject's level asks for. */
  compatibility(
    subject: string,
    submitted: SubmittedSchema,
    against: VersionName | "all",
    options: { readonly normalize: boolean },
  ): CompatibilityVerdict {
    const live = this.#state.live(subject);
    const versions =
      against === "all" ? live : against === "latest" ? live.slice(-1) : live.filter((one) => one.version === against);
    if (typeof against === "number" && versions.length === 0) throw versionNotFound(against);
    const config = this.configs.inScope(subject);
    const content = this.#contents.of(subject, submitted, {
      normalize: this.#normalizes(subject, options.normalize),
      isNew: config.validateNewSchemas !== false,
    });
    return this.#contents.judge(subject, config, content, versions);
  }

  /** Names of subjects that begin with a prefix, in its context: `:*:` stands for all of them. */
  subjects(prefix: string, included: Included): readonly string[] {
    const { context } = qualifiedSubject(prefix);
    const contexts = context === everyContext ? this.#state.contexts() : [context];
    return contexts
      .flatMap((one) => this.#state.subjects(contextPrefix(one) || null, included))
      .filter((name) => hasPrefix(name, prefix))
      .sort();
  }

  /** As {@link Registry.versions}, and none of a subject that there is not. */
  allVersions(subject: string, included: Included): readonly StoredSchema[] {
    return this.#state.versions(subject, included);
  }

  versions(subject: string, included: Included): readonly StoredSchema[] {
    const versions = this.#state.versions(subject, included);
    if (versions.length === 0) throw subjectNotFound(subject);
    return versions;
  }

  /** A subject that is not found is looked for in every context. */
  version(subject: string, version: VersionName, options: { readonly deleted: boolean }): StoredSchema {
    for (const name of this.#namesOf(subject)) {
      const found = this.#version(name, version, options);
      if (found !== undefined) return found;
    }
    const isKnown = this.#state.versions(subject, options.deleted ? "all" : "live").length > 0;
    throw isKnown ? versionNotFound(version === "latest" ? -1 : version) : subjectNotFound(subject);
  }

  /** The latest version is always one that counts. */
  #version(subject: string, version: VersionName, options: { readonly deleted: boolean }): StoredSchema | undefined {
    if (version === "latest") return this.#state.live(subject).at(-1);
    return this.#state.versions(subject, options.deleted ? "all" : "live").find((one) => one.version === version);
  }

  #namesOf(subject: string): readonly string[] {
    const { context, subject: name } = qualifiedSubject(subject);
    if (context !== defaultContext) return [subject];
    return this.#state.contexts().map((one) => nameOf({ context: one, subject: name }));
  }

  /** The newest version whose metadata have all these properties. */
  withProperties(
    subject: string,
    properties: readonly (readonly [string, string])[],
    options: { readonly deleted: boolean },
  ): StoredSchema {
    const versions = this.versions(subject, options.deleted ? "all" : "live");
    const found = versions.findLast(
      ({ metadata }) =>
        metadata?.properties !== undefined &&
        properties.every(([name, value]) => metadata.properties?.[name] === value),
    );
    if (found === undefined) throw schemaNotFound();
    return found;
  }

  /** Ids of the schemas that refer to a version, ascending. */
  referrers(subject: string, version: VersionName, options: { readonly deleted: boolean }): readonly number[] {
    const found = this.version(subject, version, { deleted: true });
    const referrers = this.#state.referrers(found.subject, found.version, options.deleted ? "all" : "live");
    return [...new Set(referrers.map(({ id }) => id))].sort((a, b) => a - b);
  }

  contexts(): readonly string[] {
    return this.#state.contexts();
  }

  deleteSubject(subject: string, options: { readonly permanent: boolean }): Promise<readonly number[]> {
    return this.deletions.deleteSubject(subject, options);
  }

  deleteVersion(subject: string, version: VersionName, options: { readonly permanent: boolean }): Promise<number> {
    const find = () => {
      const found = this.#version(subject, version, { deleted: true });
      if (found !== undefined) return found;
      throw this.#state.all(subject).length === 0
        ? subjectNotFound(subject)
        : versionNotFound(version === "latest" ? -1 : version);
    };
    return this.deletions.deleteVersion(subject, find, options);
  }

  /** Registers a version with other tags, metadata or rules. */
  changeTags(subject: string, version: VersionName, change: TagChange): Promise<StoredSchema> {
    const stored = this.version(subject, version, { deleted: false });
    const before = this.#state.live(stored.subject);
    return this.#registrar.register(stored.subject, tagChanged(stored, before, change), {
      normalize: false,
      force: false,
    });
  }

  /** A content's text in another form; as it is where the form is not known. */
  formatted(subject: string, content: SchemaContent, form: string): string {
    return this.#contents.formatted(subject, content, form);
  }

  /** The tags in a version's text that are asked for; `*` asks for all. */
  tags(stored: StoredSchema, wanted: readonly string[]) {
    const all = this.#contents.tags(stored.subject, contentOf(stored));
    return wanted.includes("*") ? all : all.filter(({ tags }) => tags.some((tag) => wanted.includes(tag)));
  }
}

const pick = ({ metadata, ruleSet }: SubmittedSchema) => ({
  ...(metadata !== undefined && { metadata }),
  ...(ruleSet !== undefined && { ruleSet }),
});
