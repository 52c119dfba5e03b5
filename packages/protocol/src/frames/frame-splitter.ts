import { MalformedMessageError } from "../errors/malformed-message.js";

const prefixLength = 4;

/**
 * Cuts a byte stream into length-prefixed frames. A frame that arrived in one chunk is a slice of it; one that came in
 * pieces is joined once, when whole, so that nothing is allocated from a length that the peer has not backed with bytes.
 */
export class FrameSplitter {
  readonly #maxFrameBytes: number;
  #pieces: Buffer[] = [];
  #pending = 0;
  #wanted = prefixLength;

  /** @param maxFrameBytes - Longest frame accepted, without its prefix (Kafka's `socket.request.max.bytes`). */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Bytes held back because their frame is not whole. */
  get pendingBytes(): number {
    return this.#pending;
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
    while (this.#pending >= this.#wanted) {
      const joined =
        this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces, this.#pending);
      const length = this.#frameLength(joined);
      const end = prefixLength + length;
      this.#wanted = end;
      this.#pieces = [joined];
      if (joined.length < end) break;
      frames.push(joined.subarray(prefixLength, end));
      this.#pieces = joined.length > end ? [joined.subarray(end)] : [];
      this.#pending = joined.length - end;
      this.#wanted = prefixLength;
    }
    return frames;
  }

  #frameLength(joined: Buffer): number {
    const length = joined.readInt32BE(0);
    if (length < 0 || length > this.#maxFrameBytes) {
      throw new MalformedMessageError(`frame of ${length} bytes, at most ${this.#maxFrameBytes}`);
    }
    return length;
  }
}
