import type { Random } from "@ottla/world";

const spread = (value: number): number => {
  let mixed = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
};

/** Random numbers that a seed decides (sfc32). */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = spread(seed);
    this.#b = spread(seed + 0x9e3779b9);
    this.#c = spread(Math.floor(seed / 0x1_0000_0000) + 0x85ebca6b);
    for (let round = 0; round < 12; round += 1) this.uint32();
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  next(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  bytes(length: number): Uint8Array {
    return Buffer.from(Array.from({ length }, () => this.uint32() & 0xff));
  }

  /** An integer from `least` to `most`, both possible. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    if (values.length === 0) throw new RangeError("nothing to pick from");
    return values[this.between(0, values.length - 1)] as T;
  }

  /** A stream of its own, so that what one part draws does not shift what another one gets. */
  fork(): SeededRandom {
    return new SeededRandom(this.uint32() * 0x10_0000 + (this.uint32() >>> 12));
  }
}
