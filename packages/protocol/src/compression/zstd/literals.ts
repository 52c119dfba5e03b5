import { decodeHuffman, type HuffmanTable, readHuffmanTable } from "./huffman.js";
import { malformedZstd } from "./malformed-zstd.js";

/** Longest block, and so the most literals in one. */
export const longestBlock = 128 * 1024;

/** The literals of a block: `bytes[from..to]`. */
export interface Literals {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  /** Where the section of literals ended. */
  readonly at: number;
  /** The prefix code of this block, for a later one that uses it again. */
  readonly table: HuffmanTable | undefined;
}

const kind = { raw: 0, repeated: 1, compressed: 2, compressedWithKnownTable: 3 } as const;

// Decoding is synchronous and copies the literals to its output, so one place for them will do.
const unpacked = Buffer.alloc(longestBlock);

/** Reads the section of literals at the beginning of a compressed block. */
export function readLiterals(bytes: Buffer, start: number, end: number, known: HuffmanTable | undefined): Literals {
  const need = (until: number): void => {
    if (until > end) throw malformedZstd("a block ends within its literals");
  };
  need(start + 1);
  const first = bytes[start] as number;
  const type = first & 3;
  const format = (first >> 2) & 3;

  if (type === kind.raw || type === kind.repeated) {
    const headerLength = format === 1 ? 2 : format === 3 ? 3 : 1;
    need(start + headerLength);
    const header = bytes.readUIntLE(start, headerLength);
    const length = headerLength === 1 ? header >>> 3 : header >>> 4;
    const from = start + headerLength;
    if (length > longestBlock) throw malformedZstd(`${length} literals, at most ${longestBlock}`);
    if (type === kind.raw) {
      need(from + length);
      return { bytes, from, to: from + length, at: from + length, table: known };
    }
    need(from + 1);
    unpacked.fill(bytes[from] as number, 0, length);
    return { bytes: unpacked, from: 0, to: length, at: from + 1, table: known };
  }

  const headerLength = format === 3 ? 5 : format === 2 ? 4 : 3;
  need(start + headerLength);
  const sizeBits = headerLength * 4 - 2;
  const header = Math.floor(bytes.readUIntLE(start, headerLength) / 16);
  const length = header % 2 ** sizeBits;
  const packedLength = Math.floor(header / 2 ** sizeBits);
  const from = start + headerLength;
  const to = from + packedLength;
  need(to);
  if (length > longestBlock) throw malformedZstd(`${length} literals, at most ${longestBlock}`);
  const read = type === kind.compressed ? readHuffmanTable(bytes, from, to) : { table: known, at: from };
  const { table, at } = read;
  if (table === undefined) throw malformedZstd("literals by the table of the block before, which has none");
  if (format === 0) decodeHuffman(table, bytes, at, to, unpacked, 0, length);
  else decodeFourStreams(table, bytes, at, to, length);
  return { bytes: unpacked, from: 0, to: length, at: to, table };
}

//     jump table := 3 × uint16 length of a stream, little-endian; the fourth takes what is left
function decodeFourStreams(table: HuffmanTable, bytes: Buffer, start: number, end: number, length: number): void {
  const quarter = (length + 3) >> 2;
  if (end - start < 6 || quarter * 3 > length) throw malformedZstd(`${length} literals in four streams`);
  let from = start + 6;
  for (let stream = 0; stream < 4; stream += 1) {
    const to = stream === 3 ? end : from + bytes.readUInt16LE(start + 2 * stream);
    if (to > end) throw malformedZstd("a stream of literals reaches beyond its block");
    decodeHuffman(table, bytes, from, to, unpacked, quarter * stream, Math.min(quarter * (stream + 1), length));
    from = to;
  }
}
