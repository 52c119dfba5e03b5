import { incompatible } from "./compatibility-verdict.js";
import { type FreshWrites, mostWaitingWrites } from "./fresh-writes.js";
import { type Registration, RoundIds, WaitingRegistrations } from "./registration-round.js";
import { RegistryRefusal } from "./registry-refusal.js";
import type { SchemaContents, SubmittedSchema } from "./schema-contents.js";
import { contentKey, contentOf, type RegistryState, type SchemaContent } from "./state/registry-state.js";
import type { StoredRecord, StoredSchema } from "./state/stored-record.js";
import type { SchemaStore } from "./store/schema-store.js";
import type { SubjectSettings } from "./subject-settings.js";

const longestSubject = 10_000;
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
  readonly settings: SubjectSettings;
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
  readonly #settings: SubjectSettings;
  readonly #registrations = new WaitingRegistrations(mostWaitingWrites);
  #isRoundWaiting = false;

  constructor({ state, store, writes, contents, settings }: RegistrarParts) {
    this.#state = state;
    this.#store = store;
    this.#writes = writes;
    this.#contents = contents;
    this.#settings = settings;
  }

  /** The stored schema, once it is durable and applied: a new version, or the one that has this content already. */
  register(subject: string, submitted: SubmittedSchema): Promise<StoredSchema> {
    checkSubject(subject);
    const { requested, deadline } = this.#writes.request();
    const answer = this.#registrations.add({ subject, submitted, requested }, deadline);
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
    const { subject, submitted, signal } = one;
    try {
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const stored = await this.#tryRegister(subject, submitted, signal);
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
        const decision = this.#decide(registration.subject, registration.submitted, ids);
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
  async #tryRegister(
    subject: string,
    submitted: SubmittedSchema,
    signal: AbortSignal,
  ): Promise<StoredSchema | undefined> {
    const decision = this.#decide(subject, submitted, new RoundIds(this.#state));
    if ("known" in decision) return decision.known;
    const between = await this.#store.write(decision.records, signal);
    return this.#settled(subject, decision, between, signal);
  }

  #decide(subject: string, submitted: SubmittedSchema, ids: RoundIds): Decision | { readonly known: StoredSchema } {
    this.#settings.checkWritable(subject);
    const content = this.#contents.of(submitted);
    const known = this.#contents.find(content, this.#state.live(subject));
    if (known !== undefined) return { known };
    const verdict = this.#contents.judge(this.#settings.level(subject), content, this.#state.live(subject));
    if (verdict.found.length > 0) throw incompatible(subject, verdict);
    const version = (this.#state.all(subject).at(-1)?.version ?? 0) + 1;
    const stored: StoredSchema = { subject, version, id: ids.of(content), ...content, deleted: false };
    const records: StoredRecord[] = [{ keytype: "SCHEMA", subject, version, value: stored }];
    // The same content may stand soft-deleted: its new version takes its place.
    const buried = this.#contents.find(content, this.#state.all(subject));
    if (buried !== undefined) records.push({ keytype: "SCHEMA", subject, version: buried.version, value: null });
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
    if (isOther && this.#counted(displaced)) {
      await this.#store.write([{ keytype: "SCHEMA", subject, version, value: displaced }], signal);
    }
    return this.#contents.find(content, this.#state.live(subject));
  }

  /** Whether a record that another one of its key followed was in force: one whose id was taken never is. */
  #counted(stored: StoredSchema): boolean {
    const holder = this.#state.content(stored.id);
    return holder === undefined || contentKey(holder) === contentKey(contentOf(stored));
  }
}

const schemasOf = (record: StoredRecord): readonly StoredSchema[] =>
  record.keytype === "SCHEMA" && record.value !== null ? [record.value] : [];

function checkSubject(subject: string): void {
  const isControl = [...subject].some((character) => character < " " || character === "\u007f");
  if (
    subject === "" ||
    isControl ||
    subject === "__GLOBAL" ||
    subject === "__EMPTY" ||
    subject.length > longestSubject
  ) {
    throw new RegistryRefusal(42208, `The specified subject '${subject.slice(0, 200)}' is not a valid subject.`);
  }
}
