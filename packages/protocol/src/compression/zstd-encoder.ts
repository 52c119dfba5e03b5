const magic = 0xfd2fb528;
const longestBlock = 128 * 1024;

/** One Zstandard frame of raw blocks. */
export function compressZstdInScript(bytes: Uint8Array): Buffer {
  const blocks = Math.max(1, Math.ceil(bytes.length / longestBlock));
  const output = Buffer.allocUnsafe(9 + bytes.length + 3 * blocks);
  output.writeUInt32LE(magic, 0);
  // Single segment, content size in four bytes.
  output[4] = 0xa0;
  output.writeUInt32LE(bytes.length, 5);
  let to = 9;
  for (let block = 0; block < blocks; block += 1) {
    const part = bytes.subarray(block * longestBlock, (block + 1) * longestBlock);
    output.writeUIntLE((part.length << 3) | (block === blocks - 1 ? 1 : 0), to, 3);
    output.set(part, to + 3);
    to += 3 + part.length;
  }
  return output;
}
