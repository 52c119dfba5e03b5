import type { OutboxRow } from "../store/outbox-store.js";
import { laneOf } from "./lane.js";

/** Where a claimed row is on its way. */
export type EntryState = "queued" | "sending" | "done" | "aside";

/** A claimed row that is not settled. */
export interface Entry {
  readonly row: OutboxRow;
  readonly size: number;
  readonly lane: Lane;
  state: EntryState;
  failures: number;
  /** How many records this relay had published when this one first failed. */
  publishedAtFirstFailure: number | undefined;
}

interface Lane {
  readonly name: string | undefined;
  /** Rows of the lane that are neither done nor put aside, in order. */
  readonly queue: Entry[];
  inFlight: number;
  /** Set by a failure: nothing is sent before this moment of the monotonic clock, and not while anything is in flight. */
  notBefore: number | undefined;
}

/** The front of a window that can be settled together. */
export interface Prefix {
  readonly settledTo: number;
  readonly entries: readonly Entry[];
}

/**
 * The rows of one shard between claim and settlement, in id order, and which of them may be sent now: a lane sends one
 * row at a time, or all it has when the publisher fails in order, and never a row before one that failed.
 *
 * No clock and no I/O: the caller says what time it is and what became of each row.
 */
export class Window {
  readonly #failsInOrder: boolean;
  #entries: Entry[] = [];
  #bytes = 0;
  readonly #lanes = new Map<string, Lane>();
  readonly #ready = new Set<Lane>();
  readonly #delayed = new Set<Lane>();

  constructor(failsInOrder: boolean) {
    this.#failsInOrder = failsInOrder;
  }

  get size(): number {
    return this.#entries.length;
  }

  get sizeInBytes(): number {
    return this.#bytes;
  }

  /** The oldest row that is not settled. */
  get first(): Entry | undefined {
    return this.#entries[0];
  }

  /** How many lanes rest after a failure. */
  get failing(): number {
    return this.#delayed.size;
  }

  /** Appends a claimed row; `"aside"` for one that is not to be sent. */
  add(row: OutboxRow, state: "queued" | "aside"): Entry {
    const name = laneOf(row);
    const lane = (name !== undefined && this.#lanes.get(name)) || {
      name,
      queue: [],
      inFlight: 0,
      notBefore: undefined,
    };
    const size = sizeOf(row);
    const entry: Entry = { row, size, lane, state, failures: 0, publishedAtFirstFailure: undefined };
    this.#entries.push(entry);
    this.#bytes += size;
    if (state === "aside") return entry;
    lane.queue.push(entry);
    if (name !== undefined) this.#lanes.set(name, lane);
    this.#reconsider(lane);
    return entry;
  }

  /** Rows to send now, in id order within each lane; they count as sending from here on. */
  takeReady(now: number): Entry[] {
    for (const lane of this.#delayed) {
      if (lane.notBefore === undefined || lane.notBefore > now) continue;
      lane.notBefore = undefined;
      this.#delayed.delete(lane);
      this.#ready.add(lane);
    }
    const taken: Entry[] = [];
    for (const lane of this.#ready) {
      for (const entry of lane.queue) {
        if (entry.state !== "queued") continue;
        entry.state = "sending";
        lane.inFlight += 1;
        taken.push(entry);
        if (!this.#failsInOrder) break;
      }
    }
    this.#ready.clear();
    return taken;
  }

  /** When the next lane that failed may be sent again. */
  nextRetryAt(): number | undefined {
    let earliest: number | undefined;
    for (const { notBefore } of this.#delayed) {
      if (notBefore !== undefined && (earliest === undefined || notBefore < earliest)) earliest = notBefore;
    }
    return earliest;
  }

  succeeded(entry: Entry): void {
    entry.state = "done";
    const { lane } = entry;
    lane.inFlight -= 1;
    lane.queue.splice(lane.queue.indexOf(entry), 1);
    this.#reconsider(lane);
  }

  /** The row goes back to its place; its lane rests until `notBefore`. */
  failed(entry: Entry, notBefore: number): void {
    entry.state = "queued";
    entry.lane.inFlight -= 1;
    entry.lane.notBefore = Math.max(entry.lane.notBefore ?? 0, notBefore);
    this.#reconsider(entry.lane);
  }

  /** Takes the row and its followers out of the sending order. Answers them, and which of them are in flight still. */
  putAside(entry: Entry): { readonly entries: readonly Entry[]; readonly sending: ReadonlySet<Entry> } {
    const { lane } = entry;
    const entries = lane.queue.splice(0);
    const sending = new Set(entries.filter(({ state }) => state === "sending"));
    for (const each of entries) each.state = "aside";
    lane.inFlight = 0;
    this.#ready.delete(lane);
    this.#delayed.delete(lane);
    if (lane.name !== undefined) this.#lanes.delete(lane.name);
    return { entries, sending };
  }

  /** The longest front of rows that are done or put aside; `undefined` when the first is neither. */
  prefix(): Prefix | undefined {
    let length = 0;
    for (const { state } of this.#entries) {
      if (state !== "done" && state !== "aside") break;
      length += 1;
    }
    const last = this.#entries[length - 1];
    return last && { settledTo: last.row.id, entries: this.#entries.slice(0, length) };
  }

  /** Forgets a prefix that has been written. */
  settled({ entries }: Prefix): void {
    for (const { size } of entries) this.#bytes -= size;
    this.#entries = this.#entries.slice(entries.length);
  }

  /** Whether anything can be settled, without building it. */
  get hasPrefix(): boolean {
    const state = this.#entries[0]?.state;
    return state === "done" || state === "aside";
  }

  #reconsider(lane: Lane): void {
    if (lane.queue.length === 0) {
      lane.notBefore = undefined;
      if (lane.name !== undefined) this.#lanes.delete(lane.name);
      return;
    }
    if (lane.inFlight > 0 && (!this.#failsInOrder || lane.notBefore !== undefined)) return;
    if (lane.notBefore === undefined) this.#ready.add(lane);
    else this.#delayed.add(lane);
  }
}

/** About the bytes of a record in a batch: its content, and what goes around each part. */
export function sizeOf({ key, value, headers }: Pick<OutboxRow, "key" | "value" | "headers">): number {
  let size = 32 + (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  for (const header of headers) size += 8 + header.key.length + (header.value?.byteLength ?? 0);
  return size;
}
