import { type CompatibilityLevel, compatibilityLevels } from "../compatibility/level.js";
import type { FreshWrites } from "./fresh-writes.js";
import { RegistryRefusal, subjectNotFound } from "./registry-refusal.js";
import type { RegistryState } from "./state/registry-state.js";
import type { Mode, StoredRecord } from "./state/stored-record.js";
import type { SchemaStore } from "./store/schema-store.js";

const settableModes: readonly Mode[] = ["READWRITE", "READONLY"];

/** Compatibility levels and modes: a subject's own, else the global ones. `null` stands for the global ones. */
export class SubjectSettings {
  readonly #state: RegistryState;
  readonly #store: SchemaStore;
  readonly #writes: FreshWrites;
  readonly #globalLevel: CompatibilityLevel;

  /** @param globalLevel - The level where none is set. */
  constructor(state: RegistryState, store: SchemaStore, writes: FreshWrites, globalLevel: CompatibilityLevel) {
    this.#state = state;
    this.#store = store;
    this.#writes = writes;
    this.#globalLevel = globalLevel;
  }

  /** The level that judges a subject: its own, else the global one. */
  level(subject: string | null): CompatibilityLevel {
    return this.#state.level(subject) ?? this.#state.level(null) ?? this.#globalLevel;
  }

  /** A subject's own level, if it has one. */
  ownLevel(subject: string): CompatibilityLevel | undefined {
    return this.#state.level(subject);
  }

  setLevel(subject: string | null, level: unknown): Promise<void> {
    const known = compatibilityLevels.find((one) => one === String(level).toUpperCase());
    if (known === undefined) {
      throw new RegistryRefusal(
        42203,
        `Invalid compatibility level. Valid values are ${[...compatibilityLevels].map((one) => one.toLowerCase()).join(", ")}`,
      );
    }
    return this.#writes.write(async (signal) => {
      this.checkWritable(subject);
      await this.#store.write([{ keytype: "CONFIG", subject, value: { compatibilityLevel: known } }], signal);
    });
  }

  /** Forgets a subject's level, or the global one. Answers the level it had. */
  deleteLevel(subject: string | null): Promise<CompatibilityLevel> {
    return this.#writes.write(async (signal) => {
      this.checkWritable(subject);
      const level = this.#state.level(subject);
      if (level === undefined && subject !== null) throw subjectNotFound(subject);
      await this.#store.write([{ keytype: "CONFIG", subject, value: null }], signal);
      return level ?? this.level(null);
    });
  }

  mode(subject: string | null): Mode {
    return this.#state.mode(subject) ?? this.#state.mode(null) ?? "READWRITE";
  }

  ownMode(subject: string): Mode | undefined {
    return this.#state.mode(subject);
  }

  setMode(subject: string | null, mode: unknown): Promise<void> {
    const known = settableModes.find((one) => one === String(mode).toUpperCase());
    if (known === undefined) {
      throw new RegistryRefusal(42204, `Invalid mode. Valid values are ${settableModes.join(", ")}`);
    }
    return this.#writes.write(async (signal) => {
      await this.#store.write([{ keytype: "MODE", subject, value: { mode: known } }], signal);
    });
  }

  deleteMode(subject: string | null): Promise<Mode> {
    return this.#writes.write(async (signal) => {
      const mode = this.#state.mode(subject);
      if (mode === undefined && subject !== null) throw subjectNotFound(subject);
      await this.#store.write([{ keytype: "MODE", subject, value: null }], signal);
      return mode ?? this.mode(null);
    });
  }

  /** @throws RegistryRefusal 42205 where the mode takes no writes. */
  checkWritable(subject: string | null): void {
    if (this.mode(subject) !== "READWRITE") {
      const what = subject === null ? "The registry" : `Subject ${subject}`;
      throw new RegistryRefusal(42205, `${what} is in read-only mode`);
    }
  }

  /** What forgets a subject's own settings. */
  tombstones(subject: string): StoredRecord[] {
    const records: StoredRecord[] = [];
    if (this.#state.level(subject) !== undefined) records.push({ keytype: "CONFIG", subject, value: null });
    if (this.#state.mode(subject) !== undefined) records.push({ keytype: "MODE", subject, value: null });
    return records;
  }
}
