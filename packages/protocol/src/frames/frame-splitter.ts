import { MalformedMessageError } from "../errors/malformed-message.js";

const prefixLength = 4;
const blockBytes = 64 * 1024;
const leastRoom = 4 * 1024;

/**
 * Cuts a byte stream into length-prefixed frames. A frame that arrived in one chunk is a slice of it; one that came in
 * pieces is joined once, when whole, so that nothing is allocated from a length that the peer has not backed with bytes. What
 * came behind it is not copied along: where chunks and frames are of one size, that would be as much again.
 *
 * Whoever can choose where bytes are received asks for {@link FrameSplitter.room}: then also a frame that comes in pieces comes into
 * its place at once. For such a frame as much is allocated ahead as twice the longest that has come.
 */
export class FrameSplitter {
  readonly #maxFrameBytes: number;
  // What came and is not taken; of the first piece all before #at is.
  readonly #pieces: Buffer[] = [];
  #at = 0;
  #pending = 0;
  // Of the frame that is on its way, once its prefix came.
  #length: number | undefined;
  // Where small frames, and the beginnings of others, are received; what of it is used is not used again.
  #block: Buffer | undefined;
  #blockUsed = 0;
  // A long frame that is received in its place.
  #frame: Buffer | undefined;
  #filled = 0;
  #longest = blockBytes;

  /** @param maxFrameBytes - Longest frame accepted, without its prefix (Kafka's `socket.request.max.bytes`). */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Bytes held back because their frame is not whole. */
  get pendingBytes(): number {
    return this.#pending + this.#filled + (this.#length === undefined ? 0 : prefixLength);
  }

  /** Where the next bytes should be put: what is then pushed from there is not copied. */
  room(): Buffer {
    if (this.#frame !== undefined) return this.#frame.subarray(this.#filled);
    if (this.#block === undefined || this.#block.length - this.#blockUsed < leastRoom) {
      this.#block = Buffer.allocUnsafeSlow(blockBytes);
      this.#blockUsed = 0;
    }
    return this.#block.subarray(this.#blockUsed);
  }

  /**
   * Takes the next chunk and answers the frames it completed, in order, without their prefixes.
   *
   * @throws {@link MalformedMessageError} when a prefix is negative or over the limit; the stream cannot go on then.
   */
  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    const left = this.#frame === undefined ? this.#received(chunk) : this.#fill(this.#frame, chunk, frames);
    if (left.length === 0) return frames;
    this.#pieces.push(left);
    this.#pending += left.length;
    for (;;) {
      if (this.#length === undefined) {
        if (this.#pending < prefixLength) return frames;
        this.#length = this.#takeLength();
      }
      if (this.#pending < this.#length) {
        if (this.#block !== undefined && this.#length <= this.#longest * 2) this.#begin(this.#length);
        return frames;
      }
      this.#longest = Math.max(this.#longest, this.#length);
      frames.push(this.#take(this.#length));
      this.#length = undefined;
    }
  }

  #received(chunk: Buffer): Buffer {
    if (this.#block !== undefined && isAt(chunk, this.#block, this.#blockUsed)) this.#blockUsed += chunk.length;
    return chunk;
  }

  /** Takes what has come of a frame to where the rest of it will be received. */
  #begin(length: number): void {
    const frame = Buffer.allocUnsafeSlow(length);
    let at = this.#at;
    for (const piece of this.#pieces.splice(0)) {
      this.#filled += piece.copy(frame, this.#filled, at);
      at = 0;
    }
    this.#frame = frame;
    this.#at = 0;
    this.#pending = 0;
  }

  /** Answers what of the chunk is behind the frame. */
  #fill(frame: Buffer, chunk: Buffer, frames: Buffer[]): Buffer {
    const taken = Math.min(chunk.length, frame.length - this.#filled);
    if (!isAt(chunk, frame, this.#filled)) chunk.copy(frame, this.#filled, 0, taken);
    this.#filled += taken;
    if (this.#filled === frame.length) {
      frames.push(frame);
      this.#longest = Math.max(this.#longest, frame.length);
      this.#frame = undefined;
      this.#filled = 0;
      this.#length = undefined;
    }
    return chunk.subarray(taken);
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

/** Whether `chunk` is the part of `whole` that begins at `offset`. */
const isAt = (chunk: Buffer, whole: Buffer, offset: number): boolean =>
  chunk.buffer === whole.buffer && chunk.byteOffset === whole.byteOffset + offset;
