import type { RegistryState } from "../state/registry-state.js";
import type { StoredRecord } from "../state/stored-record.js";
import type { SchemaStore } from "./schema-store.js";

/** Keeps nothing but the state itself: for tests and development. */
export class MemoryStore implements SchemaStore {
  readonly isAlone = true;
  readonly #state: RegistryState;

  constructor(state: RegistryState) {
    this.#state = state;
  }

  async write(records: readonly StoredRecord[]): Promise<readonly StoredRecord[]> {
    for (const record of records) this.#state.apply(record);
    return [];
  }

  async caughtUp(): Promise<void> {}

  async close(): Promise<void> {}
}
