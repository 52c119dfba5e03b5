// Zigzag varints, as in records: 0, -1, 1, -2 … become 0, 1, 2, 3 …, then seven bits a byte, low first.

const int32Limit = 0x4000_0000;

/** Bytes that an int32 takes. */
export function varintLength(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x20_0000 ? 3 : zigzag < 0x1000_0000 ? 4 : 5;
}

/** Writes an int32 and answers where it ended. */
export function writeVarint(bytes: Buffer, start: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = start;
  while (rest > 0x7f) {
    bytes[at] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
    at += 1;
  }
  bytes[at] = rest;
  return at + 1;
}

/** Bytes that a safe integer takes. */
export function varlongLength(value: number): number {
  if (value >= -int32Limit && value < int32Limit) return varintLength(value);
  let rest = zigzag(value) >> 7n;
  let length = 1;
  for (; rest > 0n; rest >>= 7n) length += 1;
  return length;
}

/** Writes a safe integer and answers where it ended. */
export function writeVarlong(bytes: Buffer, start: number, value: number): number {
  if (value >= -int32Limit && value < int32Limit) return writeVarint(bytes, start, value);
  let rest = zigzag(value);
  let at = start;
  for (; rest > 0x7fn; rest >>= 7n) {
    bytes[at] = Number(rest & 0x7fn) | 0x80;
    at += 1;
  }
  bytes[at] = Number(rest);
  return at + 1;
}

const zigzag = (value: number): bigint => (value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value));
