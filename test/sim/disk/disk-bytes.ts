/** A growing array of bytes that reads as zeros where nothing was written. */
export class DiskBytes {
  #bytes: Buffer = Buffer.alloc(0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.byteLength === 0) return;
    const end = position + bytes.byteLength;
    if (end > this.#size) this.resize(end);
    this.#bytes.set(bytes, position);
  }

  read(target: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(target.byteLength, this.#size - position));
    target.set(this.#bytes.subarray(position, position + length));
    return length;
  }

  resize(size: number): void {
    if (size < this.#size) {
      this.#bytes.fill(0, size, this.#size);
    } else if (size > this.#bytes.byteLength) {
      const grown = Buffer.alloc(Math.max(size, 2 * this.#bytes.byteLength, 256));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#size = size;
  }

  copy(): DiskBytes {
    const copy = new DiskBytes();
    copy.#bytes = Buffer.from(this.#bytes);
    copy.#size = this.#size;
    return copy;
  }
}
