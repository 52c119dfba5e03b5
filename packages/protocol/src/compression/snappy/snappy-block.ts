import { MalformedMessageError } from "../../errors/malformed-message.js";
import { copyWithin } from "../copy-within.js";

// A block: uvarint length of the original, then elements.
//
//     literal := LLLLLL00, length-1 in the tag (up to 59) or in 1-4 bytes after it (60-63), bytes
//     copy    := OOOLLL01 offset-low                      length 4-11, offset up to 2047
//              | LLLLLL10 offset (2 bytes, little-endian) length 1-64
//              | LLLLLL11 offset (4 bytes, little-endian) length 1-64

// The densest element is a copy of 64 bytes in 3.
const mostPerByte = 64 / 3;
const fragmentLength = 64 * 1024;
const hashBits = 14;
const positions = new Uint16Array(1 << hashBits);

const malformed = (what: string): MalformedMessageError => new MalformedMessageError(`snappy: ${what}`);

/** Length of the original, as the block claims it and its own length makes possible. */
export function snappyBlockLength(block: Uint8Array): number {
  const { length } = readLength(block);
  if (length > block.length * mostPerByte) throw malformed(`${length} bytes cannot be in a block of ${block.length}`);
  return length;
}

function readLength(block: Uint8Array): { length: number; at: number } {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = block[at];
    if (byte === undefined) throw malformed(`a block of ${block.length} bytes ends within its length`);
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { length, at: at + 1 };
  }
  throw malformed("length of the block is longer than 32 bits");
}

/** Unpacks one block to `output` from `start` on, where there must be room, and answers where it ended. */
export function decompressSnappyBlock(block: Buffer, output: Buffer, start: number): number {
  const { length, at } = readLength(block);
  const end = start + length;
  let from = at;
  let to = start;
  while (from < block.length) {
    const tag = block[from] as number;
    from += 1;
    if ((tag & 3) === 0) {
      let size = (tag >> 2) + 1;
      if (size > 60) {
        const extra = size - 60;
        if (from + extra > block.length) throw malformed("block ends within a literal's length");
        size = block.readUIntLE(from, extra) + 1;
        from += extra;
      }
      if (size > block.length - from || size > end - to) {
        throw malformed(`literal of ${size} bytes, ${block.length - from} left, room for ${end - to}`);
      }
      if (size <= 16) for (let i = 0; i < size; i += 1) output[to + i] = block[from + i] as number;
      else block.copy(output, to, from, from + size);
      from += size;
      to += size;
      continue;
    }
    let size: number;
    let distance: number;
    if ((tag & 3) === 1) {
      size = ((tag >> 2) & 7) + 4;
      distance = ((tag >> 5) << 8) | (block[from] ?? 0);
      from += 1;
    } else if ((tag & 3) === 2) {
      size = (tag >> 2) + 1;
      distance = (block[from] ?? 0) | ((block[from + 1] ?? 0) << 8);
      from += 2;
    } else {
      size = (tag >> 2) + 1;
      distance = from + 4 > block.length ? 0 : block.readUInt32LE(from);
      from += 4;
    }
    if (from > block.length) throw malformed("block ends within a copy");
    if (distance === 0 || distance > to - start) throw malformed(`copy from ${distance} bytes back at ${to - start}`);
    if (size > end - to) throw malformed(`copy of ${size} bytes, room for ${end - to}`);
    to = copyWithin(output, to, distance, size);
  }
  if (to !== end) throw malformed(`${to - start} bytes unpacked of ${length}`);
  return to;
}

/** Compresses to one block. */
export function compressSnappyBlock(bytes: Uint8Array): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The format's own bound: incompressible bytes grow by a sixth at worst.
  const output = Buffer.allocUnsafe(32 + input.length + Math.floor(input.length / 6));
  let to = 0;
  let rest = input.length;
  while (rest > 0x7f) {
    output[to] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
    to += 1;
  }
  output[to] = rest;
  to += 1;
  for (let start = 0; start < input.length; start += fragmentLength) {
    to = compressFragment(input, start, Math.min(start + fragmentLength, input.length), output, to);
  }
  return output.subarray(0, to);
}

const wordAt = (bytes: Buffer, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24);

/** Copies never reach before `start`, so 16 bits hold a position and the two-byte offset holds a distance. */
function compressFragment(input: Buffer, start: number, end: number, output: Buffer, outputStart: number): number {
  let to = outputStart;
  let literalFrom = start;
  if (end - start >= 15) {
    positions.fill(0);
    const last = end - 8;
    let from = start + 1;
    let misses = 32;
    while (from < last) {
      const word = wordAt(input, from);
      const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - hashBits);
      const candidate = start + (positions[slot] as number);
      positions[slot] = from - start;
      if (candidate >= from || wordAt(input, candidate) !== word) {
        // The longer nothing matches, the bigger the steps: incompressible bytes pass quickly.
        from += misses >>> 5;
        misses += 1;
        continue;
      }
      if (literalFrom < from) to = writeLiteral(input, literalFrom, from, output, to);
      let length = 4;
      while (from + length < end && input[candidate + length] === input[from + length]) length += 1;
      to = writeCopies(output, to, from - candidate, length);
      from += length;
      literalFrom = from;
      misses = 32;
      if (from < last) positions[Math.imul(wordAt(input, from - 1), 0x1e35a7bd) >>> (32 - hashBits)] = from - 1 - start;
    }
  }
  return literalFrom < end ? writeLiteral(input, literalFrom, end, output, to) : to;
}

function writeLiteral(input: Buffer, from: number, end: number, output: Buffer, start: number): number {
  let to = start;
  const length = end - from;
  if (length <= 60) {
    output[to] = (length - 1) << 2;
    to += 1;
  } else if (length <= 256) {
    output[to] = 60 << 2;
    output[to + 1] = length - 1;
    to += 2;
  } else {
    output[to] = 61 << 2;
    output.writeUInt16LE(length - 1, to + 1);
    to += 3;
  }
  input.copy(output, to, from, end);
  return to + length;
}

function writeCopies(output: Buffer, start: number, distance: number, length: number): number {
  let to = start;
  let rest = length;
  while (rest > 0) {
    // A last piece of less than four bytes would not fit the short form.
    const size = rest > 64 ? (rest < 68 ? 60 : 64) : rest;
    if (size >= 4 && size <= 11 && distance < 2048) {
      output[to] = ((distance >> 8) << 5) | ((size - 4) << 2) | 1;
      output[to + 1] = distance & 0xff;
      to += 2;
    } else {
      output[to] = ((size - 1) << 2) | 2;
      output[to + 1] = distance & 0xff;
      output[to + 2] = distance >> 8;
      to += 3;
    }
    rest -= size;
  }
  return to;
}
