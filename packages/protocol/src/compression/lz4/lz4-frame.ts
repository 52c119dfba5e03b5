import { MalformedMessageError } from "../../errors/malformed-message.js";
import { compressLz4Block, decompressLz4Block, lz4BlockBound, lz4BlockLength } from "./lz4-block.js";
import { xxhash32 } from "./xxhash32.js";

// A frame:
//
//     frame := 04 22 4d 18, flags, block size class, [int64 content size], [int32 dictionary id], header checksum,
//              { int32 block, bytes, [int32 checksum] }, int32 0, [int32 content checksum]      all little-endian
//     block := length, its top bit set when the bytes are not compressed
const magic = 0x184d2204;
const version = 0x40;
const flag = {
  independent: 0x20,
  blockChecksum: 0x10,
  contentSize: 0x08,
  contentChecksum: 0x04,
  reserved: 0x02,
  dictionary: 0x01,
};
const uncompressed = 0x8000_0000;
const writtenBlockLength = 64 * 1024;
const writtenHeader = Buffer.from([0x04, 0x22, 0x4d, 0x18, version | flag.independent, 0x40, 0]);
writtenHeader[6] = headerChecksum(writtenHeader.subarray(4, 6));

const malformed = (what: string): MalformedMessageError => new MalformedMessageError(`lz4: ${what}`);

function headerChecksum(descriptor: Buffer): number {
  return (xxhash32(descriptor) >>> 8) & 0xff;
}

/** One frame as Java's client writes it: independent blocks of 64 KiB, no checksums but the header's. */
export function compressLz4(bytes: Uint8Array): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = Math.ceil(input.length / writtenBlockLength);
  const output = Buffer.allocUnsafe(writtenHeader.length + blocks * (4 + lz4BlockBound(writtenBlockLength)) + 4);
  let to = writtenHeader.copy(output);
  for (let from = 0; from < input.length; from += writtenBlockLength) {
    const end = Math.min(from + writtenBlockLength, input.length);
    const blockEnd = compressLz4Block(input, from, end, output, to + 4);
    if (blockEnd - to - 4 < end - from) {
      output.writeUInt32LE(blockEnd - to - 4, to);
      to = blockEnd;
    } else {
      output.writeUInt32LE(end - from + uncompressed, to);
      to += 4 + input.copy(output, to + 4, from, end);
    }
  }
  output.writeUInt32LE(0, to);
  return output.subarray(0, to + 4);
}

interface Block {
  readonly bytes: Buffer;
  readonly length: number;
  readonly isCompressed: boolean;
}

interface Frame {
  readonly areLinked: boolean;
  readonly blocks: Block[];
  readonly length: number;
  readonly contentChecksum: number | undefined;
}

/** The original of one frame, with linked blocks or not. @throws {@link MalformedMessageError} */
export function decompressLz4(bytes: Uint8Array, maxBytes: number): Buffer {
  const frame = readFrame(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), maxBytes);
  const output = Buffer.allocUnsafe(frame.length);
  let to = 0;
  for (const block of frame.blocks) {
    if (block.isCompressed) to = decompressLz4Block(block.bytes, output, to, frame.areLinked ? 0 : to);
    else to += block.bytes.copy(output, to);
  }
  if (frame.contentChecksum !== undefined && xxhash32(output) !== frame.contentChecksum) {
    throw malformed(`content checksum is not ${frame.contentChecksum}`);
  }
  return output;
}

function readFrame(input: Buffer, maxBytes: number): Frame {
  let at = 0;
  const take = (length: number): number => {
    if (length > input.length - at) throw malformed(`a frame of ${input.length} bytes ends at byte ${at}`);
    at += length;
    return at - length;
  };
  const uint32 = (): number => input.readUInt32LE(take(4));

  if (uint32() !== magic) throw malformed("no frame begins here");
  const flags = input[take(2)] as number;
  const sizeClass = ((input[at - 1] as number) >>> 4) & 7;
  if ((flags & 0xc0) !== version) throw malformed(`frame version ${flags >>> 6}`);
  if ((flags & flag.reserved) !== 0 || ((input[at - 1] as number) & 0x8f) !== 0)
    throw malformed("reserved bits are set");
  if (sizeClass < 4) throw malformed(`block size class ${sizeClass}`);
  if ((flags & flag.dictionary) !== 0) throw malformed("the frame needs a dictionary");
  const contentSize = (flags & flag.contentSize) === 0 ? undefined : uint32() + uint32() * 2 ** 32;
  if (contentSize !== undefined && contentSize > maxBytes) {
    throw malformed(`${contentSize} bytes unpacked, at most ${maxBytes}`);
  }
  const checksum = headerChecksum(input.subarray(4, at));
  if (input[take(1)] !== checksum) throw malformed("header checksum does not match");

  const blockLimit = 2 ** (8 + 2 * sizeClass);
  const blocks: Block[] = [];
  let length = 0;
  for (let word = uint32(); word !== 0; word = uint32()) {
    const isCompressed = word < uncompressed;
    const size = isCompressed ? word : word - uncompressed;
    const start = take(size);
    const bytes = input.subarray(start, start + size);
    if ((flags & flag.blockChecksum) !== 0 && uint32() !== xxhash32(bytes))
      throw malformed("block checksum does not match");
    const blockLength = isCompressed ? lz4BlockLength(bytes) : size;
    if (blockLength > blockLimit) throw malformed(`block of ${blockLength} bytes, at most ${blockLimit} in this frame`);
    length += blockLength;
    if (length > maxBytes) throw malformed(`${length} bytes unpacked and more, at most ${maxBytes}`);
    blocks.push({ bytes, length: blockLength, isCompressed });
  }
  const contentChecksum = (flags & flag.contentChecksum) === 0 ? undefined : uint32();
  if (contentSize !== undefined && contentSize !== length)
    throw malformed(`${length} bytes unpacked of ${contentSize}`);
  return { areLinked: (flags & flag.independent) === 0, blocks, length, contentChecksum };
}
