const prefixBytes = 4;

/** Goes through a stream of length-prefixed frames, of which only the first bytes are kept. */
export class FrameHeads {
  readonly #head: Buffer;
  readonly #headBytes: number;
  readonly #onFrame: (head: Buffer, sizeInBytes: number) => void;
  #filled = 0;
  #leftBytes = 0;

  /**
   * @param headBytes - How many bytes of a frame to keep, the prefix of its length not counted.
   * @param onFrame - Called with them once the whole frame has gone by.
   */
  constructor(headBytes: number, onFrame: (head: Buffer, sizeInBytes: number) => void) {
    this.#headBytes = prefixBytes + headBytes;
    this.#head = Buffer.alloc(this.#headBytes);
    this.#onFrame = onFrame;
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#filled < this.#headBytes) {
        const part = chunk.subarray(at, at + this.#headBytes - this.#filled);
        this.#head.set(part, this.#filled);
        this.#filled += part.length;
        at += part.length;
        if (this.#filled < this.#headBytes) return;
        this.#leftBytes = this.#sizeInBytes - (this.#headBytes - prefixBytes);
      }
      const passed = Math.min(this.#leftBytes, chunk.length - at);
      this.#leftBytes -= passed;
      at += passed;
      if (this.#leftBytes > 0) return;
      this.#filled = 0;
      this.#onFrame(this.#head.subarray(prefixBytes), this.#sizeInBytes);
    }
  }

  get #sizeInBytes(): number {
    return this.#head.readInt32BE();
  }
}
