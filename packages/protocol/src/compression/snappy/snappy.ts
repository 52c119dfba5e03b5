import { MalformedMessageError } from "../../errors/malformed-message.js";
import { compressSnappyBlock, decompressSnappyBlock, snappyBlockLength } from "./snappy-block.js";

// Java's and kafka-python's framing around snappy blocks:
//
//     xerial := 82 "SNAPPY" 00, int32 version, int32 oldest compatible version, { int32 length, block }
//
// librdkafka, Sarama and franz-go write one block with nothing around it, and every client reads both.
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const xerialHeaderLength = 16;

const isXerial = (bytes: Buffer): boolean =>
  bytes.length >= xerialHeaderLength && bytes.compare(xerialMagic, 0, 8, 0, 8) === 0;

/** One raw snappy block: what librdkafka writes, and shorter than Java's framing. */
export const compressSnappy = (bytes: Uint8Array): Buffer => compressSnappyBlock(bytes);

/** The original of a raw block or of xerial-framed ones. @throws {@link MalformedMessageError} */
export function decompressSnappy(bytes: Uint8Array, maxBytes: number): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = isXerial(input) ? xerialBlocks(input) : [input];
  let length = 0;
  for (const block of blocks) {
    length += snappyBlockLength(block);
    if (length > maxBytes) throw new MalformedMessageError(`snappy of ${length} bytes unpacked, at most ${maxBytes}`);
  }
  const output = Buffer.allocUnsafe(length);
  let at = 0;
  for (const block of blocks) at = decompressSnappyBlock(block, output, at);
  return output;
}

function xerialBlocks(input: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  let at = xerialHeaderLength;
  while (at < input.length) {
    const left = input.length - at - 4;
    const length = left < 0 ? -1 : input.readInt32BE(at);
    if (length < 0 || length > left) {
      throw new MalformedMessageError(`snappy chunk of ${length} bytes at byte ${at}, ${Math.max(left, 0)} left`);
    }
    blocks.push(input.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return blocks;
}
