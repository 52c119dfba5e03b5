import * as zlib from "node:zlib";
import { MalformedMessageError } from "../../errors/malformed-message.js";
import { readFrames } from "./frame-header.js";
import { decompressZstdInScript } from "./zstd-decoder.js";
import { compressZstdInScript } from "./zstd-encoder.js";

/** What node:zlib has from 22.15 and 23.8 on. */
interface ZstdOfNode {
  zstdCompressSync?(bytes: Uint8Array, options?: { params?: Record<number, number> }): Buffer;
  zstdDecompressSync?(bytes: Uint8Array, options?: { maxOutputLength?: number }): Buffer;
  constants: { ZSTD_c_compressionLevel?: number };
}
const node = zlib as unknown as ZstdOfNode;

/** One Zstandard frame. Without Node's own codec, `level` is not used. */
export function compressZstd(bytes: Uint8Array, level?: number): Buffer {
  if (node.zstdCompressSync === undefined) return compressZstdInScript(bytes);
  const parameter = node.constants.ZSTD_c_compressionLevel;
  if (level === undefined || parameter === undefined) return node.zstdCompressSync(bytes);
  return node.zstdCompressSync(bytes, { params: { [parameter]: level } });
}

/** The original of Zstandard frames. @throws {@link MalformedMessageError} past `maxBytes`, or when it is not zstd. */
export function decompressZstd(bytes: Uint8Array, maxBytes: number): Buffer {
  if (node.zstdDecompressSync === undefined) return decompressZstdInScript(bytes, maxBytes);
  // Node reads the first frame and drops what follows it without a word.
  const originals: Buffer[] = [];
  let left = maxBytes;
  for (const { start, end } of readFrames(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
    const original = decompressFrame(node.zstdDecompressSync, bytes.subarray(start, end), left);
    left -= original.length;
    originals.push(original);
  }
  const [only, ...more] = originals;
  return only !== undefined && more.length === 0 ? only : Buffer.concat(originals);
}

function decompressFrame(
  decompress: NonNullable<ZstdOfNode["zstdDecompressSync"]>,
  frame: Uint8Array,
  maxBytes: number,
): Buffer {
  try {
    // Node refuses a limit of none at all.
    const original = decompress(frame, { maxOutputLength: Math.max(maxBytes, 1) });
    if (original.length > maxBytes) throw new RangeError("longer than that");
    return original;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MalformedMessageError(`zstd of ${frame.byteLength} bytes, at most ${maxBytes} unpacked: ${reason}`, {
      cause: error,
    });
  }
}
