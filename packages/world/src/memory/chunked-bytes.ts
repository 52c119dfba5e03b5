const chunkBytes = 64 * 1024;
const smallestBytes = 1024;

/**
 * Bytes of one file, in chunks: growing never copies more than the first chunk, and a hole costs nothing. The first chunk
 * grows by doubling, so that ten thousand small files stay small.
 */
export class ChunkedBytes {
  #chunks: (Buffer | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array, position: number): void {
    let from = 0;
    while (from < bytes.byteLength) {
      const at = position + from;
      const inChunk = at % chunkBytes;
      const length = Math.min(bytes.byteLength - from, chunkBytes - inChunk);
      this.#writable(Math.floor(at / chunkBytes), inChunk + length).set(bytes.subarray(from, from + length), inChunk);
      from += length;
    }
    if (bytes.byteLength > 0) this.#size = Math.max(this.#size, position + bytes.byteLength);
  }

  read(target: Uint8Array, position: number): number {
    const total = Math.max(0, Math.min(target.byteLength, this.#size - position));
    let done = 0;
    while (done < total) {
      const at = position + done;
      const inChunk = at % chunkBytes;
      const length = Math.min(total - done, chunkBytes - inChunk);
      const chunk = this.#chunks[Math.floor(at / chunkBytes)];
      const held = chunk === undefined ? 0 : Math.max(0, Math.min(length, chunk.byteLength - inChunk));
      if (chunk !== undefined && held > 0) target.set(chunk.subarray(inChunk, inChunk + held), done);
      target.fill(0, done + held, done + length);
      done += length;
    }
    return total;
  }

  resize(size: number): void {
    if (size < this.#size) {
      const last = Math.floor(size / chunkBytes);
      this.#chunks.length = Math.min(this.#chunks.length, size === 0 ? 0 : last + 1);
      // What was cut must read as zeros if the file grows again.
      this.#chunks[last]?.fill(0, size % chunkBytes);
    }
    this.#size = size;
  }

  #writable(index: number, upTo: number): Buffer {
    const chunk = this.#chunks[index];
    if (chunk !== undefined && chunk.byteLength >= upTo) return chunk;
    let length = index === 0 ? (chunk?.byteLength ?? smallestBytes) : chunkBytes;
    while (length < upTo) length *= 2;
    const grown = Buffer.alloc(Math.min(length, chunkBytes));
    if (chunk !== undefined) grown.set(chunk);
    this.#chunks[index] = grown;
    return grown;
  }
}
