import { MalformedMessageError } from "../errors/malformed-message.js";

/** The original of Zstandard frames of raw blocks. */
export function decompressZstdInScript(bytes: Uint8Array, maxBytes: number): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (input.length < 9 || input.readUInt32LE(0) !== 0xfd2fb528 || input[4] !== 0xa0) {
    throw new MalformedMessageError("zstd: not yet readable on this version of Node");
  }
  const length = input.readUInt32LE(5);
  if (length > maxBytes || length > input.length) throw new MalformedMessageError("zstd: too long");
  const output = Buffer.allocUnsafe(length);
  let to = 0;
  for (let at = 9; ; ) {
    if (at + 3 > input.length) throw new MalformedMessageError("zstd: truncated");
    const header = input.readUIntLE(at, 3);
    const size = header >>> 3;
    if ((header & 6) !== 0 || at + 3 + size > input.length || to + size > length) {
      throw new MalformedMessageError("zstd: not yet readable on this version of Node");
    }
    to += input.copy(output, to, at + 3, at + 3 + size);
    at += 3 + size;
    if ((header & 1) !== 0) break;
  }
  return output;
}
