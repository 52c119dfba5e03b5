/** Writes a bit stream that is read from its end: low bits first, and a bit set above the last to mark the end. */
export class ForwardBits {
  readonly #output: Buffer;
  #at: number;
  #pending = 0;
  #pendingBits = 0;

  constructor(output: Buffer, start: number) {
    this.#output = output;
    this.#at = start;
  }

  /** Appends the low `count` (at most 16) bits of `value`, which has no others set. */
  write(value: number, count: number): void {
    this.#pending |= value << this.#pendingBits;
    this.#pendingBits += count;
    while (this.#pendingBits >= 8) {
      this.#output[this.#at] = this.#pending & 0xff;
      this.#at += 1;
      this.#pending >>>= 8;
      this.#pendingBits -= 8;
    }
  }

  /** Marks the end and answers where that is. */
  finish(): number {
    this.write(1, 1);
    if (this.#pendingBits > 0) this.write(0, 8 - this.#pendingBits);
    return this.#at;
  }
}
