import { type FseTable, fseTable } from "./fse.js";

/** Lengths come as a code and extra bits: code `c` stands for `bases[c]` plus the next `bits[c]` bits. */
export interface LengthCodes {
  readonly bases: readonly number[];
  readonly bits: readonly number[];
}

const codesFrom = (first: number, bits: readonly number[]): LengthCodes => {
  let base = first;
  const bases = bits.map((count) => {
    base += 2 ** count;
    return base - 2 ** count;
  });
  return { bases, bits };
};

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

export const literalLengths = codesFrom(0, [
  ...zeros(16),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
]);
export const matchLengths = codesFrom(3, [
  ...zeros(32),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
]);

/** The three tables that decode a block's sequences. */
export interface SequenceTables {
  readonly literalLength: FseTable;
  readonly offset: FseTable;
  readonly matchLength: FseTable;
}

const ones = (count: number): number[] => new Array<number>(count).fill(1);
const rare = (count: number): number[] => new Array<number>(count).fill(-1);
const twos = (count: number): number[] => new Array<number>(count).fill(2);

/** The tables of a block that brings none (RFC 8878, section 3.1.1.3.2.2). */
export const predefinedTables: SequenceTables = {
  literalLength: fseTable([4, 3, ...twos(11), ...ones(3), ...twos(9), 3, 2, ...ones(5), ...rare(4)], 6),
  offset: fseTable([...ones(6), ...twos(3), ...ones(15), ...rare(5)], 5),
  matchLength: fseTable([1, 4, 3, ...twos(6), ...ones(37), ...rare(7)], 6),
};
