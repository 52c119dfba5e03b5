import { hash } from "node:crypto";

/** A slot as Kafka counts it: a digest of 16 bytes and an offset of 8. */
export const slotBytes = 24;

const digestWords = 4;
const fewestSlots = 16;

/** Open addressing over a power of two of slots. */
class Table {
  readonly slots: number;
  readonly #digests: Uint32Array;
  // One more than the offset: arrays come zeroed, and untouched pages of them cost nothing.
  readonly #offsets: Float64Array;
  size = 0;

  constructor(slots: number) {
    this.slots = slots;
    this.#digests = new Uint32Array(slots * digestWords);
    this.#offsets = new Float64Array(slots);
  }

  /** The slot of this digest, or the free one where it would be. */
  find(digest: Buffer): number {
    const a = digest.readUInt32LE(0);
    const b = digest.readUInt32LE(4);
    const c = digest.readUInt32LE(8);
    const d = digest.readUInt32LE(12);
    const digests = this.#digests;
    const mask = this.slots - 1;
    for (let slot = a & mask; ; slot = (slot + 1) & mask) {
      if (this.#offsets[slot] === 0) return slot;
      const at = slot * digestWords;
      if (digests[at] === a && digests[at + 1] === b && digests[at + 2] === c && digests[at + 3] === d) return slot;
    }
  }

  /** -1 for a free slot. */
  offsetAt(slot: number): number {
    return (this.#offsets[slot] ?? 0) - 1;
  }

  update(slot: number, offset: number): void {
    this.#offsets[slot] = offset + 1;
  }

  insert(digest: Buffer, offset: number): void {
    const slot = this.find(digest);
    for (let word = 0; word < digestWords; word += 1) {
      this.#digests[slot * digestWords + word] = digest.readUInt32LE(word * 4);
    }
    this.#offsets[slot] = offset + 1;
    this.size += 1;
  }
}

/**
 * The last offset of each key, in bounded memory: keys are known by the first 16 bytes of their SHA-256. It answers that it is
 * full rather than forgetting. What is full is not made anew larger, which would take its time, but gets a second table beside it.
 */
export class OffsetMap {
  readonly #load: number;
  readonly #tables: Table[];
  #slotsLeft: number;

  /**
   * @param load - How full a table may become, `log.cleaner.io.buffer.load.factor`.
   * @param expectedKeys - What to make room for at once.
   */
  constructor(maxBytes: number, load: number, expectedKeys: number) {
    this.#load = Math.min(load, 0.97);
    this.#slotsLeft = Math.max(Math.floor(maxBytes / slotBytes), fewestSlots);
    this.#tables = [];
    this.#addTable(Math.max(expectedKeys / this.#load, fewestSlots));
  }

  get size(): number {
    return this.#tables.reduce((sum, { size }) => sum + size, 0);
  }

  /** Takes in that `key` stands at `offset`. False when there is no room for another key. */
  put(key: Buffer, offset: number): boolean {
    const digest = hash("sha256", key, "buffer");
    for (const table of this.#tables) {
      const slot = table.find(digest);
      if (table.offsetAt(slot) < 0) continue;
      table.update(slot, offset);
      return true;
    }
    const last = this.#tables.at(-1);
    // One at least: a round that takes no key would be followed by the same one.
    const hasRoom = last !== undefined && last.size + 1 <= Math.max(last.slots * this.#load, 1);
    const table = hasRoom ? last : this.#addTable((last?.slots ?? 0) * 2);
    table?.insert(digest, offset);
    return table !== undefined;
  }

  /** The last offset of `key`, -1 when it is not here. */
  get(key: Buffer): number {
    const digest = hash("sha256", key, "buffer");
    for (const table of this.#tables) {
      const offset = table.offsetAt(table.find(digest));
      if (offset >= 0) return offset;
    }
    return -1;
  }

  #addTable(wantedSlots: number): Table | undefined {
    const most = Math.min(wantedSlots, this.#slotsLeft);
    if (most < fewestSlots) return undefined;
    const table = new Table(2 ** Math.floor(Math.log2(most)));
    this.#slotsLeft -= table.slots;
    this.#tables.push(table);
    return table;
  }
}
