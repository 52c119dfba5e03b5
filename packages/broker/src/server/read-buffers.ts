// What consumers ask for by default of one partition.
const bufferBytes = 1024 * 1024;
// Below, a buffer would be more empty than full while it is on its way.
const leastBytes = bufferBytes / 2;
const mostFree = 8;

/**
 * Memory that records are read into on their way to a consumer, used again once they are with the system: a fresh megabyte for
 * each fetch would have the garbage collector go through the whole heap for every 64 of them. One that does not come back is
 * the collector's.
 */
export class ReadBuffers {
  readonly #free: Buffer[] = [];
  readonly #lent = new WeakMap<ArrayBufferLike, Buffer>();

  /** Memory of this size, with whatever is in it. */
  readonly take = (size: number): Buffer => {
    if (size < leastBytes || size > bufferBytes) return Buffer.allocUnsafe(size);
    const whole = this.#free.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
    this.#lent.set(whole.buffer, whole);
    return whole.subarray(0, size);
  };

  /** Whether these bytes are in memory that was taken and not given back. */
  isLent({ buffer }: Buffer): boolean {
    return this.#lent.has(buffer);
  }

  /** Takes back the memory that these bytes are in, if it came from here. Nobody may look at it any more. */
  giveBack({ buffer }: Buffer): void {
    const whole = this.#lent.get(buffer);
    if (whole === undefined) return;
    this.#lent.delete(buffer);
    if (this.#free.length < mostFree) this.#free.push(whole);
  }
}
