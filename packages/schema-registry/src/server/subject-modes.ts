import type { FreshWrites } from "./fresh-writes.js";
import { RegistryRefusal, referenceExists, subjectNotFound } from "./registry-refusal.js";
import {
  contextOf,
  contextPrefix,
  defaultContext,
  globalContext,
  qualifiedSubject,
} from "./state/qualified-subject.js";
import type { RegistryState } from "./state/registry-state.js";
import { type Mode, modes, type StoredRecord } from "./state/stored-record.js";
import type { SchemaStore } from "./store/schema-store.js";

/** Which writes subjects take: a subject's own mode, its context's, the global one. `null` stands for the default context. */
export class SubjectModes {
  readonly #state: RegistryState;
  readonly #store: SchemaStore;
  readonly #writes: FreshWrites;

  constructor(state: RegistryState, store: SchemaStore, writes: FreshWrites) {
    this.#state = state;
    this.#store = store;
    this.#writes = writes;
  }

  /** The mode that is set for a subject or context itself; the global ones always are. */
  own(subject: string | null): Mode | undefined {
    const isGlobal = subject === null || qualifiedSubject(subject).context === globalContext;
    return this.#state.mode(subject) ?? (isGlobal ? "READWRITE" : undefined);
  }

  /** The mode that holds for a subject. */
  inScope(subject: string | null): Mode {
    const context = contextOf(subject ?? "");
    return (
      this.#state.mode(subject) ??
      this.#state.mode(context === defaultContext ? null : contextPrefix(context)) ??
      this.#state.mode(contextPrefix(globalContext)) ??
      "READWRITE"
    );
  }

  /** @throws RegistryRefusal 42205 where the mode takes no writes. */
  checkWritable(subject: string | null): void {
    const mode = this.inScope(subject);
    if (mode === "READONLY" || mode === "READONLY_OVERRIDE") throw inMode(subject, "is in read-only mode");
  }

  /** @throws RegistryRefusal 42205 where the mode takes no registration of this kind. */
  checkRegistrable(subject: string, { hasId }: { readonly hasId: boolean }): void {
    this.checkWritable(subject);
    const mode = this.inScope(subject);
    if (hasId && !takesIds(mode)) throw inMode(subject, "is not in import mode");
    if (!hasId && mode !== "READWRITE") throw inMode(subject, "is not in read-write mode");
  }

  /**
   * Sets a mode, or with `null` takes it away. IMPORT is for a scope without live versions, unless it is forced, and drops the
   * soft-deleted ones: what is imported then brings its own ids.
   */
  set(subject: string | null, mode: unknown, { force }: { readonly force: boolean }): Promise<void> {
    const known = mode === null ? null : modes.find((one) => one === String(mode).toUpperCase());
    if (known === undefined) {
      throw new RegistryRefusal(42204, `Invalid mode. Valid values are ${modes.join(", ")}`);
    }
    if (known === "FORWARD" && contextOf(subject ?? "") !== globalContext) {
      throw new RegistryRefusal(42204, "Forward mode only supported on global level");
    }
    return this.#writes.write(async (signal) => {
      const isEntering = known === "IMPORT" && this.inScope(subject) !== "IMPORT" && !force;
      const cleared = isEntering ? this.#cleared(subject) : [];
      const value = known === null ? null : { mode: known };
      await this.#store.write([...cleared, { keytype: "MODE", subject, value }], signal);
    });
  }

  /** What makes a scope empty. */
  #cleared(subject: string | null): readonly StoredRecord[] {
    if (this.#state.subjects(subject, "live").length > 0) {
      throw new RegistryRefusal(42205, "Cannot import since found existing subjects");
    }
    const doomed = this.#state.subjects(subject, "all").flatMap((name) => this.#state.all(name));
    const isDoomed = new Set(doomed.map((stored) => stored.subject));
    for (const { subject: name, version } of doomed) {
      const referrer = this.#state.referrers(name, version, "all").find((one) => !isDoomed.has(one.subject));
      if (referrer !== undefined) throw referenceExists(name, version, referrer);
    }
    return [
      ...doomed.map(({ subject: name, version }): StoredRecord => {
        return { keytype: "SCHEMA", subject: name, version, value: null };
      }),
      { keytype: "CLEAR_SUBJECT", subject, value: { subject } },
    ];
  }

  /** Forgets a mode, and with `recursive` those of all subjects in the context. Answers what it was. */
  delete(subject: string | null, { recursive }: { readonly recursive: boolean }): Promise<Mode | undefined> {
    return this.#writes.write(async (signal) => {
      const mode = this.own(subject);
      if (mode === undefined && !recursive) throw subjectNotFound(subject ?? "");
      const { context, subject: name } = qualifiedSubject(subject ?? "");
      const inside = recursive && name === "" ? this.#state.moded(context) : [];
      const records = [subject, ...inside].map((one): StoredRecord => {
        return { keytype: "MODE", subject: one, value: null };
      });
      await this.#store.write(records, signal);
      return mode;
    });
  }
}

/** Whether a registration brings its own id. */
export const takesIds = (mode: Mode): boolean => mode === "IMPORT" || mode === "FORWARD";

const inMode = (subject: string | null, is: string): RegistryRefusal =>
  new RegistryRefusal(42205, `Subject ${subject} in context ${contextPrefix(contextOf(subject ?? ""))} ${is}`);
