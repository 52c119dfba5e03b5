import { createRequire } from "node:module";
import { crc32cTables } from "./crc32c-tables.js";

type Checksum = (bytes: Uint8Array) => number;

const tables = crc32cTables();
const at = (index: number): number => tables[index] as number;

/** {@link crc32c} in JavaScript only, slicing-by-16. */
export function crc32cInScript(bytes: Uint8Array): number {
  const length = bytes.length;
  const whole = length - (length % 16);
  let crc = -1;
  let i = 0;
  const b = (index: number): number => bytes[index] as number;
  for (; i < whole; i += 16) {
    crc ^= b(i) | (b(i + 1) << 8) | (b(i + 2) << 16) | (b(i + 3) << 24);
    crc =
      at(3840 + (crc & 0xff)) ^
      at(3584 + ((crc >>> 8) & 0xff)) ^
      at(3328 + ((crc >>> 16) & 0xff)) ^
      at(3072 + (crc >>> 24)) ^
      at(2816 + b(i + 4)) ^
      at(2560 + b(i + 5)) ^
      at(2304 + b(i + 6)) ^
      at(2048 + b(i + 7)) ^
      at(1792 + b(i + 8)) ^
      at(1536 + b(i + 9)) ^
      at(1280 + b(i + 10)) ^
      at(1024 + b(i + 11)) ^
      at(768 + b(i + 12)) ^
      at(512 + b(i + 13)) ^
      at(256 + b(i + 14)) ^
      at(b(i + 15));
  }
  for (; i < length; i += 1) crc = (crc >>> 8) ^ at((crc ^ b(i)) & 0xff);
  return ~crc >>> 0;
}

/** The optional peer's function, when it is installed and agrees with ours. */
function nativeChecksum(): Checksum | undefined {
  try {
    const { crc32c: native } = createRequire(import.meta.url)("@node-rs/crc32") as { crc32c: Checksum };
    const probe = Buffer.from("123456789");
    return native(probe) === crc32cInScript(probe) ? native : undefined;
  } catch {
    return undefined;
  }
}

// Below this, crossing into native code costs more than it saves.
const nativeFrom = 256;
let native: Checksum | undefined;
let isNativeKnown = false;

/**
 * CRC-32C (Castagnoli) of `bytes`, unsigned: the checksum of record batches. Uses `@node-rs/crc32` where that is installed.
 */
export function crc32c(bytes: Uint8Array): number {
  if (bytes.length < nativeFrom) return crc32cInScript(bytes);
  if (!isNativeKnown) {
    native = nativeChecksum();
    isNativeKnown = true;
  }
  return native === undefined ? crc32cInScript(bytes) : native(bytes);
}
