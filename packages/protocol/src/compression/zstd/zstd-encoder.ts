import { ForwardBits } from "./forward-bits.js";
import { magic } from "./frame-header.js";
import { highBit } from "./fse.js";
import { FseEncoder } from "./fse-encoder.js";
import { longestBlock } from "./literals.js";
import { type LengthCodes, literalLengths, matchLengths, predefinedTables } from "./sequence-codes.js";

// Blocks of our own are made of matches at most this far apart; what a longer window would find is little in a batch.
const hashBits = 15;
const positions = new Int32Array(1 << hashBits);
const shortestMatch = 4;
const mostSequences = longestBlock / shortestMatch;
const runs = new Uint32Array(mostSequences);
const lengths = new Uint32Array(mostSequences);
const offsetValues = new Uint32Array(mostSequences);
const literals = Buffer.alloc(longestBlock);

const literalEncoder = new FseEncoder(predefinedTables.literalLength, literalLengths.bits.length);
const offsetEncoder = new FseEncoder(predefinedTables.offset, 29);
const matchEncoder = new FseEncoder(predefinedTables.matchLength, matchLengths.bits.length);

/**
 * One Zstandard frame (RFC 8878), for versions of Node without a codec of their own: matches found by one hash table, coded
 * by the predefined tables, and literals as they are. Larger than what zstd itself makes, about as large as snappy and LZ4.
 */
export function compressZstdInScript(bytes: Uint8Array): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = Math.max(1, Math.ceil(input.length / longestBlock));
  const output = Buffer.allocUnsafe(9 + input.length + 3 * blocks + longestBlock);
  output.writeUInt32LE(magic, 0);
  // One segment, content size in four bytes, no checksum.
  output[4] = 0xa0;
  output.writeUInt32LE(input.length, 5);
  let to = 9;
  positions.fill(-1);
  for (let block = 0; block < blocks; block += 1) {
    const from = block * longestBlock;
    const end = Math.min(from + longestBlock, input.length);
    const bodyEnd = compressBlock(input, from, end, output, to + 3);
    const isSmaller = bodyEnd - to - 3 < end - from;
    const size = isSmaller ? bodyEnd - to - 3 : end - from;
    if (!isSmaller) input.copy(output, to + 3, from, end);
    output.writeUIntLE((size << 3) | (isSmaller ? 4 : 0) | (block === blocks - 1 ? 1 : 0), to, 3);
    to += 3 + size;
  }
  return Buffer.from(output.subarray(0, to));
}

const wordAt = (bytes: Buffer, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24);

const slotOf = (word: number): number => Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);

/** Writes the body of a block, and answers where it ended. It may end up longer than the block as it is. */
function compressBlock(input: Buffer, from: number, end: number, output: Buffer, start: number): number {
  let count = 0;
  let literalCount = 0;
  let literalFrom = from;
  let at = from;
  let misses = 64;
  while (at <= end - 8) {
    const word = wordAt(input, at);
    const slot = slotOf(word);
    const candidate = positions[slot] as number;
    positions[slot] = at;
    if (candidate < 0 || wordAt(input, candidate) !== word) {
      at += misses >>> 6;
      misses += 1;
      continue;
    }
    let length = shortestMatch;
    while (at + length < end && input[candidate + length] === input[at + length]) length += 1;
    literalCount += input.copy(literals, literalCount, literalFrom, at);
    runs[count] = at - literalFrom;
    lengths[count] = length;
    // Values 1 to 3 stand for the distances used last; these are always spelt out.
    offsetValues[count] = at - candidate + 3;
    count += 1;
    at += length;
    literalFrom = at;
    misses = 64;
    if (at <= end - 8) positions[slotOf(wordAt(input, at - 2))] = at - 2;
  }
  literalCount += input.copy(literals, literalCount, literalFrom, end);
  const to = writeLiterals(output, start, literalCount);
  return writeSequences(output, to, count);
}

/** Raw literals, their number in 20 bits. */
function writeLiterals(output: Buffer, start: number, count: number): number {
  output.writeUIntLE((count << 4) | 0x0c, start, 3);
  return start + 3 + literals.copy(output, start + 3, 0, count);
}

function writeSequences(output: Buffer, start: number, count: number): number {
  let to = start;
  if (count < 128) {
    output[to] = count;
    to += 1;
  } else if (count < 0x7f00) {
    output[to] = (count >> 8) + 128;
    output[to + 1] = count & 0xff;
    to += 2;
  } else {
    output[to] = 255;
    output.writeUInt16LE(count - 0x7f00, to + 1);
    to += 3;
  }
  if (count === 0) return to;
  // All three by the predefined tables.
  output[to] = 0;
  const bits = new ForwardBits(output, to + 1);
  // What is read first is written last: offsets, matches, literals when reading.
  for (let index = count - 1; index >= 0; index -= 1) {
    const run = runs[index] as number;
    const length = lengths[index] as number;
    const offsetValue = offsetValues[index] as number;
    const literalCode = codeOf(literalLengths, run);
    const matchCode = codeOf(matchLengths, length);
    const offsetCode = highBit(offsetValue);
    if (index === count - 1) {
      literalEncoder.begin(literalCode);
      offsetEncoder.begin(offsetCode);
      matchEncoder.begin(matchCode);
    } else {
      offsetEncoder.write(bits, offsetCode);
      matchEncoder.write(bits, matchCode);
      literalEncoder.write(bits, literalCode);
    }
    bits.write(run - (literalLengths.bases[literalCode] as number), literalLengths.bits[literalCode] as number);
    bits.write(length - (matchLengths.bases[matchCode] as number), matchLengths.bits[matchCode] as number);
    const offsetBits = offsetValue - (1 << offsetCode);
    bits.write(offsetBits & 0xffff, Math.min(offsetCode, 16));
    if (offsetCode > 16) bits.write(offsetBits >>> 16, offsetCode - 16);
  }
  matchEncoder.end(bits);
  offsetEncoder.end(bits);
  literalEncoder.end(bits);
  return bits.finish();
}

/** The greatest code whose base is not above `length`. */
function codeOf({ bases }: LengthCodes, length: number): number {
  let low = 0;
  let high = bases.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((bases[middle] as number) <= length) low = middle;
    else high = middle - 1;
  }
  return low;
}
