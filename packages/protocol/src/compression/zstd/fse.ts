import { malformedZstd } from "./malformed-zstd.js";

/**
 * A table of finite state entropy coding. In state `i` stands `symbols[i]`; the next state is `bases[i]` plus the next
 * `bits[i]` bits.
 */
export interface FseTable {
  /** The table has two to the power of this many states. */
  readonly accuracy: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** Position of the highest bit set. */
export const highBit = (value: number): number => 31 - Math.clz32(value);

/** The table that belongs to a distribution: how many states each symbol has, -1 for less than one. */
export function fseTable(distribution: ArrayLike<number>, accuracy: number): FseTable {
  const size = 1 << accuracy;
  const symbols = new Uint8Array(size);
  const nextState = new Uint16Array(distribution.length);
  let rareFrom = size;
  for (let symbol = 0; symbol < distribution.length; symbol += 1) {
    if (distribution[symbol] !== -1) continue;
    rareFrom -= 1;
    symbols[rareFrom] = symbol;
    nextState[symbol] = 1;
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (let symbol = 0; symbol < distribution.length; symbol += 1) {
    const states = distribution[symbol] as number;
    if (states <= 0) continue;
    nextState[symbol] = states;
    for (let index = 0; index < states; index += 1) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= rareFrom);
    }
  }
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  for (let state = 0; state < size; state += 1) {
    const symbol = symbols[state] as number;
    const next = nextState[symbol] as number;
    nextState[symbol] = next + 1;
    const count = accuracy - highBit(next);
    bits[state] = count;
    bases[state] = (next << count) - size;
  }
  return { accuracy, symbols, bits, bases };
}

/** A table of one state, which takes no bits. */
export const constantTable = (symbol: number): FseTable => ({
  accuracy: 0,
  symbols: new Uint8Array([symbol]),
  bits: new Uint8Array(1),
  bases: new Uint16Array(1),
});

/** Reads a distribution that begins at `start` and ends before `end`, and answers its table and where it ended. */
export function readFseTable(
  bytes: Buffer,
  start: number,
  end: number,
  limits: { readonly accuracy: number; readonly symbols: number },
): { readonly table: FseTable; readonly at: number } {
  let bit = start * 8;
  const peek = (count: number): number => {
    const at = bit >>> 3;
    const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    return (word >>> (bit & 7)) & ((1 << count) - 1);
  };
  const accuracy = peek(4) + 5;
  bit += 4;
  if (accuracy > limits.accuracy) throw malformedZstd(`accuracy ${accuracy}, at most ${limits.accuracy}`);
  const distribution: number[] = [];
  let left = 1 << accuracy;
  while (left > 0) {
    if (distribution.length >= limits.symbols)
      throw malformedZstd(`distribution of more than ${limits.symbols} symbols`);
    if (bit > end * 8) throw malformedZstd("a distribution ends too early");
    // The value lies in 0 to left + 1: the lower ones take a bit less.
    const count = highBit(left + 1) + 1;
    const half = (1 << (count - 1)) - 1;
    const short = (1 << count) - 2 - left;
    let value = peek(count);
    if ((value & half) < short) {
      value &= half;
      bit += count - 1;
    } else {
      if (value > half) value -= short;
      bit += count;
    }
    const states = value - 1;
    left -= Math.abs(states);
    distribution.push(states);
    if (states !== 0) continue;
    for (let repeat = 3; repeat === 3; ) {
      repeat = peek(2);
      bit += 2;
      for (let index = 0; index < repeat; index += 1) distribution.push(0);
      if (distribution.length > limits.symbols) {
        throw malformedZstd(`distribution of more than ${limits.symbols} symbols`);
      }
    }
  }
  const at = (bit + 7) >>> 3;
  if (left < 0 || at > end) throw malformedZstd("a distribution that does not add up");
  return { table: fseTable(distribution, accuracy), at };
}
