import type { World } from "@ottla/world";
import type { RegistryState } from "../state/registry-state.js";
import { type StoredRecord, writtenAt } from "../state/stored-record.js";
import type { SchemaStore } from "./schema-store.js";

/** Keeps nothing but the state itself: for tests and development. */
export class MemoryStore implements SchemaStore {
  readonly isAlone = true;
  readonly #clock: World["clock"];
  readonly #state: RegistryState;

  constructor({ clock }: Pick<World, "clock">, state: RegistryState) {
    this.#clock = clock;
    this.#state = state;
  }

  async write(records: readonly StoredRecord[]): Promise<readonly StoredRecord[]> {
    const now = this.#clock.now();
    for (const record of records) this.#state.apply(writtenAt(record, now));
    return [];
  }

  async caughtUp(): Promise<void> {}

  async close(): Promise<void> {}
}
