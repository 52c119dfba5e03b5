import { copyWithin } from "../copy-within.js";
import { BackwardBits } from "./backward-bits.js";
import { constantTable, type FseTable, readFseTable } from "./fse.js";
import { type Literals, longestBlock } from "./literals.js";
import { malformedZstd } from "./malformed-zstd.js";
import { literalLengths, matchLengths, predefinedTables, type SequenceTables } from "./sequence-codes.js";

/** What one block leaves to the next, within a frame. */
export interface Carried {
  tables: SequenceTables | undefined;
  /** The last three distances. */
  readonly distances: [number, number, number];
}

const limits = {
  literalLength: { accuracy: 9, symbols: literalLengths.bits.length },
  offset: { accuracy: 8, symbols: 32 },
  matchLength: { accuracy: 9, symbols: matchLengths.bits.length },
} as const;

interface SequencesHeader {
  readonly count: number;
  readonly tables: SequenceTables;
  readonly at: number;
}

/**
 * Runs the sequences of a block that stand in `bytes[start..end]`: each copies some literals, then something earlier. Writes
 * to `output` from `begin` on, where the longest block must fit, and answers where it ended. `frameStart` is how far back
 * matches may reach.
 */
export function runSequences(
  bytes: Buffer,
  start: number,
  end: number,
  literals: Literals,
  carried: Carried,
  output: Buffer,
  begin: number,
  frameStart: number,
): number {
  const header = readHeader(bytes, start, end, carried.tables);
  const limit = Math.min(output.length, begin + longestBlock);
  let from = literals.from;
  let to = begin;
  if (header !== undefined) {
    const { literalLength, offset, matchLength } = header.tables;
    carried.tables = header.tables;
    const bits = new BackwardBits(bytes, header.at, end);
    let literalState = bits.read(literalLength.accuracy);
    let offsetState = bits.read(offset.accuracy);
    let matchState = bits.read(matchLength.accuracy);
    for (let left = header.count; left > 0; left -= 1) {
      const offsetCode = offset.symbols[offsetState] as number;
      const matchCode = matchLength.symbols[matchState] as number;
      const literalCode = literalLength.symbols[literalState] as number;
      if (offsetCode > 30) throw malformedZstd(`offset code ${offsetCode}`);
      const offsetValue = (1 << offsetCode) + bits.read(offsetCode);
      const length = (matchLengths.bases[matchCode] as number) + bits.read(matchLengths.bits[matchCode] as number);
      const run = (literalLengths.bases[literalCode] as number) + bits.read(literalLengths.bits[literalCode] as number);
      if (left > 1) {
        literalState =
          (literalLength.bases[literalState] as number) + bits.read(literalLength.bits[literalState] as number);
        matchState = (matchLength.bases[matchState] as number) + bits.read(matchLength.bits[matchState] as number);
        offsetState = (offset.bases[offsetState] as number) + bits.read(offset.bits[offsetState] as number);
      }
      if (bits.left < 0) throw malformedZstd("sequences end too early");
      const distance = nextDistance(carried.distances, offsetValue, run);
      if (run > literals.to - from) throw malformedZstd(`${run} literals wanted, ${literals.to - from} left`);
      if (run + length > limit - to) throw malformedZstd(`${run + length} bytes in a sequence, room for ${limit - to}`);
      to = copyLiterals(literals.bytes, from, run, output, to);
      from += run;
      if (distance <= 0 || distance > to - frameStart) {
        throw malformedZstd(`match ${distance} bytes back, ${to - frameStart} are there`);
      }
      to = copyWithin(output, to, distance, length);
    }
    if (bits.left !== 0) throw malformedZstd(`${bits.left} bits left over after the sequences`);
  }
  if (literals.to - from > limit - to) throw malformedZstd(`${literals.to - from} literals, room for ${limit - to}`);
  return copyLiterals(literals.bytes, from, literals.to - from, output, to);
}

function copyLiterals(bytes: Buffer, from: number, length: number, output: Buffer, to: number): number {
  if (length <= 24) for (let i = 0; i < length; i += 1) output[to + i] = bytes[from + i] as number;
  else bytes.copy(output, to, from, from + length);
  return to + length;
}

/** Offset values 1 to 3 stand for the last three distances; after no literals, for the second, the third, and the first less one. */
function nextDistance(distances: [number, number, number], offsetValue: number, run: number): number {
  const [first, second, third] = distances;
  if (offsetValue > 3) {
    distances[2] = second;
    distances[1] = first;
    distances[0] = offsetValue - 3;
    return offsetValue - 3;
  }
  const which = run === 0 ? offsetValue + 1 : offsetValue;
  if (which === 1) return first;
  const distance = which === 2 ? second : which === 3 ? third : first - 1;
  if (which > 2) distances[2] = second;
  distances[1] = first;
  distances[0] = distance;
  return distance;
}

/** Undefined when the block has no sequences. */
function readHeader(
  bytes: Buffer,
  start: number,
  end: number,
  before: SequenceTables | undefined,
): SequencesHeader | undefined {
  let at = start;
  const byte = (): number => {
    if (at >= end) throw malformedZstd("a block ends within the head of its sequences");
    at += 1;
    return bytes[at - 1] as number;
  };
  let count = byte();
  if (count === 0) {
    if (at !== end) throw malformedZstd(`${end - at} bytes after the literals of a block without sequences`);
    return undefined;
  }
  if (count === 255) count = byte() + (byte() << 8) + 0x7f00;
  else if (count > 127) count = ((count - 128) << 8) + byte();
  const modes = byte();
  if ((modes & 3) !== 0) throw malformedZstd("reserved bits are set");

  const table = (which: keyof SequenceTables, mode: number): FseTable => {
    if (mode === 0) return predefinedTables[which];
    if (mode === 1) {
      const symbol = byte();
      if (symbol >= limits[which].symbols)
        throw malformedZstd(`symbol ${symbol}, at most ${limits[which].symbols - 1}`);
      return constantTable(symbol);
    }
    if (mode === 2) {
      const read = readFseTable(bytes, at, end, limits[which]);
      at = read.at;
      return read.table;
    }
    if (before === undefined) throw malformedZstd("sequences by the tables of the block before, which has none");
    return before[which];
  };
  const literalLength = table("literalLength", modes >> 6);
  const offset = table("offset", (modes >> 4) & 3);
  const matchLength = table("matchLength", (modes >> 2) & 3);
  return { count, tables: { literalLength, offset, matchLength }, at };
}
