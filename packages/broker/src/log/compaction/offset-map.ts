import { hash } from "node:crypto";

/** A slot as Kafka counts it: a digest of 16 bytes and an offset of 8. */
export const slotBytes = 24;

const digestWords = 4;
const free = -1;
const firstSlots = 1024;

/**
 * The last offset of each key, in bounded memory: keys are known by the first 16 bytes of their SHA-256, in a table with open
 * addressing that doubles until its limit. It answers that it is full rather than forgetting.
 */
export class OffsetMap {
  readonly #mostSlots: number;
  readonly #load: number;
  #mask: number;
  #digests: Uint32Array;
  #offsets: Float64Array;
  #size = 0;

  /** @param load - How full the table may become, `log.cleaner.io.buffer.load.factor`. */
  constructor(maxBytes: number, load: number) {
    this.#load = Math.min(load, 0.97);
    this.#mostSlots = 2 ** Math.floor(Math.log2(Math.max(maxBytes / slotBytes, 16)));
    const slots = Math.min(firstSlots, this.#mostSlots);
    this.#mask = slots - 1;
    this.#digests = new Uint32Array(slots * digestWords);
    this.#offsets = new Float64Array(slots).fill(free);
  }

  get size(): number {
    return this.#size;
  }

  /** Takes in that `key` stands at `offset`. False when there is no room for another key. */
  put(key: Buffer, offset: number): boolean {
    const digest = hash("sha256", key, "buffer");
    let slot = this.#find(digest);
    if ((this.#offsets[slot] ?? free) === free) {
      if (this.#size + 1 > (this.#mask + 1) * this.#load) {
        if (this.#mask + 1 >= this.#mostSlots) return false;
        this.#grow();
        slot = this.#find(digest);
      }
      for (let word = 0; word < digestWords; word += 1) {
        this.#digests[slot * digestWords + word] = digest.readUInt32LE(word * 4);
      }
      this.#size += 1;
    }
    this.#offsets[slot] = offset;
    return true;
  }

  /** The last offset of `key`, -1 when it is not here. */
  get(key: Buffer): number {
    return this.#offsets[this.#find(hash("sha256", key, "buffer"))] ?? free;
  }

  #find(digest: Buffer): number {
    const [a, b, c, d] = [
      digest.readUInt32LE(0),
      digest.readUInt32LE(4),
      digest.readUInt32LE(8),
      digest.readUInt32LE(12),
    ];
    const digests = this.#digests;
    for (let slot = a & this.#mask; ; slot = (slot + 1) & this.#mask) {
      if (this.#offsets[slot] === free) return slot;
      const at = slot * digestWords;
      if (digests[at] === a && digests[at + 1] === b && digests[at + 2] === c && digests[at + 3] === d) return slot;
    }
  }

  #grow(): void {
    const digests = this.#digests;
    const offsets = this.#offsets;
    const slots = (this.#mask + 1) * 2;
    this.#mask = slots - 1;
    this.#digests = new Uint32Array(slots * digestWords);
    this.#offsets = new Float64Array(slots).fill(free);
    for (const [old, offset] of offsets.entries()) {
      if (offset === free) continue;
      const from = old * digestWords;
      let slot = (digests[from] ?? 0) & this.#mask;
      while (this.#offsets[slot] !== free) slot = (slot + 1) & this.#mask;
      this.#digests.set(digests.subarray(from, from + digestWords), slot * digestWords);
      this.#offsets[slot] = offset;
    }
  }
}
