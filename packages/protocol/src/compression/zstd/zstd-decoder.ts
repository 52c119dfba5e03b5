import { type Block, blockType, type Frame, readFrames } from "./frame-header.js";
import type { HuffmanTable } from "./huffman.js";
import { longestBlock, readLiterals } from "./literals.js";
import { malformedZstd } from "./malformed-zstd.js";
import { type Carried, runSequences } from "./sequences.js";

/**
 * The original of Zstandard frames (RFC 8878), for versions of Node without a codec of their own.
 *
 * @throws MalformedMessageError past `maxBytes`, or when it is not zstd, or needs a dictionary.
 */
export function decompressZstdInScript(bytes: Uint8Array, maxBytes: number): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames = readFrames(input);
  const bound = frames.reduce((sum, frame) => sum + frame.bound, 0);
  const isKnown = frames.every(({ contentSize }) => contentSize !== undefined);
  if (isKnown && bound > maxBytes) throw malformedZstd(`${bound} bytes unpacked, at most ${maxBytes}`);
  const output = Buffer.allocUnsafe(Math.min(bound, maxBytes));
  let to = 0;
  for (const frame of frames) to = unpackFrame(input, frame, output, to);
  // Without the size of the content the room was a guess: records keep their batch alive, so do not keep the rest with it.
  return output.length - to > longestBlock / 8 ? Buffer.from(output.subarray(0, to)) : output.subarray(0, to);
}

function unpackFrame(input: Buffer, frame: Frame, output: Buffer, start: number): number {
  const carried: Carried & { literals: HuffmanTable | undefined } = {
    tables: undefined,
    distances: [1, 4, 8],
    literals: undefined,
  };
  let to = start;
  for (const block of frame.blocks) {
    if (block.type === blockType.compressed) {
      const end = block.at + block.size;
      const literals = readLiterals(input, block.at, end, carried.literals);
      carried.literals = literals.table;
      to = runSequences(input, literals.at, end, literals, carried, output, to, start);
    } else {
      to = copyBlock(input, block, output, to);
    }
  }
  if (frame.contentSize !== undefined && to - start !== frame.contentSize) {
    throw malformedZstd(`${to - start} bytes unpacked of ${frame.contentSize}`);
  }
  return to;
}

function copyBlock(input: Buffer, { type, size, at }: Block, output: Buffer, to: number): number {
  if (size > output.length - to) throw malformedZstd(`block of ${size} bytes, room for ${output.length - to}`);
  if (type === blockType.raw) input.copy(output, to, at, at + size);
  else output.fill(input[at] as number, to, to + size);
  return to + size;
}
