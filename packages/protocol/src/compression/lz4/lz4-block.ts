import { MalformedMessageError } from "../../errors/malformed-message.js";
import { copyWithin } from "../copy-within.js";

// A block is a row of sequences, the last of which ends after its literals:
//
//     sequence := token LLLLMMMM, more of L while 255, literals, offset (2 bytes, little-endian), more of M while 255
//
// A match is M + 4 bytes long. The last five bytes of a block are literals, and its last match begins twelve before its end.
const shortestMatch = 4;
const lastLiterals = 5;
const matchLimit = 12;
const hashBits = 13;
const positions = new Int32Array(1 << hashBits);

const malformed = (what: string): MalformedMessageError => new MalformedMessageError(`lz4: ${what}`);

/** Longest form of a block of `length` bytes. */
export const lz4BlockBound = (length: number): number => length + Math.floor(length / 255) + 16;

/**
 * How many bytes a block unpacks to. One pass over its tokens, so that exactly as much can be allocated: the format itself
 * says nothing about it, and its densest form is 255 times its length.
 */
export function lz4BlockLength(block: Buffer): number {
  let at = 0;
  let length = 0;
  while (at < block.length) {
    const token = block[at] as number;
    at += 1;
    let literals = token >>> 4;
    if (literals === 15) {
      let byte = 255;
      while (byte === 255) {
        byte = block[at] ?? 0;
        literals += byte;
        at += 1;
      }
    }
    at += literals;
    length += literals;
    if (at >= block.length) break;
    at += 2;
    let match = token & 15;
    if (match === 15) {
      let byte = 255;
      while (byte === 255) {
        byte = block[at] ?? 0;
        match += byte;
        at += 1;
      }
    }
    length += match + shortestMatch;
  }
  if (at !== block.length) throw malformed(`a block of ${block.length} bytes ends within a sequence`);
  return length;
}

/**
 * Unpacks a block whose {@link lz4BlockLength} fits into `output` from `start` on, and answers where it ended. Matches reach
 * back to `oldest`: the start of the block, or of what came before when blocks are linked.
 */
export function decompressLz4Block(block: Buffer, output: Buffer, start: number, oldest: number): number {
  let at = 0;
  let to = start;
  while (at < block.length) {
    const token = block[at] as number;
    at += 1;
    let literals = token >>> 4;
    if (literals === 15) {
      let byte = 255;
      while (byte === 255) {
        byte = block[at] as number;
        literals += byte;
        at += 1;
      }
    }
    if (literals <= 16) for (let i = 0; i < literals; i += 1) output[to + i] = block[at + i] as number;
    else block.copy(output, to, at, at + literals);
    at += literals;
    to += literals;
    if (at >= block.length) break;
    const distance = (block[at] as number) | ((block[at + 1] as number) << 8);
    at += 2;
    if (distance === 0 || distance > to - oldest) {
      throw malformed(`match ${distance} bytes back, ${to - oldest} are there`);
    }
    let match = (token & 15) + shortestMatch;
    if (match === 15 + shortestMatch) {
      let byte = 255;
      while (byte === 255) {
        byte = block[at] as number;
        match += byte;
        at += 1;
      }
    }
    to = copyWithin(output, to, distance, match);
  }
  return to;
}

const wordAt = (bytes: Buffer, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24);

/** Compresses `input[from..end]` (at most 64 KiB) to `output` from `start` on, and answers where it ended. */
export function compressLz4Block(input: Buffer, from: number, end: number, output: Buffer, start: number): number {
  let to = start;
  let literalFrom = from;
  if (end - from > matchLimit) {
    positions.fill(from - 1);
    const lastStart = end - matchLimit;
    const matchEnd = end - lastLiterals;
    let at = from;
    let misses = 64;
    while (at <= lastStart) {
      const word = wordAt(input, at);
      const slot = Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
      const candidate = positions[slot] as number;
      positions[slot] = at;
      if (candidate < from || wordAt(input, candidate) !== word) {
        at += misses >>> 6;
        misses += 1;
        continue;
      }
      let length = shortestMatch;
      while (at + length < matchEnd && input[candidate + length] === input[at + length]) length += 1;
      to = writeSequence(input, literalFrom, at, output, to, at - candidate, length);
      at += length;
      literalFrom = at;
      misses = 64;
      if (at <= lastStart) positions[Math.imul(wordAt(input, at - 2), 0x9e3779b1) >>> (32 - hashBits)] = at - 2;
    }
  }
  return writeLiterals(input, literalFrom, end, output, to, 0);
}

function writeLiterals(
  input: Buffer,
  from: number,
  end: number,
  output: Buffer,
  start: number,
  matchNibble: number,
): number {
  const length = end - from;
  let to = start;
  output[to] = (Math.min(length, 15) << 4) | matchNibble;
  to += 1;
  if (length >= 15) to = writeExtra(output, to, length - 15);
  if (length <= 16) for (let i = 0; i < length; i += 1) output[to + i] = input[from + i] as number;
  else input.copy(output, to, from, end);
  return to + length;
}

function writeSequence(
  input: Buffer,
  literalFrom: number,
  literalEnd: number,
  output: Buffer,
  start: number,
  distance: number,
  length: number,
): number {
  const match = length - shortestMatch;
  let to = writeLiterals(input, literalFrom, literalEnd, output, start, Math.min(match, 15));
  output[to] = distance & 0xff;
  output[to + 1] = distance >>> 8;
  to += 2;
  return match >= 15 ? writeExtra(output, to, match - 15) : to;
}

function writeExtra(output: Buffer, start: number, amount: number): number {
  let to = start;
  let rest = amount;
  for (; rest >= 255; rest -= 255) {
    output[to] = 255;
    to += 1;
  }
  output[to] = rest;
  return to + 1;
}
