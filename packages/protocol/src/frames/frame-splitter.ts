import { MalformedMessageError } from "../errors/malformed-message.js";

const prefixLength = 4;

/**
 * Cuts a byte stream into length-prefixed frames. A frame that arrived in one chunk is a slice of it; one that came in
 * pieces is joined once, when whole, so that nothing is allocated from a length that the peer has not backed with bytes. What
 * came behind it is not copied along: where chunks and frames are of one size, that would be as much again.
 */
export class FrameSplitter {
  readonly #maxFrameBytes: number;
  // What came and is not taken; of the first piece all before #at is.
  readonly #pieces: Buffer[] = [];
  #at = 0;
  #pending = 0;
  // Of the frame that is on its way, once its prefix came.
  #length: number | undefined;

  /** @param maxFrameBytes - Longest frame accepted, without its prefix (Kafka's `socket.request.max.bytes`). */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Bytes held back because their frame is not whole. */
  get pendingBytes(): number {
    return this.#pending + (this.#length === undefined ? 0 : prefixLength);
  }

  /**
   * Takes the next chunk and answers the frames it completed, in order, without their prefixes.
   *
   * @throws {@link MalformedMessageError} when a prefix is negative or over the limit; the stream cannot go on then.
   */
  push(chunk: Buffer): Buffer[] {
    this.#pieces.push(chunk);
    this.#pending += chunk.length;
    const frames: Buffer[] = [];
    for (;;) {
      if (this.#length === undefined) {
        if (this.#pending < prefixLength) return frames;
        this.#length = this.#takeLength();
      }
      if (this.#pending < this.#length) return frames;
      frames.push(this.#take(this.#length));
      this.#length = undefined;
    }
  }

  #takeLength(): number {
    const [first] = this.#pieces;
    const isInFirst = first !== undefined && this.#at + prefixLength < first.length;
    const length = isInFirst ? first.readInt32BE(this.#at) : this.#take(prefixLength).readInt32BE(0);
    if (isInFirst) {
      this.#at += prefixLength;
      this.#pending -= prefixLength;
    }
    if (length < 0 || length > this.#maxFrameBytes) {
      throw new MalformedMessageError(`frame of ${length} bytes, at most ${this.#maxFrameBytes}`);
    }
    return length;
  }

  #take(length: number): Buffer {
    const [first] = this.#pieces;
    const end = this.#at + length;
    if (first === undefined || end > first.length) return this.#join(length);
    const taken = first.subarray(this.#at, end);
    this.#pending -= length;
    this.#at = end;
    if (end === first.length) {
      this.#pieces.shift();
      this.#at = 0;
    }
    return taken;
  }

  #join(length: number): Buffer {
    const whole = Buffer.allocUnsafe(length);
    let used = 0;
    for (let filled = 0; filled < length; ) {
      const piece = this.#pieces[used] as Buffer;
      const copied = piece.copy(whole, filled, this.#at);
      filled += copied;
      this.#at += copied;
      if (this.#at < piece.length) break;
      this.#at = 0;
      used += 1;
    }
    this.#pending -= length;
    this.#pieces.splice(0, used);
    return whole;
  }
}
