import { incompatible, isCompatible } from "./compatibility-verdict.js";
import { filledFrom } from "./filled-schema.js";
import { type FreshWrites, mostWaitingWrites } from "./fresh-writes.js";
import { type Registration, type RegistrationOptions, RoundIds, WaitingRegistrations } from "./registration-round.js";
import { RegistryRefusal } from "./registry-refusal.js";
import type { SchemaContents, SubmittedSchema } from "./schema-contents.js";
import { contextOf, contextPrefix } from "./state/qualified-subject.js";
import type { RegistryState } from "./state/registry-state.js";
import { contentKey, contentOf, type SchemaContent } from "./state/schema-content.js";
import type { StoredRecord, StoredSchema } from "./state/stored-record.js";
import type { SchemaStore } from "./store/schema-store.js";
import { checkRuleSet, type SubjectConfigs } from "./subject-configs.js";
import { type SubjectModes, takesIds } from "./subject-modes.js";
import { checkSubject } from "./subject-name.js";

/** What a round writes goes out together: about as much as a broker takes in one request without a thought. */
const mostInRound = 256;
/** Another registry on the same topic may take a version or an id first; it does not do so for ever. */
const mostAttempts = 10;

/** What a {@link Registrar} decides on and writes to. */
export interface RegistrarParts {
  readonly state: RegistryState;
  readonly store: SchemaStore;
  readonly writes: FreshWrites;
  readonly contents: SchemaContents;
  readonly configs: SubjectConfigs;
  readonly modes: SubjectModes;
}

/** What a registration writes. */
interface Decision {
  readonly content: SchemaContent;
  readonly version: number;
  readonly records: readonly StoredRecord[];
}

/**
 * Registers schemas. Two registrations never take the same version or id. Those that wait at the same time are one write, as far
 * as their subjects differ, and as long as no other registry writes to the topic.
 *
 * Another registry that writes to the same topic meanwhile is noticed when the record has come back behind its records: then
 * the version or id is taken, and the next one is tried. There should be one nevertheless: between its record and the
 * repair the other's answer does not hold.
 */
export class Registrar {
  readonly #state: RegistryState;
  readonly #store: SchemaStore;
  readonly #writes: FreshWrites;
  readonly #contents: SchemaContents;
  readonly #configs: SubjectConfigs;
  readonly #modes: SubjectModes;
  readonly #registrations = new WaitingRegistrations(mostWaitingWrites);
  #isRoundWaiting = false;

  constructor({ state, store, writes, contents, configs, modes }: RegistrarParts) {
    this.#state = state;
    this.#store = store;
    this.#writes = writes;
    this.#contents = contents;
    this.#configs = configs;
    this.#modes = modes;
  }

  /** The stored schema, once it is durable and applied: a new version, or the one that has this content already. */
  async register(subject: string, submitted: SubmittedSchema, options: RegistrationOptions): Promise<StoredSchema> {
    checkSubject(subject);
    checkRuleSet(submitted.ruleSet);
    const { requested, deadline } = this.#writes.request();
    const answer = this.#registrations.add({ subject, submitted, options, requested }, deadline);
    this.#scheduleRound();
    return answer;
  }

  /** Registrations that come while others are written are decided together, and share the way to the disk. */
  #scheduleRound(): void {
    if (this.#isRoundWaiting || this.#registrations.size === 0) return;
    this.#isRoundWaiting = true;
    this.#writes
      .inTurn(() => {
        this.#isRoundWaiting = false;
        return this.#round(this.#registrations.take(mostInRound));
      })
      .catch((error: unknown) => {
        this.#isRoundWaiting = false;
        this.#registrations.rejectAll(error);
      })
      .finally(() => this.#scheduleRound());
  }

  /** Answers every one of these. They have subjects of their own, so none changes what another is decided on. */
  async #round(registrations: readonly Registration[]): Promise<void> {
    // The last one's time is over last: those before it are answered when theirs is, and the round goes on.
    const last = registrations.at(-1);
    if (last === undefined) return;
    try {
      await this.#writes.freshen(last.requested, last.signal);
      // Beside another registry one at a time: then both choose the next id, and the log says who was first.
      if (registrations.length > 1 && this.#store.isAlone) await this.#writeTogether(registrations, last.signal);
    } catch {
      // Something of it may be what the broker refuses (a size): each is asked for alone, and gets its own answer.
      await this.#store.caughtUp(last.signal).catch(() => {});
    }
    for (const one of registrations) if (!one.isAnswered) await this.#registerAlone(one);
  }

  async #registerAlone(one: Registration): Promise<void> {
    const { subject, signal } = one;
    try {
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const stored = await this.#tryRegister(one);
        if (stored !== undefined) return one.resolve(stored);
        await this.#store.caughtUp(signal);
      }
      const reason = `Subject '${subject}': another registry keeps writing to the same topic`;
      one.reject(new RegistryRefusal(50001, reason));
    } catch (error) {
      one.reject(error);
    }
  }

  /** Answers those that are known, refused, or written and in force; what another registry came before is left. */
  async #writeTogether(registrations: readonly Registration[], signal: AbortSignal): Promise<void> {
    const ids = new RoundIds(this.#state);
    const decided = registrations.flatMap((registration) => {
      try {
        const decision = this.#decide(registration, ids);
        if ("records" in decision) return [{ registration, ...decision }];
        registration.resolve(decision.known);
      } catch (error) {
        registration.reject(error);
      }
      return [];
    });
    if (decided.length === 0) return;
    const between = await this.#store.write(
      decided.flatMap(({ records }) => records),
      signal,
    );
    for (const { registration, ...decision } of decided) {
      const stored = await this.#settled(registration.subject, decision, between, signal);
      if (stored !== undefined) registration.resolve(stored);
    }
  }

  /** Answers undefined where another registry's record took the version or the id. */
  async #tryRegister(one: Registration): Promise<StoredSchema | undefined> {
    const decision = this.#decide(one, new RoundIds(this.#state));
    if ("known" in decision) return decision.known;
    const between = await this.#store.write(decision.records, one.signal);
    return this.#settled(one.subject, decision, between, one.signal);
  }

  #decide(registration: Registration, ids: RoundIds): Decision | { readonly known: StoredSchema } {
    const { subject, submitted, options } = registration;
    this.#modes.checkRegistrable(subject, { hasId: submitted.id !== undefined });
    const config = this.#configs.inScope(subject);
    const isImported = takesIds(this.#modes.inScope(subject));
    const all = this.#state.all(subject);
    const live = this.#state.live(subject);
    const nextVersion = (all.at(-1)?.version ?? 0) + 1;
    const filled = isImported
      ? submitted
      : filledFrom(submitted, config, live.at(-1), nextVersion, (schema) => this.#contents.tags(subject, schema));
    const content = this.#contents.of(subject, this.#contents.tagged(subject, filled), {
      normalize: options.normalize && !isImported,
      isNew: submitted.id === undefined && config.validateNewSchemas !== false,
    });
    if (!submitted.version) {
      const known = this.#contents.find(subject, content, live);
      if (known !== undefined && (submitted.id ?? known.id) === known.id) return { known };
    }
    if (!isImported && !options.force) {
      const verdict = this.#contents.judge(subject, config, content, live);
      if (!isCompatible(verdict)) throw incompatible(subject, verdict);
    }
    const version = submitted.version !== undefined && submitted.version > 0 ? submitted.version : nextVersion;
    if (version !== nextVersion && !isImported) {
      throw new RegistryRefusal(42201, "Version is not one more than previous version");
    }
    const id = submitted.id ?? ids.of(subject, content);
    const stored: StoredSchema = { subject, version, id, ...content, deleted: false };
    if (!this.#state.accepts(stored)) {
      const context = contextPrefix(contextOf(subject));
      throw new RegistryRefusal(42205, `Overwrite new schema with id ${id} in context ${context} is not permitted.`);
    }
    const records: StoredRecord[] = [{ keytype: "SCHEMA", subject, version, value: stored }];
    // The same content may stand soft-deleted: its new version takes its place, unless something refers to that.
    for (const buried of all) {
      const isReplaced = buried.deleted && buried.id === id && buried.version < version;
      if (!isReplaced || this.#state.referrers(subject, buried.version, "all").length > 0) continue;
      records.push({ keytype: "SCHEMA", subject, version: buried.version, value: null });
    }
    const context = contextOf(subject);
    if (!this.#state.contexts().includes(context)) {
      records.push({ keytype: "CONTEXT", context, value: { context } });
    }
    return { content, version, records };
  }

  /** What a written registration came to; undefined where another registry's record took the version or the id. */
  async #settled(
    subject: string,
    { content, version }: Decision,
    between: readonly StoredRecord[],
    signal: AbortSignal,
  ): Promise<StoredSchema | undefined> {
    // Compaction keeps the later of two records with one key, but the earlier one has been answered to somebody.
    const displaced = between.flatMap(schemasOf).findLast((one) => one.subject === subject && one.version === version);
    const isOther = displaced !== undefined && contentKey(contentOf(displaced)) !== contentKey(content);
    // One whose id was taken never was in force.
    if (isOther && this.#state.accepts(displaced)) {
      await this.#store.write([{ keytype: "SCHEMA", subject, version, value: displaced }], signal);
    }
    const live = this.#state.live(subject);
    return (
      live.find((one) => one.version === version && contentKey(contentOf(one)) === contentKey(content)) ??
      this.#contents.find(subject, content, live)
    );
  }
}

const schemasOf = (record: StoredRecord): readonly StoredSchema[] =>
  record.keytype === "SCHEMA" && record.value !== null ? [record.value] : [];
