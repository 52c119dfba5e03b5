/** Slices per step: 16 tables, so that one step of the loop takes in 16 bytes with 16 independent look-ups. */
export const slices = 16;

// The Castagnoli polynomial, bit-reversed.
const polynomial = 0x82f63b78;

/**
 * The tables of slicing-by-16, one after the other: entry `256 * k + b` is what byte `b` does to the checksum when `k` bytes
 * follow it in the step.
 */
export function crc32cTables(): Int32Array {
  const tables = new Int32Array(slices * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (polynomial & -(crc & 1));
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at += 1) {
    const before = tables[at - 256] as number;
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] as number);
  }
  return tables;
}
