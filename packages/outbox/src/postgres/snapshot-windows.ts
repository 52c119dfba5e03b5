/** What became visible after `from`, up to `to`, in id order: part of a shard's work. Snapshots as Postgres writes them. */
export interface SnapshotWindow {
  readonly from: string;
  readonly to: string;
  /** Everything up to here was claimed, or was never part of the window. */
  readTo: number;
  /** Nothing is left to claim. */
  isReadToEnd: boolean;
}

/** A shard's cursor as the database stores it. */
export interface SnapshotCursor {
  readonly from: string;
  /** The end of the window that is being settled. */
  readonly to: string | null;
  readonly lastId: number;
  readonly claimedFrom: string | null;
  readonly claimedSnap: string | null;
  readonly claimedTo: number | null;
}

interface Claim {
  readonly id: number;
  readonly window: SnapshotWindow;
}

/**
 * The open windows of one shard, oldest first: which rows were claimed in which, and what the cursor says when the rows
 * up to one are settled.
 *
 * Windows need not be kept beyond the oldest: rows of later ones are simply read again after a crash, in one window
 * together. Within a key whose writers lock first, id order and commit order agree, so a wider window never turns two
 * of its rows around.
 */
export class SnapshotWindows {
  #from: string;
  #lastId: number;
  #windows: SnapshotWindow[] = [];
  #claims: Claim[] = [];

  constructor({ from, to, lastId }: Pick<SnapshotCursor, "from" | "to" | "lastId">) {
    this.#from = from;
    this.#lastId = lastId;
    if (to !== null) this.#windows.push({ from, to, readTo: lastId, isReadToEnd: false });
  }

  /** The window that still has rows to claim. */
  get unread(): SnapshotWindow | undefined {
    const last = this.#windows.at(-1);
    return last?.isReadToEnd === false ? last : undefined;
  }

  /** Where the next window begins. */
  get end(): string {
    return this.#windows.at(-1)?.to ?? this.#from;
  }

  /** The cursor after everything claimed up to `settledTo` is settled; as it is now without one. Changes nothing. */
  cursor(settledTo?: number): SnapshotCursor {
    const kept = settledTo === undefined ? this.#claims : this.#claims.slice(this.#indexOf(settledTo) + 1);
    const [first] = kept;
    const last = kept.at(-1);
    const window = first?.window ?? this.unread;
    const claimed = {
      claimedFrom: last?.window.from ?? null,
      claimedSnap: last?.window.to ?? null,
      claimedTo: last?.id ?? null,
    };
    if (window === undefined) return { from: this.end, to: null, lastId: 0, ...claimed };
    return { from: window.from, to: window.to, lastId: this.#settledIn(window, settledTo), ...claimed };
  }

  /** What was written: rows up to `settledTo` are forgotten. */
  settled(settledTo: number): void {
    const { from, lastId } = this.cursor(settledTo);
    this.#claims = this.#claims.slice(this.#indexOf(settledTo) + 1);
    this.#moveTo(from, lastId);
  }

  /** Notes claimed rows of a window, which is new or the last one. */
  claimed(window: SnapshotWindow, ids: readonly number[], isReadToEnd: boolean): void {
    if (this.#windows.at(-1) !== window) {
      if (this.#windows.length === 0) this.#lastId = window.readTo;
      this.#windows.push(window);
    }
    for (const id of ids) this.#claims.push({ id, window });
    window.readTo = ids.at(-1) ?? window.readTo;
    window.isReadToEnd = isReadToEnd;
    const { from, lastId } = this.cursor();
    this.#moveTo(from, lastId);
  }

  /** Nothing became visible for this shard up to `to`. Only without open windows. */
  skipTo(to: string): void {
    this.#from = to;
    this.#lastId = 0;
  }

  #moveTo(from: string, lastId: number): void {
    this.#from = from;
    this.#lastId = lastId;
    // Claims are in the order of their windows: the first one's is the first that has any.
    const first = this.#windows.findIndex((each) => !each.isReadToEnd || each === this.#claims[0]?.window);
    this.#windows = first === -1 ? [] : this.#windows.slice(first);
  }

  /** How far `window` is settled, when it is the oldest that is not settled to its end. */
  #settledIn(window: SnapshotWindow, settledTo: number | undefined): number {
    if (settledTo !== undefined && this.#claims[this.#indexOf(settledTo)]?.window === window) return settledTo;
    if (window === this.#windows[0]) return this.#lastId;
    // Nothing of it is settled: just before its first row.
    const first = this.#claims.find((claim) => claim.window === window);
    return first === undefined ? window.readTo : first.id - 1;
  }

  #indexOf(id: number): number {
    const index = this.#claims.findIndex((claim) => claim.id === id);
    if (index === -1) throw new RangeError(`row ${id} was not claimed, or is settled already`);
    return index;
  }
}
