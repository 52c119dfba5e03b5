import { BackwardBits } from "./backward-bits.js";
import { highBit, readFseTable } from "./fse.js";
import { malformedZstd } from "./malformed-zstd.js";

/** A prefix code: indexed by the next `maxBits` bits, `entries` holds the symbol (high byte) and its length in bits. */
export interface HuffmanTable {
  readonly maxBits: number;
  readonly entries: Uint16Array;
}

const mostBits = 11;
const weights = new Uint8Array(256);

/** Reads the description of a table and answers it and where it ended. */
export function readHuffmanTable(
  bytes: Buffer,
  start: number,
  end: number,
): { readonly table: HuffmanTable; readonly at: number } {
  if (start >= end) throw malformedZstd("a block ends before its Huffman table");
  const header = bytes[start] as number;
  const isPacked = header < 128;
  const at = start + 1 + (isPacked ? header : (header - 126) >> 1);
  if (at > end) throw malformedZstd("a block ends within its Huffman table");
  const count = isPacked ? readPackedWeights(bytes, start + 1, at) : readWeights(bytes, start + 1, header - 127);
  return { table: tableOf(count), at };
}

function readWeights(bytes: Buffer, start: number, count: number): number {
  for (let index = 0; index < count; index += 1) {
    const pair = bytes[start + (index >> 1)] as number;
    weights[index] = index % 2 === 0 ? pair >> 4 : pair & 15;
  }
  return count;
}

/** Weights coded by two states that take turns; the stream's end ends them. */
function readPackedWeights(bytes: Buffer, start: number, end: number): number {
  const { table, at } = readFseTable(bytes, start, end, { accuracy: 6, symbols: mostBits + 2 });
  const bits = new BackwardBits(bytes, at, end);
  let state = bits.read(table.accuracy);
  let other = bits.read(table.accuracy);
  if (bits.left < 0) throw malformedZstd("a Huffman table without weights");
  let count = 0;
  for (;;) {
    if (count >= 254) throw malformedZstd("a Huffman table of more than 256 symbols");
    weights[count] = table.symbols[state] as number;
    count += 1;
    state = (table.bases[state] as number) + bits.read(table.bits[state] as number);
    if (bits.left < 0) {
      weights[count] = table.symbols[other] as number;
      return count + 1;
    }
    const next = state;
    state = other;
    other = next;
  }
}

/** A symbol of weight w takes 2^(w-1) entries; the last symbol's weight is what fills the table. */
function tableOf(count: number): HuffmanTable {
  let total = 0;
  for (let symbol = 0; symbol < count; symbol += 1) {
    const weight = weights[symbol] as number;
    if (weight > mostBits) throw malformedZstd(`Huffman weight ${weight}, at most ${mostBits}`);
    if (weight > 0) total += 1 << (weight - 1);
  }
  if (total === 0) throw malformedZstd("a Huffman table without symbols");
  const maxBits = highBit(total) + 1;
  const rest = (1 << maxBits) - total;
  if (maxBits > mostBits || (rest & (rest - 1)) !== 0) throw malformedZstd("Huffman weights do not add up");
  weights[count] = highBit(rest) + 1;

  const entries = new Uint16Array(1 << maxBits);
  let at = 0;
  for (let weight = 1; weight <= maxBits; weight += 1) {
    for (let symbol = 0; symbol <= count; symbol += 1) {
      if (weights[symbol] !== weight) continue;
      const end = at + (1 << (weight - 1));
      entries.fill((symbol << 8) | (maxBits + 1 - weight), at, end);
      at = end;
    }
  }
  return { maxBits, entries };
}

/** Decodes the stream in `bytes[start..end]` to exactly `output[from..to]`. */
export function decodeHuffman(
  table: HuffmanTable,
  bytes: Buffer,
  start: number,
  end: number,
  output: Buffer,
  from: number,
  to: number,
): void {
  const { maxBits, entries } = table;
  const bits = new BackwardBits(bytes, start, end);
  let left = bits.left;
  let at = from;
  const mask = (1 << maxBits) - 1;
  // As long as maxBits are there, straight from the bytes; the last few with zeros below the first.
  for (; at < to && left >= maxBits; at += 1) {
    const bit = left - maxBits;
    const index = start + (bit >>> 3);
    const word = (bytes[index] as number) | ((bytes[index + 1] as number) << 8) | ((bytes[index + 2] as number) << 16);
    const entry = entries[(word >>> (bit & 7)) & mask] as number;
    output[at] = entry >>> 8;
    left -= entry & 0xff;
  }
  bits.left = left;
  for (; at < to; at += 1) {
    const entry = entries[bits.peek(maxBits)] as number;
    output[at] = entry >>> 8;
    bits.left -= entry & 0xff;
  }
  if (bits.left !== 0) throw malformedZstd(`${bits.left} bits left over in a stream of literals`);
}
