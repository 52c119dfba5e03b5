import type { StalledRow } from "../store/outbox-store.js";
import type { Entry } from "./window.js";

/** What is known of a row that was put aside. */
export interface Aside {
  /** Its send was put aside with it and has no outcome yet. */
  readonly isSending: boolean;
  readonly isParked: boolean;
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly error: string | undefined;
}

const untried: Aside = { isSending: false, isParked: false, attempts: 0, nextAttemptAt: 0, error: undefined };

/**
 * Rows of the window that were put aside and are not written to the stalled table yet: that happens in the transaction
 * that moves the cursor past them, so that a row is always in exactly one of both places. Until then their lanes are
 * held here, so that no later row overtakes them.
 */
export class Asides {
  readonly #rows = new Map<Entry, { readonly lane: string; readonly aside: Aside }>();
  readonly #lanes = new Map<string, number>();

  /** How many lanes are held. */
  get size(): number {
    return this.#lanes.size;
  }

  holds(lane: string): boolean {
    return this.#lanes.has(lane);
  }

  has(entry: Entry): boolean {
    return this.#rows.has(entry);
  }

  add(entry: Entry, lane: string, known: Partial<Aside> = {}): void {
    this.#rows.set(entry, { lane, aside: { ...untried, ...known } });
    this.#lanes.set(lane, (this.#lanes.get(lane) ?? 0) + 1);
  }

  /** Replaces what is known. */
  update(entry: Entry, known: Partial<Aside>): void {
    const row = this.#rows.get(entry);
    if (row !== undefined) this.#rows.set(entry, { lane: row.lane, aside: { ...row.aside, ...known } });
  }

  /** The row needs no place any more. */
  remove(entry: Entry): void {
    const row = this.#rows.get(entry);
    if (row === undefined) return;
    this.#rows.delete(entry);
    this.#leave(row.lane);
  }

  /** The rows among `entries` as they are to be written. Their lanes stay held until {@link Asides.written}. */
  collect(entries: readonly Entry[]): StalledRow[] {
    const collected: StalledRow[] = [];
    for (const entry of entries) {
      const row = this.#rows.get(entry);
      if (row === undefined) continue;
      this.#rows.delete(entry);
      const { isSending, isParked, attempts, nextAttemptAt, error } = row.aside;
      const state = isParked ? "parked" : isSending ? "sending" : "waiting";
      collected.push({ id: entry.row.id, lane: row.lane, state, attempts, nextAttemptAt, error });
    }
    return collected;
  }

  written(rows: readonly StalledRow[]): void {
    for (const { lane } of rows) this.#leave(lane);
  }

  #leave(lane: string): void {
    const left = (this.#lanes.get(lane) ?? 1) - 1;
    if (left > 0) this.#lanes.set(lane, left);
    else this.#lanes.delete(lane);
  }
}
